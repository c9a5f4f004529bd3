//! The JSON file: what was written is what is read.

use checkout_sim::load::{Effort, Faults, Latency, RunResult};
use checkout_sim::oracle::{Account, Doubt, Verdict};
use checkout_sim::report::{Dossier, to_csv};
use checkout_sim::scenario::{Arrival, Popularity};
use checkout_sim::shop::{Conflict, Isolation, Outcome, Sku};
use checkout_sim::subject::Strategy;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::{any, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;
use proptest::strategy::Strategy as Arbitrary;

use super::hand::{dossier, study};
use super::{broke, cell, judged, report, run};

fn any_latency() -> impl Arbitrary<Value = Latency> {
    // From nothing to a day, in microseconds.
    vec(0..86_400_000_000_u64, 0..20).prop_map(|durations| {
        let mut latency = Latency::default();
        durations.into_iter().for_each(|us| latency.record_us(us));
        latency
    })
}

fn any_count() -> impl Arbitrary<Value = u64> {
    // Beyond 2^53 too, where a reader that takes all numbers for doubles errs;
    // not so large that three of them cannot be added up.
    prop_oneof![0..1_000_u64, 0..1_u64 << 60]
}

fn any_effort() -> impl Arbitrary<Value = Effort> {
    let conflicts = btree_map(select(Conflict::ALL.to_vec()), any_count(), 0..4);
    let by_tries = btree_map(any::<u32>(), any_count(), 0..5);
    let sqlstates = btree_map("[0-9A-Z]{5}", any_count(), 0..3);
    let times = (any_count(), any_count(), any_count());
    (conflicts, by_tries, sqlstates, times).prop_map(|(conflicts, tries, sqlstates, times)| {
        Effort {
            attempts: times.0,
            conflicts,
            sqlstates,
            checkouts_by_tries: tries,
            service_us: times.1,
            wasted_us: times.2,
        }
    })
}

fn any_faults() -> impl Arbitrary<Value = Faults> {
    let messages = btree_map(".{0,12}", any_count(), 0..3);
    (messages, option::of(".{0,12}"), any::<bool>()).prop_map(|(messages, why, interrupted)| {
        Faults {
            messages,
            server_lost: why.clone(),
            interrupted,
            not_audited: why,
        }
    })
}

fn any_account() -> impl Arbitrary<Value = Account> {
    (any::<u32>(), any::<i64>(), option::of(any::<i64>())).prop_map(|(sku, units, stock)| Account {
        sku: Sku(sku),
        supply: units,
        sold: -1,
        stock,
        demand: units,
    })
}

fn any_run() -> impl Arbitrary<Value = RunResult> {
    let by_outcome = btree_map(select(Outcome::ALL.to_vec()), any_latency(), 0..4);
    let doubts = vec(
        select(vec![Doubt::LittleContention, Doubt::NotAudited]),
        0..2,
    );
    let counts = (any_count(), any_count(), any_count());
    let parts = (any_effort(), any_faults(), vec(any_account(), 0..3));
    (
        any::<u32>(),
        counts,
        parts,
        by_outcome,
        any_latency(),
        doubts,
    )
        .prop_map(
            |(number, counts, (effort, faults, broken), latency, service, doubts)| {
                let mut run = run(number, counts.0);
                broke(&mut run, |violations| violations.oversold = counts.1);
                run.elapsed_us = counts.2;
                (run.effort, run.faults, run.broken) = (effort, faults, broken);
                (run.timing.latency, run.timing.service) = (latency, service);
                judged(run, &doubts)
            },
        )
}

proptest! {
    /// A report that was written is the report that is read, histograms and the
    /// numbers beyond 2^53 included; and any format rendered from it is the same.
    #[test]
    fn json_gives_back_what_was_written(
        runs in vec(any_run(), 0..3),
        seed in any::<u64>(),
        rate in 0.001..1e9,
        exponent in 0.001..100.0,
    ) {
        let mut written = report(vec![cell(runs), cell(Vec::new())]);
        written.scenario.seed = seed;
        written.scenario.arrival = Arrival::Poisson { per_second: rate };
        written.scenario.popularity = Popularity::Zipf { exponent };
        let written = dossier(vec![study("sale", written)]);
        let text = written.to_json();
        let read = Dossier::read(&text).expect("what was written can be read");
        prop_assert_eq!(&read, &written);
        prop_assert_eq!(read.to_json(), text);
        prop_assert_eq!(to_csv(&read).expect("plain"), to_csv(&written).expect("plain"));
    }
}

/// A histogram that was read goes on counting: reports are pooled after reading.
#[test]
fn a_histogram_that_was_read_still_grows() {
    let mut latency = Latency::default();
    latency.record_us(100);
    let text = serde_json::to_string(&latency).expect("plain data");
    let mut read: Latency = serde_json::from_str(&text).expect("what was written can be read");
    read.record_us(86_400_000_000);
    read.add(&latency);
    assert_eq!(read.count(), 3);
    assert_eq!(read.percentile_us(50.0), 100);
    // Three significant digits.
    let day = read.max_us() as f64 / 86_400_000_000.0;
    assert!((day - 1.0).abs() < 0.001, "{day}");
}

/// The names that a reader of the file sees are the names of the command line.
#[test]
fn json_speaks_the_words_of_the_command_line() {
    let names = |value: serde_json::Value| value.as_str().expect("a name").to_owned();
    for strategy in Strategy::ALL {
        assert_eq!(names(serde_json::json!(strategy)), strategy.name());
    }
    for isolation in Isolation::ALL {
        assert_eq!(names(serde_json::json!(isolation)), isolation.name());
    }
    for verdict in Verdict::ALL {
        assert_eq!(names(serde_json::json!(verdict)), verdict.name());
    }
    for outcome in Outcome::ALL {
        assert_eq!(names(serde_json::json!(outcome)), outcome.name());
    }
    for conflict in Conflict::ALL {
        assert_eq!(names(serde_json::json!(conflict)), conflict.name());
    }
}
