//! The one painter of tables: an entry has its colour because of what it is, and a table
//! that is too wide for the terminal leaves columns out, in an order that each table states.

use std::fmt::Write as _;

use anstyle::Style;

use super::style::{BOLD, DIM, explained, style};
use crate::cell::Cell;
use crate::oracle::Verdict;
use crate::report::facts::explain::first_few;
use crate::report::facts::number::{joined, many};
use crate::shop::Isolation;

/// One cell of the plan, with what came of it.
pub(super) struct Row {
    pub(super) cell: Cell,
    /// `None` where it did not run.
    pub(super) verdict: Option<Verdict>,
    /// What stands in the other columns.
    pub(super) others: Vec<Entry>,
    /// What stands in a line below, if anything.
    pub(super) note: String,
}

/// Where the entries of a column stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// A column of a table.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) heading: &'static str,
    pub(super) side: Side,
    /// Where a table is too wide, the columns of the highest rank go first, and of those
    /// the last one. A column of rank 0 stays.
    pub(super) rank: u8,
}

impl Column {
    /// Of numbers.
    pub(super) const fn right(heading: &'static str, rank: u8) -> Self {
        let side = Side::Right;
        Self {
            heading,
            side,
            rank,
        }
    }

    /// Of words.
    pub(super) const fn left(heading: &'static str, rank: u8) -> Self {
        let side = Side::Left;
        Self {
            heading,
            side,
            rank,
        }
    }
}

/// What stands at one place of a table.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) style: Style,
}

impl Entry {
    /// Without a colour.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            style: Style::new(),
        }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

/// A table as it is drawn.
pub(super) struct Painted {
    pub(super) text: String,
    /// The headings of the columns that are there.
    shown: Vec<&'static str>,
    /// The headings of the columns that have no room.
    left_out: Vec<&'static str>,
    columns: usize,
}

impl Painted {
    /// Whether a column is there to be explained.
    pub(super) fn shows(&self, heading: &str) -> bool {
        self.shown.contains(&heading)
    }

    /// Says which columns have no room; empty where all have.
    pub(super) fn left_out(&self) -> String {
        match self.left_out.is_empty() {
            true => String::new(),
            false => format!(
                "no room in {} columns for: {}\n",
                self.columns,
                joined(&self.left_out, ", ")
            ),
        }
    }
}

/// A table for each level at which anything ran, weakest first, below its name; of cells
/// that did not run, one line. `others`: the columns behind strategy and verdict.
/// `columns`: of the terminal.
pub(super) fn by_level(others: &[Column], rows: &[Row], columns: usize) -> Painted {
    let first = [Column::left("strategy", 0), Column::left("verdict", 0)];
    let headings: Vec<Column> = first.into_iter().chain(others.iter().copied()).collect();
    let ran: Vec<&Row> = rows.iter().filter(|row| row.verdict.is_some()).collect();
    let entries: Vec<Vec<Entry>> = ran.iter().map(|row| row.entries()).collect();
    let sheet = Sheet::fit(&headings, &entries, columns);
    let mut text = String::new();
    for level in Isolation::ALL {
        let all = ran.iter().zip(&entries);
        let mut at_level = all.filter(|(row, _)| row.cell.level == level).peekable();
        if let Some((row, _)) = at_level.peek() {
            let place = row.cell.place();
            let _ = writeln!(text, "{BOLD}{place}\n{}{BOLD:#}", sheet.head());
        }
        let mut is_empty = true;
        for (row, entries) in at_level {
            is_empty = false;
            let _ = writeln!(text, "{}", sheet.line(entries));
            if !row.note.is_empty() {
                let _ = writeln!(text, "    {DIM}{}{DIM:#}", row.note);
            }
        }
        text.push_str(if is_empty { "" } else { "\n" });
    }
    let idle = rows.iter().filter(|row| row.verdict.is_none());
    let idle: Vec<Cell> = idle.map(|row| row.cell).collect();
    if !idle.is_empty() {
        let (cells, named) = (many(idle.len() as u64, "cell"), first_few(&idle));
        let _ = writeln!(text, "{cells} not run: {named}\n");
    }
    Painted {
        text,
        shown: sheet.shown(),
        left_out: sheet.left_out,
        columns,
    }
}

impl Row {
    fn entries(&self) -> Vec<Entry> {
        let verdict = self.verdict.unwrap_or(Verdict::Inconclusive);
        let found = Entry {
            text: verdict.name().to_owned(),
            style: style(verdict),
        };
        let first = [Entry::plain(self.cell.subject.name()), found];
        first
            .into_iter()
            .chain(self.others.iter().cloned())
            .collect()
    }
}

/// Which columns have room, and how they stand beside each other.
pub(super) struct Sheet<'c> {
    columns: &'c [Column],
    /// Of each column, as wide as its widest entry; 0 where it has no room.
    widths: Vec<usize>,
    gap: usize,
    /// The headings of the columns that have no room.
    left_out: Vec<&'static str>,
}

impl<'c> Sheet<'c> {
    /// Every column as wide as its widest entry; one without any entry is not shown. Where
    /// that is too much, columns stand closer; where that is still too much, they go, by
    /// their ranks. All rows have an entry for each column.
    pub(super) fn fit(columns: &'c [Column], rows: &[Vec<Entry>], room: usize) -> Self {
        let widest = |at: usize| match rows.iter().map(|row| row[at].width()).max().unwrap_or(0) {
            0 => 0,
            entries => entries.max(columns[at].heading.chars().count()),
        };
        let mut sheet = Self {
            columns,
            widths: (0..columns.len()).map(widest).collect(),
            gap: 2,
            left_out: Vec::new(),
        };
        while sheet.width() > room {
            let shown = (0..columns.len()).filter(|at| sheet.widths[*at] > 0);
            let first_to_go = shown.max_by_key(|at| columns[*at].rank);
            match first_to_go.filter(|at| columns[*at].rank > 0) {
                _ if sheet.gap > 1 => sheet.gap = 1,
                Some(at) => {
                    sheet.widths[at] = 0;
                    sheet.left_out.insert(0, columns[at].heading);
                }
                None => break,
            }
        }
        sheet
    }

    fn width(&self) -> usize {
        let shown = self.widths.iter().filter(|width| **width > 0);
        let wide = shown.map(|width| width + self.gap).sum::<usize>();
        wide.saturating_sub(self.gap)
    }

    fn shown(&self) -> Vec<&'static str> {
        let all = self.columns.iter().zip(&self.widths);
        let shown = all.filter(|(_, width)| **width > 0);
        shown.map(|(column, _)| column.heading).collect()
    }

    /// The headings.
    pub(super) fn head(&self) -> String {
        let headings = self.columns.iter().map(|column| column.heading);
        self.line(&headings.map(Entry::plain).collect::<Vec<_>>())
    }

    /// A row.
    pub(super) fn line(&self, row: &[Entry]) -> String {
        let mut line = String::new();
        for ((column, width), Entry { text, style }) in
            self.columns.iter().zip(&self.widths).zip(row)
        {
            if *width == 0 {
                continue;
            }
            let blanks = " ".repeat(width - text.chars().count());
            let _ = match column.side {
                Side::Left => write!(line, "{style}{text}{style:#}{blanks}"),
                Side::Right => write!(line, "{blanks}{style}{text}{style:#}"),
            };
            line.push_str(&" ".repeat(self.gap));
        }
        line.trim_end().to_owned()
    }
}

/// One line for each verdict that occurs.
pub(super) fn meanings(rows: &[Row], meaning: impl Fn(Verdict) -> &'static str) -> String {
    let occurs = |verdict: &Verdict| rows.iter().any(|row| row.verdict == Some(*verdict));
    let occurring = Verdict::ALL.into_iter().filter(occurs);
    occurring.map(|v| explained(v, meaning(v))).collect()
}
