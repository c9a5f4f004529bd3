//! One cell over several runs.

use std::collections::BTreeMap;

use checkout_sim::oracle::{Doubt, Verdict, Violations};
use checkout_sim::report::Summary;
use checkout_sim::shop::Conflict;

use super::{cell, judged, run};

/// Evidence of several runs counts together: what one run cannot prove, three
/// can. Three signs are too few.
#[test]
fn evidence_is_pooled_over_runs() {
    let little = [Doubt::LittleContention];
    for (each, verdict) in [(2, Verdict::Safe), (1, Verdict::Inconclusive)] {
        let runs = (1..=3).map(|number| judged(run(number, each), &little));
        let cell = cell(runs.collect());
        let summary = Summary::of(&cell, 3);
        assert_eq!(summary.evidence.total(), 3 * each);
        assert_eq!(summary.verdict(), verdict);
        assert_eq!(summary.holds(), verdict == Verdict::Safe);
    }
}

/// One broken run of many is the verdict of the cell, and is counted.
#[test]
fn one_broken_run_is_the_verdict_of_the_cell() {
    let mut broken = run(2, 50);
    broken.findings = Violations {
        oversold: 7,
        lost_updates: 7,
        ..Violations::default()
    }
    .findings();
    let runs = vec![run(1, 50), judged(broken, &[]), run(3, 50)];
    let cell = cell(runs);
    let summary = Summary::of(&cell, 3);
    assert_eq!(summary.verdict(), Verdict::Oversells);
    let proven = [Verdict::Oversells, Verdict::LosesUpdates];
    assert_eq!(summary.judgement.proven, proven);
    assert_eq!(
        (summary.runs_broken, summary.findings.count("oversold")),
        (1, 7)
    );
    assert!(!summary.holds());
}

/// Every doubt but too little contention survives pooling, each once; a run
/// that never came is an interrupt.
#[test]
fn doubts_are_pooled_over_runs() {
    let unresolved = [Doubt::UnknownUnresolved, Doubt::LittleContention];
    let runs = || {
        vec![
            judged(run(1, 50), &unresolved),
            judged(run(2, 50), &unresolved),
        ]
    };
    let whole = cell(runs());
    let summary = Summary::of(&whole, 2);
    assert_eq!(summary.judgement.doubts, [Doubt::UnknownUnresolved]);
    assert_eq!(summary.verdict(), Verdict::Inconclusive);

    let cut_short = cell(vec![run(1, 50)]);
    assert_eq!(Summary::of(&cut_short, 1).verdict(), Verdict::Safe);
    let summary = Summary::of(&cut_short, 2);
    assert_eq!(summary.judgement.doubts, [Doubt::Interrupted]);
    assert_eq!(summary.verdict(), Verdict::Inconclusive);

    let nothing = cell(Vec::new());
    assert_eq!(Summary::of(&nothing, 1).verdict(), Verdict::Inconclusive);
}

/// Everything that is counted is added up; rates are means over runs, not
/// totals over a total time.
#[test]
fn counts_are_added_and_rates_are_means() {
    let mut first = run(1, 5);
    first.effort.attempts = 300;
    first.effort.conflicts = BTreeMap::from([(Conflict::StaleVersion, 3), (Conflict::Deadlock, 1)]);
    first.effort.checkouts_by_tries = BTreeMap::from([(1, 498), (2, 2)]);
    first.timing.service.record_us(10);
    let mut second = run(2, 6);
    second.outcomes.sold = 50;
    second.effort.attempts = 100;
    second.effort.conflicts = BTreeMap::from([(Conflict::StaleVersion, 4)]);
    second.effort.checkouts_by_tries = BTreeMap::from([(2, 1)]);
    second.timing.service.record_us(1_000);
    second.elapsed_us = 125_000;
    let cell = cell(vec![first, second]);
    let summary = Summary::of(&cell, 2);
    assert_eq!(summary.outcomes.sold, 150);
    assert_eq!(summary.outcomes.total(), 950);
    assert_eq!(summary.effort.lost_attempts(), 8);
    assert_eq!(summary.effort.conflicts[&Conflict::StaleVersion], 7);
    assert_eq!(
        summary.effort.checkouts_by_tries,
        BTreeMap::from([(1, 498), (2, 3)])
    );
    assert_eq!(summary.timing.service.count(), 2);
    assert_eq!(summary.timing.service.max_us(), 1_000);
    assert_eq!(summary.attempts_per_sale(), Some(400.0 / 150.0));
    // 100 in half a second and 50 in an eighth: 200 and 400 a second.
    let rate = summary.sales_per_s().expect("two runs");
    assert_eq!(rate.value, 300.0);
}
