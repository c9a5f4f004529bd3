//! JUnit XML: what a CI server counts.

use std::collections::HashSet;
use std::time::Duration;

use checkout_sim::report::{Results, Status, expectations, to_junit};
use quick_junit::{Report, TestCase, TestCaseStatus};

use super::hand::{failing, holding, server};

fn xml(results: &Results) -> String {
    to_junit(results).expect("plain data")
}

fn parsed(results: &Results) -> Report {
    Report::deserialize_from_str(&xml(results)).expect("JUnit XML")
}

fn cases(report: &Report) -> Vec<&TestCase> {
    report
        .test_suites
        .iter()
        .flat_map(|suite| &suite.test_cases)
        .collect()
}

fn failed(report: &Report) -> Vec<&str> {
    let failed = cases(report)
        .into_iter()
        .filter(|case| matches!(case.status, TestCaseStatus::NonSuccess { .. }));
    failed.map(|case| case.name.as_str()).collect()
}

#[test]
fn a_file_where_all_holds() {
    insta::assert_snapshot!(xml(&holding()));
}

#[test]
fn a_file_of_what_does_not_hold() {
    insta::assert_snapshot!(xml(&failing()));
}

/// One test case for each expectation, each with a name of its own, and as many
/// failures and errors as expectations that do not hold.
#[test]
fn every_expectation_is_a_test_case() {
    let alone = Results {
        against: None,
        ..failing()
    };
    for results in [holding(), alone] {
        let (report, expected) = (parsed(&results), expectations(&results.dossier));
        let cases = cases(&report);
        assert_eq!(
            (cases.len(), report.tests),
            (expected.len(), expected.len())
        );
        let names: HashSet<_> = cases
            .iter()
            .map(|case| (case.classname.as_deref(), case.name.as_str()))
            .collect();
        assert_eq!(names.len(), cases.len(), "each once");
        let n = |status| expected.iter().filter(|e| e.status == status).count();
        let (failures, errors) = (n(Status::Differs), n(Status::Error));
        assert_eq!((report.failures, report.errors), (failures, errors));
        assert_eq!(
            (failed(&report).len(), report.skipped),
            (failures + errors, 0)
        );
    }
}

/// Against an older result each speed is a case more, and fails where it is
/// slower.
#[test]
fn every_speed_is_a_test_case() {
    let report = parsed(&failing());
    let speed = "optimistic at read-committed: speed";
    let speeds = cases(&report);
    let speeds = speeds.iter().filter(|case| case.name.ends_with(": speed"));
    // Neither the reference, nor what broke something.
    assert_eq!(
        speeds.map(|case| case.name.as_str()).collect::<Vec<_>>(),
        [speed]
    );
    assert!(failed(&report).contains(&speed));

    let mut same = holding();
    same.against = Some(same.dossier.clone());
    let report = parsed(&same);
    assert!(
        cases(&report)
            .iter()
            .any(|case| case.name.as_str() == speed)
    );
    assert_eq!(failed(&report), <[&str; 0]>::default());
}

/// Between results that differ in more than the code nothing has failed, and
/// nothing has passed.
#[test]
fn speeds_that_cannot_be_compared_are_skipped() {
    let mut results = failing();
    if let Some(load) = &mut results.dossier.studies[0].load {
        load.scenario.buyers = 400;
    }
    let report = parsed(&results);
    let (cases, speed) = (cases(&report), "optimistic at read-committed: speed");
    let case = cases.iter().find(|case| case.name.as_str() == speed);
    let case = case.expect("a speed");
    let TestCaseStatus::Skipped { description, .. } = &case.status else {
        panic!("{case:?}");
    };
    let why = "flash-sale: scenario: buyers is 400, and was 500";
    assert_eq!(description.as_deref(), Some(why));
    assert_eq!(report.skipped, 1);
}

/// Two runs of a second each; an exploration of a quarter of one; a threshold
/// takes no time.
#[test]
fn times_are_those_of_the_runs() {
    let report = parsed(&holding());
    let cases = cases(&report);
    let time = |name: &str| {
        let case = cases.iter().find(|case| case.name.as_str() == name);
        case.expect(name).time
    };
    let seconds = |s| Some(Duration::from_secs_f64(s));
    assert_eq!(time("optimistic at read-committed: load"), seconds(2.0));
    assert_eq!(
        time("optimistic at read-committed: exploration"),
        seconds(0.25)
    );
    assert_eq!(
        time("optimistic at read-committed: threshold oversold==0"),
        None
    );
}

/// The same result is the same file, whenever it is written: it can be kept
/// under version control.
#[test]
fn nothing_in_the_file_is_of_the_moment() {
    let text = xml(&failing());
    assert_eq!(text, xml(&failing()));
    assert!(
        !text.contains("uuid=") && !text.contains("timestamp="),
        "{text}"
    );
}

/// What XML 1.0 cannot hold is left out, and what it can is not lost.
#[test]
fn words_of_others_are_words() {
    let mut results = failing();
    let hostile = "<a b=\"c\"> & ]]> 'é'\u{0}\u{1}\u{1b}[31m\u{fffe}\u{ffff}\u{b}\nend";
    results.dossier.studies[0].name = hostile.into();
    results.dossier.sim_version = hostile.into();
    if let Some(load) = &mut results.dossier.studies[0].load {
        server(load).version = hostile.into();
    }
    let text = xml(&results);
    let is_held = |c: char| c == '\n' || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    assert!(text.chars().all(is_held), "{text:?}");
    let report = parsed(&results);
    let suite = &report.test_suites[0];
    assert_eq!(suite.name.as_str(), "<a b=\"c\"> & ]]> 'é' end");
    assert_eq!(suite.test_cases[0].classname.as_ref(), Some(&suite.name));
}
