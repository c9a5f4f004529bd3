//! What people read at a terminal, of results made by hand.

use checkout_sim::report::{comparison_to_terminal, results_to_terminal, to_csv, to_terminal};

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
    let page = |busy_us| {
        let mut run = run(1, 50);
        run.client_busy_us = busy_us;
        plain(&to_terminal(&report(vec![cell(vec![run])])))
    };
    let elapsed_us = run(1, 50).elapsed_us;
    let warning = "it may be what is measured here";
    assert!(
        page(elapsed_us).contains("busy 100.0 %"),
        "{}",
        page(elapsed_us)
    );
    assert!(page(elapsed_us).contains(warning));
    assert!(page(elapsed_us / 2).contains("busy 50.0 %"));
    assert!(!page(elapsed_us / 2).contains(warning));
}
