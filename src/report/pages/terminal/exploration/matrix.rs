//! Several cells side by side.

use crate::explore::trace::Trace;
use crate::report::dossier::exploration::{ExploredCell, PlannedCell};
use crate::report::facts::explain::explored as meaning;
use crate::report::facts::number::{count, joined, percent, real};
use crate::report::pages::terminal::style::{DIM, compared};
use crate::report::pages::terminal::table::{Layout, Row, by_level, conclusion, meanings};

/// Behind strategy and verdict.
const HEADINGS: [&str; 6] = ["schedules", "of", "broken", "share", "a second", "simplest"];

/// Names and schedules at the left, numbers at the right.
const WIDE: Layout = Layout {
    margin: 1,
    gap: 2,
    is_left: |column| column < 2 || column == 7,
};

/// `cells`: of the plan, each with what was found, if anything.
pub(super) fn render(cells: &[(PlannedCell, Option<&ExploredCell>)]) -> String {
    let rows = cells
        .iter()
        .map(|(planned, explored)| row(planned, *explored));
    let rows: Vec<Row> = rows.collect();
    let explored: Vec<&ExploredCell> = cells.iter().filter_map(|(_, found)| *found).collect();
    let n = |is: fn(&&&ExploredCell) -> bool| explored.iter().filter(is).count();
    let mut page = by_level(&HEADINGS, &rows, WIDE);
    page.push_str(&legend(n(|cell| cell.found.reduced) > 0));
    page.push_str(&meanings(&rows, meaning));
    page + &conclusion(
        &rows,
        n(|cell| cell.is_interrupted()),
        n(|cell| cell.found.fault.is_some()),
    )
}

fn row(planned: &PlannedCell, explored: Option<&ExploredCell>) -> Row {
    let none = || HEADINGS.map(|_| "-".to_owned());
    Row {
        cell: planned.cell,
        expected: planned.expected,
        verdict: explored.map(ExploredCell::verdict),
        mark: "",
        others: explored.map_or_else(none, numbers).into(),
        note: explored.map_or_else(String::new, note),
    }
}

fn numbers(cell: &ExploredCell) -> [String; HEADINGS.len()] {
    let found = &cell.found;
    let of = match cell.whole {
        _ if !found.reduced && found.covered.exhausted => "all".into(),
        Some(whole) if whole.is_all => count(whole.schedules),
        Some(whole) => format!(">{}", count(whole.schedules)),
        None => "?".into(),
    };
    let breaking = found.endings.iter().filter(|e| !e.proven.is_empty());
    let broken: u64 = breaking.map(|ending| ending.count).sum();
    [
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

/// What was expected where something else was found, and why it could not go
/// on, if it could not.
fn note(cell: &ExploredCell) -> String {
    let expected = compared(cell.verdict(), cell.expected, false);
    let fault = cell.found.fault.as_ref();
    let fault = fault.map(|fault| format!("it could not go on: {fault}"));
    joined(expected.into_iter().chain(fault), ", ")
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

fn legend(has_representatives: bool) -> String {
    let of = match has_representatives {
        true => format!(
            "{DIM}of: where schedules were run as representatives, for how many they stand{DIM:#}\n"
        ),
        false => String::new(),
    };
    format!(
        "{DIM}schedules: orders of the buyers' statements that were run · broken: those that break \
         something\nsimplest: who moves, letter by letter, in the simplest one{DIM:#}\n{of}\n"
    )
}
