//! The rows of an answer as a small table within a column of a page.

use anstyle::Style;

use super::style::BOLD;
use crate::report::facts::answer::{AnswerRows, several_rows};
use crate::session;
use crate::statement::Reply;

/// In front of each line, below the reply.
const INDENT: &str = "   ";
const GAP: &str = "  ";
/// Letters of a value that are shown at least.
const LETTERS_MIN: usize = 8;

/// The lines below a reply of several rows; none of a reply that one line says.
pub(super) fn lines(reply: &session::Result<Reply>, columns: usize) -> Vec<(String, Style)> {
    let Some(mut answer) = several_rows(reply) else {
        return Vec::new();
    };
    let widths = fit(&mut answer, columns.saturating_sub(INDENT.len()));
    let head: Vec<&str> = answer.head.iter().map(String::as_str).collect();
    let rows = answer.rows.iter();
    let rows = rows.map(|row| row.iter().map(|value| value.words.as_str()).collect());
    let lines = std::iter::once(head).chain(rows);
    let lines = lines.map(|row: Vec<&str>| line(&row, &widths));
    let lines = lines.chain(answer.left_out());
    let styles = std::iter::once(BOLD).chain(std::iter::repeat(Style::new()));
    let indented = lines.map(|line| format!("{INDENT}{line}"));
    indented.zip(styles).collect()
}

/// The widths of the columns. Where there is not room for all, the widest are cut, and
/// where that would leave too little of them, the last ones are left out.
fn fit(answer: &mut AnswerRows, room: usize) -> Vec<usize> {
    let width = |column: usize| {
        let values = answer.rows.iter().map(|row| row[column].words.as_str());
        let all = values.chain([answer.head[column].as_str()]);
        all.map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..answer.head.len()).map(width).collect();
    let gaps = |columns: usize| GAP.len() * (columns - 1);
    let least =
        |widths: &[usize]| -> usize { widths.iter().map(|width| *width.min(&LETTERS_MIN)).sum() };
    while widths.len() > 1 && gaps(widths.len()) + least(&widths) > room {
        widths.pop();
    }
    while gaps(widths.len()) + widths.iter().sum::<usize>() > room {
        match widths.iter_mut().max().filter(|widest| **widest > 1) {
            Some(widest) => *widest -= 1,
            None => break,
        }
    }
    answer.keep_columns(widths.len());
    widths
}

fn line(row: &[&str], widths: &[usize]) -> String {
    let cells = row.iter().zip(widths);
    let cells = cells.map(|(text, width)| {
        let text: String = match text.chars().count() > *width {
            true => text
                .chars()
                .take(width.saturating_sub(1))
                .chain(['…'])
                .collect(),
            false => (*text).to_owned(),
        };
        format!("{text:<width$}")
    });
    let line = cells.collect::<Vec<_>>().join(GAP);
    line.trim_end().to_owned()
}
