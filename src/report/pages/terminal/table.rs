//! The one painter of tables: an entry has its colour because of what it is.

use std::fmt::Write as _;

use anstyle::Style;

use super::style::{BOLD, DIM, explained, style};
use crate::cell::Cell;
use crate::oracle::Verdict;
use crate::shop::Isolation;

/// One cell of the plan, with what came of it.
pub(super) struct Row {
    pub(super) cell: Cell,
    pub(super) expected: Option<Verdict>,
    /// `None` where it did not run.
    pub(super) verdict: Option<Verdict>,
    /// What stands behind the verdict, without its colour.
    pub(super) mark: &'static str,
    /// What stands in the other columns.
    pub(super) others: Vec<String>,
    /// What stands in a line below, if anything.
    pub(super) note: String,
}

/// How columns stand beside each other.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// Blanks before the first column.
    pub(super) margin: usize,
    /// Blanks between two columns.
    pub(super) gap: usize,
    /// Whether a column, counted from 0, stands at the left; else at the right.
    pub(super) is_left: fn(usize) -> bool,
}

/// What stands at one place of a table.
pub(super) struct Entry {
    text: String,
    style: Style,
    mark: &'static str,
}

impl Entry {
    /// Without a colour.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            style: Style::new(),
            mark: "",
        }
    }

    fn width(&self) -> usize {
        self.text.chars().count() + self.mark.len()
    }
}

/// A table for each level that occurs, weakest first, below its name. `headings`:
/// of the columns behind strategy and verdict.
pub(super) fn by_level(headings: &[&str], rows: &[Row], layout: Layout) -> String {
    let mut page = String::new();
    for level in Isolation::ALL {
        let at_level = rows.iter().filter(|row| row.cell.level == level);
        let rows: Vec<&Row> = at_level.collect();
        if !rows.is_empty() {
            let _ = writeln!(page, "{BOLD}at {level}{BOLD:#}");
            page.push_str(&table(headings, &rows, layout));
            page.push('\n');
        }
    }
    page
}

fn table(headings: &[&str], rows: &[&Row], layout: Layout) -> String {
    let names = ["strategy", "verdict"].iter().chain(headings);
    let mut entries = vec![names.map(|name| Entry::plain(*name)).collect()];
    entries.extend(rows.iter().map(|row| row.entries()));
    let lines = lines(&entries, layout);
    let mut text = format!("{BOLD}{}{BOLD:#}\n", lines[0]);
    for (line, row) in lines[1..].iter().zip(rows) {
        let _ = writeln!(text, "{line}");
        if !row.note.is_empty() {
            let _ = writeln!(text, "    {DIM}{}{DIM:#}", row.note);
        }
    }
    text
}

impl Row {
    fn entries(&self) -> Vec<Entry> {
        let verdict = Entry {
            text: self.verdict.map_or("not-run", Verdict::name).to_owned(),
            style: style(self.verdict.unwrap_or(Verdict::Inconclusive)),
            mark: self.mark,
        };
        let others = self.others.iter().map(Entry::plain);
        let first = [Entry::plain(self.cell.subject.name()), verdict];
        first.into_iter().chain(others).collect()
    }
}

/// The rows as lines, with every column as wide as its widest entry. All rows have
/// as many entries as the first.
pub(super) fn lines(rows: &[Vec<Entry>], layout: Layout) -> Vec<String> {
    let columns = 0..rows.first().map_or(0, Vec::len);
    let widest = |at: usize| rows.iter().map(|row| row[at].width()).max().unwrap_or(0);
    let widths: Vec<usize> = columns.map(widest).collect();
    let line = |row: &Vec<Entry>| {
        let mut line = " ".repeat(layout.margin);
        for (at, entry) in row.iter().enumerate() {
            let Entry { text, style, mark } = entry;
            let blanks = " ".repeat(widths[at] - entry.width());
            let _ = match (layout.is_left)(at) {
                true => write!(line, "{style}{text}{style:#}{mark}{blanks}"),
                false => write!(line, "{blanks}{style}{text}{style:#}{mark}"),
            };
            line.push_str(&" ".repeat(layout.gap));
        }
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// One line for each verdict that occurs.
pub(super) fn meanings(rows: &[Row], meaning: fn(Verdict) -> &'static str) -> String {
    let occurs = |verdict: &Verdict| rows.iter().any(|row| row.verdict == Some(*verdict));
    let occurring = Verdict::ALL.into_iter().filter(occurs);
    occurring.map(|v| explained(v, meaning(v))).collect()
}

/// `all 3 cells are as expected`, or how many of them are something else; the same
/// of `safe` where nothing was expected.
pub(super) fn conclusion(rows: &[Row], cut_short: usize, faulty: usize) -> String {
    let n = |is: fn(Verdict, &Row) -> bool| {
        let is = |row: &&Row| row.verdict.is_some_and(|verdict| is(verdict, row));
        rows.iter().filter(is).count()
    };
    let differ = n(|found, row| found != row.expected.unwrap_or(Verdict::Safe));
    let open = n(|found, _| found == Verdict::Inconclusive);
    let left = rows.iter().filter(|row| row.verdict.is_none()).count();
    let (well, mut unlike) = match rows.iter().any(|row| row.expected.is_some()) {
        true => ("as expected", vec![(differ, "not as expected")]),
        false => (
            "safe",
            vec![(differ - open, "broken"), (open, "inconclusive")],
        ),
    };
    unlike.extend([
        (left, "not run"),
        (cut_short, "cut short"),
        (faulty, "faulty"),
    ]);
    unlike.retain(|(n, _)| *n > 0);
    let cells = rows.len();
    let words = unlike.iter().enumerate().map(|(at, (n, what))| match at {
        0 => format!("{n} of {cells} cells are {what}"),
        _ => format!("{n} {what}"),
    });
    match words.collect::<Vec<_>>() {
        words if words.is_empty() => format!("\nall {cells} cells are {well}\n"),
        words => format!("\n{}\n", words.join(", ")),
    }
}
