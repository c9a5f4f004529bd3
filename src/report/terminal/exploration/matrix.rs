//! Several cells side by side.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use super::{BOLD, DIM, meaning, style};
use crate::audit::Verdict;
use crate::explore::trace::Trace;
use crate::report::exploration::ExploredCell;
use crate::report::number::{count, percent, real};
use crate::shop::Isolation;

pub(super) fn render(cells: &[ExploredCell]) -> String {
    let mut page = String::new();
    for isolation in Isolation::ALL {
        let rows: Vec<&ExploredCell> = cells.iter().filter(|c| c.isolation == isolation).collect();
        if !rows.is_empty() {
            let _ = writeln!(page, "{BOLD}at {isolation}{BOLD:#}");
            page.push_str(&table(&rows));
            page.push('\n');
        }
    }
    page.push_str(&legend(cells));
    page.push_str(&conclusion(cells));
    page
}

fn table(cells: &[&ExploredCell]) -> String {
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
    for cell in cells {
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
        table.add_row([
            cell.strategy.name().to_owned(),
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
        ]);
    }
    for column in 2..7 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = String::new();
    for (position, line) in table.to_string().lines().enumerate() {
        let line = line.trim_end();
        let _ = match position.checked_sub(1).and_then(|row| cells.get(row)) {
            None => writeln!(text, "{BOLD}{line}{BOLD:#}"),
            Some(cell) => {
                let (verdict, style) = (cell.verdict(), style(cell.verdict()));
                let word = format!("{style}{verdict}{style:#}");
                // No strategy is named like a verdict.
                let line = line.replacen(verdict.name(), &word, 1);
                match cell.is_as_expected() {
                    true => writeln!(text, "{line}"),
                    false => writeln!(text, "{line}\n    {DIM}expected: {}{DIM:#}", cell.expected),
                }
            }
        };
    }
    text
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

fn legend(cells: &[ExploredCell]) -> String {
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

fn conclusion(cells: &[ExploredCell]) -> String {
    let unexpected = cells.iter().filter(|cell| !cell.is_as_expected()).count();
    match (unexpected, cells.len()) {
        (0, all) => format!("\nall {all} cells are as expected\n"),
        (some, all) => format!("\n{some} of {all} cells are not as expected\n"),
    }
}
