//! A script under load, line by line.

use crate::load::LineTiming;
use crate::report::facts::summary::Summary;
use crate::report::harmless::harmless;
use crate::subject::script_text;

/// A line of a script that sends a statement.
pub(in crate::report) struct ScriptLine<'s> {
    /// From 1.
    pub(in crate::report) number: u32,
    /// As it stands in the file, without the white space around it; empty where the file is
    /// not known.
    pub(in crate::report) text: String,
    pub(in crate::report) timing: &'s LineTiming,
}

/// Every line that was sent, in all runs of a cell; none of what is no script.
pub(in crate::report) fn lines<'s>(summary: &'s Summary) -> Vec<ScriptLine<'s>> {
    let text = script_text(summary.cell.subject);
    let source = |number: u32| {
        let lines = text.as_ref().map(|text| text.lines());
        let line = lines.and_then(|mut lines| lines.nth(number as usize - 1));
        harmless(line.unwrap_or_default().trim()).into_owned()
    };
    let lines = summary.timing.lines.iter();
    let lines = lines.filter(|(number, _)| **number > 0);
    lines
        .map(|(number, timing)| ScriptLine {
            number: *number,
            text: source(*number),
            timing,
        })
        .collect()
}
