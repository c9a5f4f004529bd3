//! What a result is held to: verdicts and thresholds, in both directions.

use std::collections::BTreeMap;

use checkout_sim::load::RunResult;
use checkout_sim::oracle::{Doubt, Tally, Verdict};
use checkout_sim::report::{Expectation, LoadCell, Of, Status, Study, expectations};
use checkout_sim::shop::{Conflict, Outcome};
use checkout_sim::subject::Strategy;

use super::hand::{
    control, dossier, exploration, explored, load, oversold, paced, safe_cell, study, thresholds,
};
use super::{broke, judged, run};

fn held(cells: Vec<LoadCell>, rules: &[&str]) -> Vec<Expectation> {
    let study = Study {
        thresholds: thresholds(rules),
        ..study("flash-sale", load(cells))
    };
    expectations(&dossier(vec![study]))
}

/// What became of each rule, in a cell that is expected to be safe: whether it
/// holds, and the value that is told.
fn kept(runs: &[RunResult], rule: &str) -> (bool, String) {
    let all = held(
        vec![safe_cell(Strategy::Optimistic, runs.to_vec())],
        &[rule],
    );
    let of_rule: Vec<&Expectation> = all.iter().filter(|e| e.of == Of::Threshold).collect();
    let [one] = of_rule.as_slice() else {
        panic!("{rule}: {of_rule:?}");
    };
    assert_eq!(one.expected.as_deref(), Some(rule));
    (one.holds(), one.found.clone())
}

#[track_caller]
fn keeps(runs: &[RunResult], rule: &str, found: &str) {
    assert_eq!(kept(runs, rule), (true, found.into()), "{rule}");
}

#[track_caller]
fn breaks(runs: &[RunResult], rule: &str, found: &str) {
    assert_eq!(kept(runs, rule), (false, found.into()), "{rule}");
}

type Set = fn(&mut RunResult, u64);

fn lose(run: &mut RunResult, kind: Conflict, attempts: u64) {
    run.effort.conflicts = BTreeMap::from([(kind, attempts)]);
}

/// Every count, and what it counts.
const COUNTS: [(&str, Set); 21] = [
    ("sold", |run, n| run.outcomes.sold = n),
    ("sold_out", |run, n| run.outcomes.sold_out = n),
    ("gave_up", |run, n| run.outcomes.gave_up = n),
    ("failed", |run, n| run.outcomes.failed = n),
    ("unknown", |run, n| run.outcomes.unknown = n),
    ("not_started", |run, n| run.outcomes.not_started = n),
    ("conflicts", |run, n| {
        run.effort.conflicts =
            BTreeMap::from([(Conflict::Deadlock, n - 1), (Conflict::StaleVersion, 1)]);
    }),
    ("conflicts_serialization", |run, n| {
        lose(run, Conflict::Serialization, n);
    }),
    ("conflicts_deadlock", |run, n| {
        lose(run, Conflict::Deadlock, n)
    }),
    ("conflicts_lock_timeout", |run, n| {
        lose(run, Conflict::LockTimeout, n);
    }),
    ("conflicts_stale_version", |run, n| {
        lose(run, Conflict::StaleVersion, n);
    }),
    ("attempts", |run, n| run.effort.attempts = n),
    ("oversold", |run, n| broke(run, |v| v.oversold = n)),
    ("lost_updates", |run, n| broke(run, |v| v.lost_updates = n)),
    ("leaked_stock", |run, n| broke(run, |v| v.leaked_stock = n)),
    ("negative_stock", |run, n| {
        broke(run, |v| v.negative_stock = n)
    }),
    ("duplicate_orders", |run, n| {
        broke(run, |v| v.duplicate_orders = n)
    }),
    ("partial_orders", |run, n| {
        broke(run, |v| v.partial_orders = n)
    }),
    ("missing_orders", |run, n| {
        broke(run, |v| v.missing_orders = n)
    }),
    ("unpromised_orders", |run, n| {
        broke(run, |v| v.unpromised_orders = n)
    }),
    ("unsold", |run, n| broke(run, |v| v.unsold = n)),
];

/// Seven and then nine of everything: the second run breaks what the first one
/// keeps, and its value is the one that is told.
#[test]
fn counts_are_kept_in_every_single_run() {
    for (name, set) in COUNTS {
        let of = |number, n| {
            let mut run = run(number, 50);
            run.outcomes = Tally::default();
            set(&mut run, n);
            run
        };
        let seven = [of(1, 7), of(2, 7)];
        for rule in ["==7", "<=7", ">=7", "<8", ">6"] {
            keeps(&seven, &format!("{name}{rule}"), "7");
        }
        for rule in ["==8", "<=6", ">=8", "<7", ">7", "==14"] {
            breaks(&seven, &format!("{name}{rule}"), "7");
        }
        let mixed = [of(1, 7), of(2, 9)];
        keeps(&mixed, &format!("{name}<=9"), "7");
        keeps(&mixed, &format!("{name}>=7"), "7");
        breaks(&mixed, &format!("{name}<=8"), "9");
        breaks(&mixed, &format!("{name}==7"), "9");
        breaks(&mixed, &format!("{name}>8"), "7");
    }
}

/// One to a hundred microseconds, over two runs and two outcomes: a run alone,
/// or an outcome alone, has other percentiles.
#[test]
fn latencies_are_those_of_all_checkouts_of_all_runs() {
    let (mut first, mut second) = (run(1, 50), run(2, 50));
    for us in 1..=100 {
        let run = if us <= 50 { &mut first } else { &mut second };
        let outcome = [Outcome::Sold, Outcome::SoldOut][us % 2];
        let latency = run.timing.latency.entry(outcome).or_default();
        latency.record_us(us as u64);
    }
    let runs = [first, second];
    keeps(&runs, "p(99)<=99us", "99 µs");
    keeps(&runs, "p(99)<100us", "99 µs");
    breaks(&runs, "p(99)<99us", "99 µs");
    keeps(&runs, "p(50)>=50us", "50 µs");
    breaks(&runs, "p(50)>50us", "50 µs");
    keeps(&runs, "p(99.5)==100us", "100 µs");
    keeps(&runs, "max==100us", "100 µs");
    keeps(&runs, "max<1ms", "100 µs");
    breaks(&runs, "max<=99us", "100 µs");
    breaks(&runs, "max>1.5s", "100 µs");
}

/// 300 attempts for 100 sales and 100 for 100: two a sale over both runs. 100
/// sales in half a second and 100 in a quarter: 200 and 400 a second.
#[test]
fn ratios_and_rates_are_of_all_runs() {
    let (mut first, mut second) = (run(1, 50), run(2, 50));
    (first.effort.attempts, second.effort.attempts) = (300, 100);
    second.elapsed_us = 250_000;
    let runs = [first, second];
    keeps(&runs, "attempts_per_sale<=2", "2.00");
    keeps(&runs, "attempts_per_sale<2.5", "2.00");
    breaks(&runs, "attempts_per_sale<2", "2.00");
    breaks(&runs, "attempts_per_sale>=3", "2.00");
    keeps(&runs, "sales_per_s>=300", "300");
    breaks(&runs, "sales_per_s>300", "300");
    // 600 and 400 a second.
    keeps(&runs, "attempts_per_s==500", "500");
    breaks(&runs, "attempts_per_s<500", "500");
}

/// What was not measured keeps no bound, in whichever direction.
#[test]
fn nothing_measured_is_nothing_kept() {
    let mut unsold = run(1, 50);
    unsold.outcomes = Tally::default();
    for rule in ["p(99)<1s", "p(99)>=0", "max<1s", "attempts_per_sale<9"] {
        breaks(std::slice::from_ref(&unsold), rule, "nothing was measured");
    }
    for rule in ["sold>=0", "oversold==0", "sales_per_s>=0", "max<1s"] {
        breaks(&[], rule, "not run");
    }
}

fn bound(all: &[Expectation]) -> Vec<(checkout_sim::cell::Subject, &str)> {
    let of_rules = all.iter().filter(|e| e.of == Of::Threshold);
    of_rules
        .map(|e| (e.cell.subject, e.expected.as_deref().unwrap_or_default()))
        .collect()
}

/// A threshold without a strategy is for the cells that are expected to be
/// safe, whatever they are; one with a strategy is for its cells, whatever is
/// expected of them.
#[test]
fn thresholds_bind_their_cells_alone() {
    let cells = || {
        vec![
            control(Strategy::Naive, vec![oversold(1, 3)]),
            safe_cell(Strategy::Optimistic, vec![run(1, 50)]),
            safe_cell(Strategy::RowLock, vec![oversold(1, 3)]),
        ]
    };
    let all = held(cells(), &["sold==100"]);
    let safe = [Strategy::Optimistic, Strategy::RowLock];
    assert_eq!(
        bound(&all),
        safe.map(|strategy| (strategy.subject(), "sold==100"))
    );
    for strategy in [Strategy::Naive, Strategy::Optimistic] {
        let all = held(cells(), &[&format!("{strategy}: sold==100")]);
        assert_eq!(bound(&all), [(strategy.subject(), "sold==100")]);
    }
    assert_eq!(bound(&held(cells(), &["atomic: sold==100"])), []);
}

fn only(cell: LoadCell) -> Expectation {
    let all = held(vec![cell], &[]);
    let [one] = all.as_slice() else {
        panic!("{all:?}");
    };
    one.clone()
}

/// Where nothing is expected, a cell that is safe holds, one that is broken
/// does not, and one that proves nothing is neither; no word says "expected".
#[test]
fn a_cell_of_which_nothing_is_expected_says_what_was_found() {
    let calm = judged(run(1, 0), &[Doubt::LittleContention]);
    let cases = [
        (run(1, 50), Status::Holds, "found safe"),
        (oversold(1, 3), Status::Differs, "found oversells"),
        (calm, Status::Unproven, "found inconclusive"),
    ];
    for (run, status, said) in cases {
        let cell = LoadCell {
            expected: None,
            ..safe_cell(Strategy::Optimistic, vec![run])
        };
        let one = only(cell.clone());
        assert_eq!((one.status, one.in_short().as_str()), (status, said));
        // A threshold without a strategy binds it.
        let all = held(vec![cell], &["sold==100"]);
        assert_eq!(bound(&all), [(Strategy::Optimistic.subject(), "sold==100")]);
    }
}

/// A control that does not fail is as wrong as a cure that does.
#[test]
fn a_cell_shows_what_is_expected_of_it_or_does_not_hold() {
    let cured = only(safe_cell(Strategy::Optimistic, vec![run(1, 50)]));
    assert!(cured.holds());
    let failing = only(control(Strategy::Naive, vec![oversold(1, 3)]));
    assert!(failing.holds());
    assert!(failing.details.contains(&"oversold: 3 units".into()));

    let harmless = only(control(Strategy::Naive, vec![run(1, 50)]));
    assert_eq!(
        (harmless.expected.as_deref(), harmless.found.as_str()),
        (Some("oversells"), "safe")
    );
    assert!(!harmless.holds());
    let why = harmless.details.join("\n");
    assert!(
        why.contains("a control that does not fail proves nothing"),
        "{why}"
    );

    let broken = only(safe_cell(Strategy::Optimistic, vec![oversold(1, 3)]));
    assert_eq!(
        (broken.expected.as_deref(), broken.found.as_str()),
        (Some("safe"), "oversells")
    );
    assert!(!broken.holds());
    assert_eq!(broken.cell.to_string(), "optimistic at read-committed");

    let calm = judged(run(1, 0), &[Doubt::LittleContention]);
    let unproven = only(safe_cell(Strategy::Optimistic, vec![calm]));
    assert_eq!(
        (unproven.found.as_str(), unproven.holds()),
        ("inconclusive", false)
    );
    let never_ran = only(safe_cell(Strategy::Optimistic, Vec::new()));
    assert_eq!(
        (never_ran.found.as_str(), never_ran.holds()),
        ("not run", false)
    );
}

/// The same of every schedule of a few buyers; a failure says how to see it again.
#[test]
fn an_exploration_is_held_to_its_verdicts() {
    let cells = vec![
        explored(Strategy::Naive, Verdict::Oversells, 1),
        explored(Strategy::Optimistic, Verdict::Safe, 1),
        explored(Strategy::RowLock, Verdict::Oversells, 0),
    ];
    let study = Study {
        exploration: Some(exploration(cells)),
        thresholds: thresholds(&["sold==100"]),
        ..Study::untitled()
    };
    let all = expectations(&dossier(vec![study]));
    let told: Vec<_> = all
        .iter()
        .map(|e| (e.of, e.found.as_str(), e.holds()))
        .collect();
    let expected = [
        (Of::Exploration, "oversells", true),
        (Of::Exploration, "oversells", false),
        (Of::Exploration, "safe", false),
    ];
    assert_eq!(told, expected, "thresholds are of a load");
    let again = "again: sim replay --strategy optimistic --on memory --schedule AABB";
    assert!(
        all[1].details.contains(&again.into()),
        "{:?}",
        all[1].details
    );
}

/// Every study is held to its own, in order.
#[test]
fn expectations_say_whose_they_are() {
    let one = study(
        "one",
        load(vec![safe_cell(Strategy::Atomic, vec![paced(1, 9)])]),
    );
    let two = Study {
        name: "two".into(),
        thresholds: thresholds(&["sold==9"]),
        ..one.clone()
    };
    let all = expectations(&dossier(vec![one, two]));
    let whose: Vec<_> = all.iter().map(|e| (e.study.as_str(), e.of)).collect();
    let expected = [("one", Of::Load), ("two", Of::Load), ("two", Of::Threshold)];
    assert_eq!(whose, expected);
}
