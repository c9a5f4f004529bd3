//! What is stated of tables of the user's own: queries that must answer no row, and errors that
//! may reach a caller.

use std::sync::Arc;

use checkout_sim::oracle::{
    Broken, Findings, OwnEnd, Raised, Verdict, WithoutRace, judge_own, raised,
};
use checkout_sim::shop::Outcome;
use checkout_sim::value::Table;

fn judged(broken: &[Broken], raised: &[Raised], shown: &[&str], allowed: &[&str]) -> Findings {
    let without_race = WithoutRace {
        raised: shown.iter().map(|&code| code.to_owned()).collect(),
        ..WithoutRace::default()
    };
    let allowed: Vec<String> = allowed.iter().map(|&code| code.to_owned()).collect();
    judge_own(OwnEnd { broken, raised }, &without_race, &allowed)
}

fn error(code: &str) -> Vec<Raised> {
    let raised = raised(1, Outcome::Failed, code, "no");
    raised.into_iter().collect()
}

/// An error counts that no serial order shows, and that nothing allows.
#[test]
fn an_error_that_no_serial_order_shows_is_told() {
    let proven = |shown: &[&str], allowed: &[&str]| {
        let findings = judged(&[], &error("23505"), shown, allowed);
        (findings.proven(), findings.count("error 23505"))
    };
    let is_told = (vec![Verdict::RaisesErrors], 1);
    assert_eq!(proven(&[], &[]), is_told);
    assert_eq!(proven(&["23503"], &["40P01"]), is_told);
    assert_eq!(proven(&["23505"], &[]), (vec![], 0), "the script's own no");
    assert_eq!(proven(&[], &["23505"]), (vec![], 0), "allowed");
}

/// A race that was lost to the last try is no error, but for a deadlock; whatever made a script
/// fail is one.
#[test]
fn a_lost_race_is_no_error_but_a_deadlock_is() {
    let codes = ["40001", "55P03", "0 rows", "40P01", "23505"];
    let raised = |outcome: Outcome| {
        let is_raised = |code: &&str| raised(0, outcome, code, "no").is_some();
        codes.into_iter().filter(is_raised).collect::<Vec<_>>()
    };
    assert_eq!(raised(Outcome::GaveUp), ["40P01"]);
    assert_eq!(raised(Outcome::Failed), codes);
    for answered in [Outcome::Sold, Outcome::SoldOut, Outcome::Unknown] {
        assert_eq!(raised(answered), [""; 0], "{answered:?}");
    }
}

/// What is broken is told beside it, and is worse.
#[test]
fn a_broken_invariant_is_worse_than_an_error() {
    let broken = Broken {
        invariant: "oversold".into(),
        rows: Arc::new(Table::empty(vec!["id".into()].into())),
        total: 3,
    };
    let findings = judged(&[broken], &error("23505"), &[], &[]);
    assert_eq!(findings.count("oversold"), 3);
    let proven = findings.proven();
    assert_eq!(proven, [Verdict::Violates, Verdict::RaisesErrors]);
}
