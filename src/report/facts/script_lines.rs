//! A script under load, line by line; a service, request by request.

use crate::cell::Cell;
use crate::load::{LinePlace, LineTiming};
use crate::report::facts::summary::Summary;
use crate::report::harmless::harmless;
use crate::subject::{requests_header, script_header, script_text};

/// A line of a script that sends a statement.
pub(in crate::report) struct ScriptLine<'s> {
    /// `12`, or `cancel:12` of several operations.
    pub(in crate::report) place: String,
    /// As it stands in the file, without the white space around it; empty where the file is
    /// not known.
    pub(in crate::report) text: String,
    pub(in crate::report) timing: &'s LineTiming,
}

/// What the first and the last column are called, and how one follows the other.
pub(in crate::report) type LineWords = [&'static str; 3];

/// The words of a script, or of a service.
pub(in crate::report) fn words(cell: Cell) -> LineWords {
    match cell.subject.is_service() {
        true => ["no", "request", "request by request"],
        false => ["line", "statement", "line by line"],
    }
}

/// Every line that was sent, in all runs of a cell; none of what is no script.
pub(in crate::report) fn lines<'s>(summary: &'s Summary) -> Vec<ScriptLine<'s>> {
    let subject = summary.cell.subject;
    let text = script_text(subject);
    let header = match subject.is_service() {
        true => requests_header,
        false => script_header,
    };
    let lines = summary.timing.lines.iter();
    let lines = lines.filter(|(place, _)| place.line > 0);
    lines
        .map(|(place, timing)| ScriptLine {
            place: harmless(&place.to_string()).into_owned(),
            text: source(text.as_deref(), place, header),
            timing,
        })
        .collect()
}

/// A line of the text of a subject: of several operations one follows the other, each behind a
/// line with its name.
fn source(text: Option<&str>, place: &LinePlace, header: fn(&str) -> String) -> String {
    let mut lines = text.unwrap_or_default().lines();
    if let Some(operation) = &place.operation {
        let header = header(operation);
        lines.find(|line| *line == header);
    }
    let line = lines.nth(place.line as usize - 1).unwrap_or_default();
    harmless(line.trim()).into_owned()
}
