//! A script under load, line by line.

use std::fmt::Write as _;

use super::style::{BOLD, DIM};
use crate::report::facts::number::{count, duration};
use crate::report::facts::script_lines::{LineWords, ScriptLine, lines, words};
use crate::report::facts::summary::Summary;

/// Of the text of a line at least so many characters are shown.
const TEXT_MIN: usize = 16;

/// A table for each cell whose subject is a script; empty where none is. `columns`: of the
/// terminal.
pub(super) fn render(summaries: &[Summary], columns: usize) -> String {
    let with_lines = summaries.iter().map(|summary| (summary, lines(summary)));
    let with_lines = with_lines.filter(|(_, lines)| !lines.is_empty());
    with_lines
        .map(|(summary, lines)| {
            let words = words(summary.cell);
            let table = table(&lines, words, columns);
            let [_, _, each] = words;
            format!("\n{BOLD}{}{BOLD:#}, {each}\n{table}", summary.cell)
        })
        .collect()
}

fn table(lines: &[ScriptLine<'_>], [first, last, _]: LineWords, columns: usize) -> String {
    let headings = [first, "sent", "lost", "failed", "p50", "p99"];
    let rows: Vec<[String; 6]> = lines.iter().map(numbers).collect();
    let width = |at: usize| {
        let entries = rows.iter().map(|row| row[at].chars().count());
        entries.chain([headings[at].len()]).max().unwrap_or(0)
    };
    let widths: [usize; 6] = std::array::from_fn(width);
    // A column in which nothing happened says nothing.
    let is_shown = |at: usize| rows.iter().any(|row| row[at] != "-");
    let shown: Vec<usize> = (0..headings.len()).filter(|&at| is_shown(at)).collect();
    let taken: usize = shown.iter().map(|&at| widths[at] + 2).sum();
    let room = columns.saturating_sub(taken + 2).max(TEXT_MIN);
    let row = |entries: [&str; 6], text: &str| {
        let mut line = String::new();
        for &at in &shown {
            let _ = write!(line, "{:>1$}", entries[at], widths[at] + 2);
        }
        format!("{line}  {text}")
    };
    let mut table = format!("{DIM}{}{DIM:#}\n", row(headings, last));
    for (numbers, line) in rows.iter().zip(lines) {
        let numbers: [&str; 6] = std::array::from_fn(|at| numbers[at].as_str());
        let _ = writeln!(table, "{}", row(numbers, &shortened(&line.text, room)));
    }
    table
}

fn numbers(line: &ScriptLine<'_>) -> [String; 6] {
    let timing = line.timing;
    let or_dash = |n: u64| if n == 0 { "-".into() } else { count(n) };
    [
        line.place.clone(),
        count(timing.latency.count()),
        or_dash(timing.lost),
        or_dash(timing.failed),
        duration(timing.latency.percentile_us(50.0)),
        duration(timing.latency.percentile_us(99.0)),
    ]
}

fn shortened(text: &str, room: usize) -> String {
    match text.chars().count() > room {
        true => text.chars().take(room - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}
