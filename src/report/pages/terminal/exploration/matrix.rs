//! Several cells side by side.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use crate::explore::trace::Trace;
use crate::oracle::Verdict;
use crate::report::dossier::exploration::{ExploredCell, PlannedCell};
use crate::report::facts::explain::explored as meaning;
use crate::report::facts::number::{count, percent, real};
use crate::report::pages::terminal::matrix::in_all;
use crate::report::pages::terminal::style::{BOLD, DIM, style};
use crate::shop::Isolation;

/// A cell of the plan, with what was found, if anything.
type Row<'e> = (PlannedCell, Option<&'e ExploredCell>);

/// In the place of a verdict.
const NOT_RUN: &str = "not-run";

pub(super) fn render(cells: &[Row<'_>]) -> String {
    let mut page = String::new();
    for isolation in Isolation::ALL {
        let at_level = cells
            .iter()
            .filter(|(cell, _)| cell.cell.level == isolation);
        let rows: Vec<Row<'_>> = at_level.copied().collect();
        if !rows.is_empty() {
            let _ = writeln!(page, "{BOLD}at {isolation}{BOLD:#}");
            page.push_str(&table(&rows));
            page.push('\n');
        }
    }
    let explored: Vec<&ExploredCell> = cells.iter().filter_map(|(_, found)| *found).collect();
    page.push_str(&legend(&explored));
    page.push_str(&conclusion(cells, &explored));
    page
}

fn table(cells: &[Row<'_>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header([
        "strategy",
        "verdict",
        "schedules",
        "of",
        "broken",
        "share",
        "a second",
        "simplest",
    ]);
    for (planned, explored) in cells {
        table.add_row(match explored {
            Some(cell) => row(cell),
            None => not_run(planned),
        });
    }
    for column in 2..7 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    paint(&table.to_string(), cells)
}

/// The row of a cell of which there is no number.
fn not_run(cell: &PlannedCell) -> [String; 8] {
    let (name, none) = (cell.cell.subject.name(), "-");
    [name, NOT_RUN, none, none, none, none, none, none].map(str::to_owned)
}

fn row(cell: &ExploredCell) -> [String; 8] {
    let found = &cell.found;
    let of = match cell.whole {
        _ if !found.reduced && found.covered.exhausted => "all".into(),
        Some(whole) if whole.is_all => count(whole.schedules),
        Some(whole) => format!(">{}", count(whole.schedules)),
        None => "?".into(),
    };
    let broken: u64 = found
        .endings
        .iter()
        .filter(|e| !e.proven.is_empty())
        .map(|e| e.count)
        .sum();
    [
        cell.cell.subject.name().to_owned(),
        cell.verdict().name().to_owned(),
        count(found.covered.schedules),
        of,
        count(broken),
        match found.reduced {
            true => "-".into(),
            false => percent(broken as f64 / found.different().max(1) as f64),
        },
        real(found.schedules_per_s()),
        found.example.as_ref().map_or("-".into(), in_short),
    ]
}

/// Colours are put on afterwards, since the table counts characters.
fn paint(table: &str, cells: &[Row<'_>]) -> String {
    let mut text = String::new();
    for (position, line) in table.lines().enumerate() {
        let line = line.trim_end();
        let _ = match position.checked_sub(1).and_then(|row| cells.get(row)) {
            None => writeln!(text, "{BOLD}{line}{BOLD:#}"),
            Some((_, None)) => {
                let style = style(Verdict::Inconclusive);
                let word = format!("{style}{NOT_RUN}{style:#}");
                writeln!(text, "{}", line.replacen(NOT_RUN, &word, 1))
            }
            Some((_, Some(cell))) => {
                let (verdict, style) = (cell.verdict(), style(cell.verdict()));
                let word = format!("{style}{verdict}{style:#}");
                // No strategy is named like a verdict.
                let line = line.replacen(verdict.name(), &word, 1);
                match note(cell) {
                    note if note.is_empty() => writeln!(text, "{line}"),
                    note => writeln!(text, "{line}\n    {DIM}{note}{DIM:#}"),
                }
            }
        };
    }
    text
}

/// What was expected where something else was found, and why it could not go
/// on, if it could not.
fn note(cell: &ExploredCell) -> String {
    let expected = cell.expected.filter(|_| !cell.holds());
    let expected = expected.map(|expected| format!("expected: {expected}"));
    let fault = cell.found.fault.as_ref();
    let fault = fault.map(|fault| format!("it could not go on: {fault}"));
    let all: Vec<String> = expected.into_iter().chain(fault).collect();
    all.join(", ")
}

/// A schedule, as far as it fits into a table.
fn in_short(trace: &Trace) -> String {
    const LETTERS_MAX: usize = 21;
    let schedule = trace.schedule.to_string();
    match schedule.char_indices().nth(LETTERS_MAX) {
        Some((end, _)) => format!("{}…", &schedule[..end]),
        None => schedule,
    }
}

fn legend(cells: &[&ExploredCell]) -> String {
    let mut text = format!(
        "{DIM}schedules: orders of the buyers' statements that were run · broken: those that break \
         something\nsimplest: who moves, letter by letter, in the simplest one{DIM:#}\n"
    );
    if cells.iter().any(|cell| cell.found.reduced) {
        let _ = writeln!(
            text,
            "{DIM}of: where schedules were run as representatives, for how many they stand{DIM:#}"
        );
    }
    text.push('\n');
    for verdict in Verdict::ALL {
        if cells.iter().any(|cell| cell.verdict() == verdict) {
            let style = style(verdict);
            let meaning = meaning(verdict);
            let _ = writeln!(text, "  {style}{verdict:<13}{style:#} {meaning}");
        }
    }
    text
}

fn conclusion(plan: &[Row<'_>], cells: &[&ExploredCell]) -> String {
    let n = |is: fn(&&&ExploredCell) -> bool| cells.iter().filter(is).count();
    let found = cells.iter().map(|c| (c.verdict(), c.expected));
    in_all(
        plan.len(),
        plan.iter().any(|(cell, _)| cell.expected.is_some()),
        &found.collect::<Vec<_>>(),
        [
            (plan.len() - cells.len(), "not run"),
            (n(|cell| cell.is_interrupted()), "cut short"),
            (n(|cell| cell.found.fault.is_some()), "faulty"),
        ],
    )
}
