//! What is wrong with an end, for pages that show no schedule.

use super::{changed, contradiction, explain, raced, unfollowed};
use crate::explore::schedule::letter;
use crate::explore::trace::Trace;
use crate::oracle::{Broken, Raised, Verdict};
use crate::report::dossier::exploration::ExploredCell;

/// The schedule that shows the verdict, or else what a release at the same time came to.
pub(in crate::report) fn shown(cell: &ExploredCell) -> Option<&Trace> {
    let raced = || raced::worst(&cell.found).map(|(_, end)| &end.example);
    cell.found.example.as_ref().or_else(raced)
}

/// What was found, in one sentence: of tables of the user's own what is wrong with the end that is
/// shown, of all else what the verdict means.
pub(in crate::report) fn in_a_sentence(cell: &ExploredCell, is_own: bool) -> String {
    if let Some(why) = unfollowed::in_lines(&cell.found).into_iter().next() {
        return why;
    }
    let meaning = || explain::explored(cell.verdict(), is_own).to_owned();
    shown(cell)
        .and_then(|trace| of_trace(cell.verdict(), trace))
        .unwrap_or_else(meaning)
}

/// What is wrong with the end that is shown, where it ran on tables of the user's own.
pub(in crate::report) fn of_cell(cell: &ExploredCell) -> Option<String> {
    of_trace(cell.verdict(), shown(cell)?)
}

fn of_trace(verdict: Verdict, trace: &Trace) -> Option<String> {
    match verdict {
        Verdict::Violates => trace.broken.first().map(answered),
        Verdict::RaisesErrors => trace.raised.first().map(heard),
        _ => trace
            .contradiction
            .as_ref()
            .map(|told| told.sentence.clone()),
    }
}

/// `oversold answered: id 7, stock -1`.
fn answered(broken: &Broken) -> String {
    let rows = changed::rows_of(broken).join("; ");
    format!("{} answered: {rows}", broken.invariant)
}

fn heard(raised: &Raised) -> String {
    let letter = letter(raised.session as usize);
    format!("{letter} heard {}: {}", raised.code, raised.message)
}

/// All of it, line by line: the difference to the nearest serial end and the rows that differ, what
/// each invariant answered, what each caller heard, and what sessions saw that was not committed.
pub(in crate::report) fn in_lines(trace: &Trace) -> Vec<String> {
    let mut lines = contradiction::in_sentences(trace);
    if let Some((order, rows)) = contradiction::row_by_row(trace) {
        lines.extend(rows.iter().map(|row| format!("{order} {row}")));
    }
    lines.extend(trace.broken.iter().map(answered));
    lines.extend(trace.raised.iter().map(heard));
    for (number, step) in (1..).zip(&trace.steps) {
        let seen = step.sees.iter().flat_map(changed::as_seen);
        lines.extend(seen.map(|seen: String| format!("after step {number}: {seen}")));
    }
    lines
}
