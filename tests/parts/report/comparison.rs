//! What each costs, as a ratio to one of them.

use checkout_sim::load::RunResult;
use checkout_sim::oracle::{Doubt, Violations};
use checkout_sim::report::{Interval, compare, goodput_ratio};
use checkout_sim::shop::Isolation;
use checkout_sim::subject::Strategy;

use super::hand::{REFERENCE, load, oversold, paced, paced_runs, safe_cell};
use super::{judged, run};

fn ratio(cell: Vec<RunResult>, standard: Vec<RunResult>) -> Option<Interval> {
    goodput_ratio(&cell, &standard)
}

#[track_caller]
fn close(found: f64, wanted: f64) {
    assert!((found / wanted - 1.0).abs() < 1e-6, "{found} for {wanted}");
}

/// Rounds are paired by their number: the machine was ten times slower in the
/// second one, for both, and that is no spread. What has no partner is left
/// out.
#[test]
fn rounds_are_compared_within_themselves() {
    let standard = vec![paced(2, 100), paced(1, 1_000), paced(4, 77)];
    let found = ratio(vec![paced(1, 2_000), paced(2, 200), paced(3, 5)], standard);
    let found = found.expect("two rounds");
    for bound in [found.value, found.low, found.high] {
        close(bound, 2.0);
    }
}

/// Ratios 1, 2 and 4: their logarithms have the mean ln 2 and the standard
/// deviation ln 2, and t(0.975; 2) = 4.302653 by the tables. So the interval is
/// 2 times and divided by 2 to the power of 4.302653 / sqrt 3.
#[test]
fn a_ratio_has_students_interval_of_its_logarithm() {
    let found = ratio(paced_runs(&[100, 200, 400]), paced_runs(&[100; 3]));
    let found = found.expect("three rounds");
    let half = 4.302_653 / 3_f64.sqrt();
    close(found.value, 2.0);
    close(found.low, 2_f64.powf(1.0 - half));
    close(found.high, 2_f64.powf(1.0 + half));
}

/// One round says nothing of the spread.
#[test]
fn one_round_has_no_bounds() {
    let found = ratio(paced_runs(&[300]), paced_runs(&[100])).expect("one round");
    close(found.value, 3.0);
    assert_eq!((found.low, found.high), (0.0, f64::INFINITY));
}

#[test]
fn what_sold_nothing_has_no_ratio() {
    assert_eq!(ratio(paced_runs(&[100, 0]), paced_runs(&[100, 100])), None);
    assert_eq!(ratio(paced_runs(&[100, 100]), paced_runs(&[100, 0])), None);
    assert_eq!(ratio(Vec::new(), paced_runs(&[100])), None);
    assert_eq!(ratio(vec![paced(1, 100)], vec![paced(2, 100)]), None);
    let mut timeless = paced(1, 100);
    timeless.elapsed_us = 0;
    assert_eq!(ratio(vec![timeless], paced_runs(&[100])), None);
}

/// A difference is real if its interval leaves out 1, on either side.
#[test]
fn a_difference_is_real_or_noise() {
    let cells = vec![
        safe_cell(Strategy::RowLock, paced_runs(&[1_000; 3])),
        safe_cell(Strategy::Optimistic, paced_runs(&[490, 500, 510])),
        safe_cell(Strategy::Atomic, paced_runs(&[1_900, 2_000, 2_100])),
        safe_cell(Strategy::CheckConstraint, paced_runs(&[500, 2_000, 1_500])),
        safe_cell(Strategy::Autocommit, paced_runs(&[999, 1_000, 1_001])),
    ];
    let report = load(cells);
    let rows = compare(&report, Some(REFERENCE));
    let judged: Vec<_> = rows
        .iter()
        .map(|row| (row.is_reference, row.is_real()))
        .collect();
    let expected = [
        (true, false),
        (false, true),
        (false, true),
        (false, false),
        (false, false),
    ];
    assert_eq!(judged, expected);
    let own = rows[0].ratio.expect("the reference beside itself");
    assert_eq!((own.value, own.low, own.high), (1.0, 1.0, 1.0));
    let strategies = rows.iter().map(|row| row.summary.cell);
    let asked = report.cells.iter().map(|cell| cell.cell);
    assert!(strategies.eq(asked), "in the order of the report");
}

/// The speed of a wrong answer is not compared; neither is anything with it.
/// Too little contention is no wrong answer.
#[test]
fn what_broke_something_has_no_ratio() {
    let mut turned_away = run(1, 50);
    turned_away.findings = Violations {
        unsold: 2,
        ..Violations::default()
    }
    .findings();
    let cells = |standard| {
        vec![
            safe_cell(Strategy::RowLock, vec![standard]),
            safe_cell(Strategy::Naive, vec![oversold(1, 1)]),
            safe_cell(Strategy::Autocommit, vec![judged(turned_away.clone(), &[])]),
            safe_cell(
                Strategy::Atomic,
                vec![judged(run(1, 0), &[Doubt::LittleContention])],
            ),
        ]
    };
    let has_ratio = |standard, reference| -> Vec<bool> {
        let report = load(cells(standard));
        let rows = compare(&report, reference);
        rows.iter().map(|row| row.ratio.is_some()).collect()
    };
    let reference = Some(REFERENCE);
    assert_eq!(has_ratio(run(1, 50), reference), [true, false, false, true]);
    assert_eq!(has_ratio(oversold(1, 1), reference), [false; 4]);
    assert_eq!(has_ratio(run(1, 50), None), [false; 4]);
    let elsewhere = Some(Strategy::RowLock.at(Isolation::Serializable));
    assert_eq!(has_ratio(run(1, 50), elsewhere), [false; 4]);
    let report = load(cells(run(1, 50)));
    let sound = compare(&report, None)
        .iter()
        .map(|row| row.is_sound())
        .collect::<Vec<_>>();
    assert_eq!(sound, [true, false, false, true]);
}
