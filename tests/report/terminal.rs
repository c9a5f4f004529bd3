//! What people read at a terminal, of results made by hand.

use checkout_sim::report::{comparison_to_terminal, results_to_terminal, to_csv};

use crate::hand::{failing, holding};

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
