//! What people read at a terminal, of results made by hand.

use checkout_sim::report::{comparison_to_terminal, results_to_terminal, to_csv, to_terminal};
use checkout_sim::shop::Isolation;

use crate::hand::{failing, holding};
use crate::{cell, report, run};

/// Colours are for terminals; the words are the same.
fn plain(page: &str) -> String {
    anstream::adapter::strip_str(page).to_string()
}

#[test]
fn a_comparison_reads_well() {
    insta::assert_snapshot!(plain(&comparison_to_terminal(&holding())));
}

#[test]
fn a_comparison_says_what_does_not_hold() {
    insta::assert_snapshot!(plain(&comparison_to_terminal(&failing())));
}

#[test]
fn a_check_reads_well() {
    insta::assert_snapshot!(plain(&results_to_terminal(&holding())));
}

#[test]
fn a_check_says_what_does_not_hold() {
    insta::assert_snapshot!(plain(&results_to_terminal(&failing())));
}

#[test]
fn rows_for_other_programs() {
    insta::assert_snapshot!(to_csv(&holding().dossier).expect("plain data"));
}

/// A harness that is slower than what it measures must say so, and only then.
#[test]
fn a_busy_client_is_told() {
    let elapsed_us = run(1, 50).elapsed_us;
    let with = |busy_us, cpu_us| {
        let mut busy = run(1, 50);
        (busy.client_busy_us, busy.client_cpu_us) = (busy_us, cpu_us);
        busy
    };
    let alone = |busy_us, cpu_us| {
        plain(&to_terminal(&report(vec![cell(vec![with(
            busy_us, cpu_us,
        )])])))
    };
    let (slow, starved) = (
        "it may be what is measured here",
        "mostly waiting for a processor",
    );
    let runs_all_the_time = alone(elapsed_us, elapsed_us);
    assert!(
        runs_all_the_time.contains("busy 100.0 %"),
        "{runs_all_the_time}"
    );
    assert!(runs_all_the_time.contains(slow) && !runs_all_the_time.contains(starved));
    let seldom_runs = alone(elapsed_us, elapsed_us / 4);
    assert!(
        seldom_runs.contains(starved) && !seldom_runs.contains(slow),
        "{seldom_runs}"
    );
    let has_time = alone(elapsed_us / 2, elapsed_us / 2);
    assert!(has_time.contains("busy 50.0 %"), "{has_time}");
    assert!(!has_time.contains(slow) && !has_time.contains(starved));
    // Of several cells it is said once.
    let [mut first, second] =
        [elapsed_us, elapsed_us / 2].map(|busy_us| cell(vec![with(busy_us, busy_us)]));
    first.isolation = Isolation::RepeatableRead;
    let both = plain(&to_terminal(&report(vec![first, second])));
    assert!(
        both.contains("in 1 of 2 cells sim itself was busy up to 100.0 % of the time"),
        "{both}"
    );
}
