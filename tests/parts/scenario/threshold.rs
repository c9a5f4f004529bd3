//! Bounds as people write them.

use checkout_sim::oracle::RULES;
use checkout_sim::scenario::{Count, Metric, Relation, Threshold};
use checkout_sim::shop::{Conflict, Outcome};
use checkout_sim::subject::Strategy;
use proptest::prelude::{Just, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy as Draw;
use proptest::{num, option, sample};

fn any_count() -> impl Draw<Value = Count> {
    let broken = RULES.iter().map(|rule| Count::Broken(rule.name));
    let others = [
        Count::Conflicts,
        Count::Attempts,
        Count::Rows("told-and-not-booked"),
    ]
    .into_iter();
    let others: Vec<Count> = others.chain(broken).collect();
    prop_oneof![
        sample::select(Outcome::ALL.to_vec()).prop_map(Count::Outcome),
        sample::select(Conflict::ALL.to_vec()).prop_map(Count::Conflict),
        sample::select(others),
    ]
}

/// A metric with a bound in its unit: whole microseconds up to a day, any whole
/// number for a count, or any number from 0 on.
fn any_bounded() -> impl Draw<Value = (Metric, f64)> {
    let percentile = (0.0..100.0_f64).prop_map(|below| Metric::Percentile(100.0 - below));
    let latency = prop_oneof![percentile, Just(Metric::LatencyMax)];
    let others = vec![
        Metric::AttemptsPerSale,
        Metric::SalesPerS,
        Metric::AttemptsPerS,
    ];
    let count = any_count().prop_map(Metric::Count);
    let us = prop_oneof![0..5_000_u64, 0..=86_400_000_000_u64];
    let any_bound = || {
        let bound = prop_oneof![
            (0..1_000_000_u32).prop_map(f64::from),
            num::f64::POSITIVE | num::f64::ZERO,
        ];
        bound.prop_filter("finite", |bound| bound.is_finite())
    };
    prop_oneof![
        (latency, us.prop_map(|us| us as f64)),
        (count, any_bound().prop_map(f64::trunc)),
        (sample::select(others), any_bound()),
    ]
}

fn any_threshold() -> impl Draw<Value = Threshold> {
    let relations = vec![
        Relation::Below,
        Relation::AtMost,
        Relation::Equal,
        Relation::AtLeast,
        Relation::Above,
    ];
    let strategy = option::of(sample::select(Strategy::ALL.to_vec()));
    (strategy, any_bounded(), sample::select(relations)).prop_map(
        |(strategy, (metric, bound), relation)| Threshold {
            subject: strategy.map(Strategy::subject),
            metric,
            relation,
            bound,
        },
    )
}

proptest! {
    /// What is written is what is read, on the command line and in files.
    #[test]
    fn a_threshold_is_read_as_it_was_written(threshold in any_threshold()) {
        let text = threshold.to_string();
        prop_assert_eq!(text.parse(), Ok(threshold.clone()), "{}", text);
        let json = serde_json::to_string(&threshold).expect("plain data");
        let read: Threshold = serde_json::from_str(&json).expect("what was written");
        prop_assert_eq!(&read, &threshold);
    }
}

/// Written by hand, with any spaces.
#[test]
fn thresholds_mean_what_they_say() {
    let cases = [
        (
            "p(99)<50ms",
            None,
            Metric::Percentile(99.0),
            Relation::Below,
            50_000.0,
        ),
        (
            "max <= 1.5s",
            None,
            Metric::LatencyMax,
            Relation::AtMost,
            1_500_000.0,
        ),
        (
            "sold==100",
            None,
            Metric::Count(Count::Outcome(Outcome::Sold)),
            Relation::Equal,
            100.0,
        ),
        (
            " optimistic :  conflicts_stale_version >= 1 ",
            Some(Strategy::Optimistic),
            Metric::Count(Count::Conflict(Conflict::StaleVersion)),
            Relation::AtLeast,
            1.0,
        ),
        // By another name of the strategy.
        (
            "for-update: sales_per_s>0.5",
            Some(Strategy::RowLock),
            Metric::SalesPerS,
            Relation::Above,
            0.5,
        ),
    ];
    for (text, strategy, metric, relation, bound) in cases {
        let meant = Threshold {
            subject: strategy.map(Strategy::subject),
            metric,
            relation,
            bound,
        };
        assert_eq!(text.parse::<Threshold>(), Ok(meant), "{text}");
    }
}

/// The bound itself is on the side that its sign says.
#[test]
fn a_bound_is_kept_on_its_side() {
    let kept = |text: &str, value: f64| {
        let threshold: Threshold = text.parse().expect(text);
        threshold.is_kept_by(value)
    };
    let cases = [
        ("sold<5", [true, false, false]),
        ("sold<=5", [true, true, false]),
        ("sold==5", [false, true, false]),
        ("sold>=5", [false, true, true]),
        ("sold>5", [false, false, true]),
    ];
    for (text, expected) in cases {
        assert_eq!(
            [4.0, 5.0, 6.0].map(|value| kept(text, value)),
            expected,
            "{text}"
        );
    }
}

/// What is wrong is named, and what was probably meant.
#[test]
fn misspelt_thresholds_are_refused() {
    let cases = [
        (
            "atempts_per_sale<3",
            "\"atempts_per_sale\": did you mean \"attempts_per_sale\"?",
        ),
        ("sold_ot==0", "\"sold_ot\": did you mean \"sold_out\"?"),
        ("sold=<100", "\"sold=\": did you mean \"sold\"?"),
        (
            "wages<3",
            "there is no metric \"wages\": one of p(99), sold, ",
        ),
        (
            "naiv: sold==1",
            "there is no strategy \"naiv\": did you mean \"naive\"?",
        ),
        (": sold==1", "there is no strategy \"\": one of naive, "),
        (
            "p(101)<5ms",
            "\"p(101)\": a percentile is p(50), p(99) or p(99.9)",
        ),
        ("p(0)<5ms", "\"p(0)\": a percentile is "),
        ("p(nan)<5ms", "\"p(nan)\": a percentile is "),
        ("p(x)<5ms", "\"p(x)\": a percentile is "),
        ("p99<5ms", "there is no metric \"p99\": did you mean p(99)?"),
        (
            "P(99.9)<5ms",
            "there is no metric \"P(99.9)\": did you mean p(99.9)?",
        ),
        ("p( 99 )<5ms", "\"p( 99 )\": a percentile is "),
        ("p( 99 )<5ms", "; did you mean p(99)?"),
        (
            "p(99)<5",
            "\"5\": a duration is a number with a unit, such as ",
        ),
        (
            "p(99)<-5ms",
            "\"-5ms\": a duration is a number with a unit, such as ",
        ),
        ("max<25h", "\"25h\": longer than a day"),
        ("sold==100.5", "\"100.5\": sold is a whole number"),
        (
            "sold=100",
            "\"sold=100\": a threshold is a metric, one of < <= == >= > and a bound",
        ),
        ("sold", "\"sold\": a threshold is a metric, "),
        ("", "\"\": a threshold is a metric, "),
        ("sold==x", "\"x\": sold is bounded by a number"),
        ("sold==", "\"\": sold is bounded by a number"),
        ("sold==-1", "\"-1\": sold is bounded by a number"),
        ("sold===1", "\"=1\": sold is bounded by a number"),
        (
            "sales_per_s>nan",
            "\"nan\": sales_per_s is bounded by a number",
        ),
        (
            "attempts_per_s<inf",
            "\"inf\": attempts_per_s is bounded by a number",
        ),
    ];
    for (text, told) in cases {
        let refused = text.parse::<Threshold>().expect_err(text);
        assert!(refused.contains(told), "{text}: {refused}");
    }
}
