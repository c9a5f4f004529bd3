//! JUnit XML: one test case for each expectation, and for each speed that is
//! held against an older result. What was planned and did not run is a case
//! too: an error, or skipped where a signal asked for an end.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, SerializeError};
use quick_junit::{TestCase, TestCaseStatus, TestSuite};

use crate::report::dossier::document::{Results, Study};
use crate::report::facts::change::{Change, TOLERANCE, changes, differences};
use crate::report::facts::changed::left_in_words;
use crate::report::facts::expectation::{Expectation, Of, Status};
use crate::report::facts::gate::of_study;
use crate::report::facts::number::{joined, real};
use crate::report::facts::wrong;

/// Renders JUnit XML.
///
/// # Errors
/// Never in practice: what XML cannot hold is left out.
pub fn to_junit(results: &Results) -> Result<String, SerializeError> {
    let dossier = &results.dossier;
    let mut report = Report::new(line(&format!("sim {}", dossier.sim_version)));
    let (changes, differences) = match &results.against {
        Some(before) => (changes(dossier, before), differences(dossier, before)),
        None => (Vec::new(), Vec::new()),
    };
    for study in &dossier.studies {
        let mut suite = TestSuite::new(line(study.label()));
        suite.add_properties(properties(study));
        let all = of_study(dossier, study);
        suite.add_test_cases(all.iter().map(|e| expected(study, e)));
        let changes = changes.iter().filter(|change| change.study == study.name);
        suite.add_test_cases(changes.filter_map(|change| held(study, change, &differences)));
        let times = suite.test_cases.iter().filter_map(|case| case.time);
        suite.set_time(times.sum());
        report.add_test_suite(suite);
    }
    report.to_string()
}

/// What a reader needs in order to judge the cases.
fn properties(study: &Study) -> Vec<Property> {
    let server = study.server().into_iter().map(|server| {
        let server = format!("{} {}", server.product, server.version);
        Property::new("server", line(&server))
    });
    let seed = study.load.iter();
    let seed = seed.map(|load| Property::new("seed", load.scenario.seed.to_string()));
    server.chain(seed).collect()
}

fn expected(study: &Study, expectation: &Expectation) -> TestCase {
    let (cell, kind) = (expectation.cell, expectation.of.name());
    let name = match expectation.of {
        Of::Threshold => {
            let rule = expectation.expected.as_deref().unwrap_or_default();
            format!("{cell}: {kind} {rule}")
        }
        Of::Load | Of::Exploration => format!("{cell}: {kind}"),
    };
    let message = expectation.in_short();
    let details = &[expectation.details.clone(), rows(study, expectation)].concat();
    let status = match expectation.status {
        Status::Holds => TestCaseStatus::success(),
        Status::Differs | Status::Unproven => {
            failure(NonSuccessKind::Failure, kind, &message, details)
        }
        Status::Error => failure(NonSuccessKind::Error, kind, &message, details),
        Status::Skipped => skipped(&message),
    };
    let mut case = case(study, &name, status);
    if expectation.of == Of::Exploration
        && let Some(cell) = study.explored(expectation.cell)
        && !cell.found.left.is_empty()
    {
        case.set_system_out(text(&left_in_words(&cell.found.left)));
    }
    if let Some(time) = time(study, expectation) {
        case.set_time(time);
    }
    case
}

/// What is wrong with the end that is shown, row by row. Its sentence stands there already.
fn rows(study: &Study, expectation: &Expectation) -> Vec<String> {
    if expectation.of != Of::Exploration {
        return Vec::new();
    }
    let cell = study.explored(expectation.cell);
    let lines = cell.and_then(wrong::shown).map(wrong::in_lines);
    let mut lines = lines.unwrap_or_default();
    lines.retain(|line| !expectation.details.contains(line));
    lines
}

/// A cell's speed against the older result; `None` where there is too little
/// to tell. Between results that cannot be compared nothing has failed.
fn held(study: &Study, change: &Change, differences: &[String]) -> Option<TestCase> {
    let speed = change.speed?;
    let (value, low, high) = (real(speed.value), real(speed.low), real(speed.high));
    let status = if !differences.is_empty() {
        let mut skipped = skipped("cannot be compared with the older result");
        skipped.set_description(text(differences));
        skipped
    } else if change.is_slower() {
        let least = real(1.0 - TOLERANCE);
        let message = format!("expected {least} of the older speed, found {value}");
        let interval = format!(
            "between {low} and {high} at 95 %, each measured beside the reference of its own result"
        );
        failure(NonSuccessKind::Failure, "speed", &message, &[interval])
    } else {
        TestCaseStatus::success()
    };
    Some(case(study, &format!("{}: speed", change.cell), status))
}

fn case(study: &Study, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(line(name), status);
    case.set_classname(line(study.label()));
    case
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(line(message));
    status
}

fn failure(how: NonSuccessKind, of: &str, message: &str, details: &[String]) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(how);
    status.set_type(of).set_message(line(message));
    if !details.is_empty() {
        status.set_description(text(details));
    }
    status
}

/// How long it took to find out; thresholds took no time of their own.
fn time(study: &Study, expectation: &Expectation) -> Option<Duration> {
    let us = match expectation.of {
        Of::Load => {
            let mut cells = study.load.as_ref()?.cells.iter();
            let cell = cells.find(|c| c.cell == expectation.cell)?;
            cell.runs.iter().map(|run| run.elapsed_us).sum()
        }
        Of::Exploration => study.explored(expectation.cell)?.found.elapsed_us,
        Of::Threshold => return None,
    };
    Some(Duration::from_micros(us))
}

fn text(lines: &[String]) -> String {
    joined(lines.iter().map(|one| line(one)), "\n")
}

/// One line of what XML can hold: of that, quick-junit leaves out control
/// characters, but not the two code points that are no characters.
fn line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace(['\u{fffe}', '\u{ffff}'], "")
}
