//! Lines that a workflow of GitHub turns into annotations of the scenario file: one for
//! each expectation that does not hold, where the file states it.

use crate::oracle::Verdict;
use crate::report::dossier::document::{Results, Study};
use crate::report::facts::change::{Change, changes};
use crate::report::facts::expectation::{Expectation, Of, Status};
use crate::report::facts::gate::of_study;
use crate::report::facts::number::real;
use crate::report::harmless;
use crate::scenario::Places;

/// A scenario file, for its lines.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// From the root of the repository.
    pub path: String,
    /// Empty where it cannot be read again: then every annotation is of line 1.
    pub text: String,
}

/// Renders annotations: an error for what is not as expected, a warning for what is not
/// proven or was not carried out on request. `files` are those of the studies, in the
/// same order.
#[must_use]
pub fn to_annotations(results: &Results, files: &[SourceFile]) -> String {
    let dossier = &results.dossier;
    let before = results.against.as_ref();
    let changes = before.map_or(Vec::new(), |before| changes(dossier, before));
    let mut lines = String::new();
    for (study, file) in dossier.studies.iter().zip(files) {
        let places = Places::of(&file.text);
        let (has_run, has_not): (Vec<_>, Vec<_>) = of_study(dossier, study)
            .into_iter()
            .filter(|expectation| !expectation.holds())
            .partition(|expectation| expectation.has_run);
        for one in &has_run {
            let line = line(&places, one);
            lines += &annotation(level(one), file, line, &message(one));
        }
        // One cause keeps all of them from running: once is enough.
        if let Some(first) = has_not.first() {
            let message = format!("{} expectations: {}", has_not.len(), first.in_short());
            lines += &annotation(level(first), file, 1, &message);
        }
        for change in slower(&changes, study) {
            lines += &annotation("error", file, 1, &change);
        }
    }
    lines
}

/// What GitHub calls it.
fn level(expectation: &Expectation) -> &'static str {
    let unproven = [Verdict::Unsupported, Verdict::Inconclusive].map(Verdict::name);
    let is_unproven = unproven.contains(&expectation.found.as_str());
    match expectation.status {
        Status::Skipped | Status::Unproven => "warning",
        Status::Differs if is_unproven => "warning",
        Status::Holds | Status::Differs | Status::Error => "error",
    }
}

/// The line that states what was expected, or else the first.
fn line(places: &Places<'_>, expectation: &Expectation) -> usize {
    let cell = expectation.cell;
    match expectation.of {
        Of::Load => places.line_of_verdict("load", cell),
        Of::Exploration => places.line_of_verdict("explore", cell),
        Of::Threshold => {
            let rule = expectation.expected.as_deref().unwrap_or_default();
            places.line_of_threshold(rule, cell.subject)
        }
    }
}

fn message(expectation: &Expectation) -> String {
    let (cell, kind) = (expectation.cell, expectation.of.name());
    let first = format!("{cell}: {kind}: {}", expectation.in_short());
    [&[first], expectation.details.as_slice()]
        .concat()
        .join("\n")
}

fn slower(changes: &[Change], study: &Study) -> Vec<String> {
    let of_study = changes.iter().filter(|change| change.study == study.name);
    let slower = of_study.filter(|change| change.is_slower());
    let message = |change: &Change| {
        let speed = change.speed.as_ref()?;
        let (cell, value) = (change.cell, real(speed.value));
        Some(format!(
            "{cell}: slower than the baseline: {value} of its speed"
        ))
    };
    slower.filter_map(message).collect()
}

fn annotation(level: &str, file: &SourceFile, line: usize, message: &str) -> String {
    let (file, message) = (property(&file.path), escaped(message));
    format!("::{level} file={file},line={line}::{message}\n")
}

/// A value before the second `::`, where `:` and `,` separate.
fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

/// Free text, of which a line end would end the annotation.
fn escaped(text: &str) -> String {
    let text = text.replace('%', "%25");
    let text = text.replace('\r', "%0D").replace('\n', "%0A");
    harmless(&text).into_owned()
}
