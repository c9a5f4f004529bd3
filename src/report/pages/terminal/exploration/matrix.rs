//! Several cells side by side.

use std::collections::BTreeSet;

use crate::explore::reproduced::Reproduced;
use crate::explore::trace::Trace;
use crate::report::dossier::exploration::{ExploredCell, PlannedCell};
use crate::report::facts::changed::left_in_words;
use crate::report::facts::explain::{self, breaking, tried};
use crate::report::facts::number::{count, joined, percent};
use crate::report::facts::raced;
use crate::report::facts::unfollowed;
use crate::report::pages::terminal::style::{DIM, compared};
use crate::report::pages::terminal::table::{Column, Entry, Painted, Row, by_level, meanings};

/// Behind strategy and verdict. Where there is no room for all, the share goes first.
const COLUMNS: [Column; 4] = [
    Column::right("schedules", 1),
    Column::right("broken", 0),
    Column::right("share", 3),
    Column::left("simplest", 2),
];

/// `cells`: of the plan, each with what was found, if anything.
pub(super) fn render(cells: &[(PlannedCell, Option<&ExploredCell>)], columns: usize) -> String {
    let rows = cells
        .iter()
        .map(|(planned, explored)| row(planned, *explored));
    let rows: Vec<Row> = rows.collect();
    let table = by_level(&COLUMNS, &rows, columns);
    let mut explored = cells.iter().filter_map(|(_, found)| *found);
    let has_representatives = explored.any(|cell| cell.found.reduced);
    let legend = legend(&table, has_representatives);
    let mut found = cells.iter().filter_map(|(_, found)| *found);
    let is_own = found.any(|cell| cell.found.without_race.is_some());
    format!(
        "{}{DIM}{legend}{DIM:#}\n{}{}",
        table.text,
        meanings(&rows, |verdict| explain::explored(verdict, is_own)),
        left(cells)
    )
}

/// What scripts leave in their sessions; what is so at every level is said once.
fn left(cells: &[(PlannedCell, Option<&ExploredCell>)]) -> String {
    let explored = cells.iter().filter_map(|(_, found)| *found);
    let said = explored.flat_map(|cell| {
        let left = left_in_words(&cell.found.left).into_iter();
        left.map(|said| format!("{}: {said}\n", cell.cell.subject))
    });
    let said: BTreeSet<String> = said.collect();
    said.into_iter().collect()
}

fn row(planned: &PlannedCell, explored: Option<&ExploredCell>) -> Row {
    let others = explored.map(|cell| numbers(cell).map(Entry::plain).into());
    Row {
        cell: planned.cell,
        verdict: explored.map(ExploredCell::verdict),
        others: others.unwrap_or_default(),
        note: explored.map_or_else(String::new, note),
    }
}

/// What there is none of is left blank.
fn numbers(cell: &ExploredCell) -> [String; COLUMNS.len()] {
    let found = &cell.found;
    let broken = breaking(found);
    let share = match broken > 0 && !found.reduced {
        true => percent(broken as f64 / found.different().max(1) as f64),
        false => String::new(),
    };
    [
        tried(found, cell.whole),
        if broken > 0 {
            count(broken)
        } else {
            String::new()
        },
        share,
        match (&found.example, raced::worst(found)) {
            (Some(example), _) => short(example),
            (None, Some(_)) => "released together".into(),
            (None, None) => String::new(),
        },
    ]
}

/// What was expected where something else was found, how often the simplest failure came
/// again if not each time, what a search covered that was stopped by a bound, why the cell
/// cannot be followed, and why the search could not go on.
fn note(cell: &ExploredCell) -> String {
    let expected = compared(cell.expected, cell.holds(), false);
    let fault = cell.found.fault.as_ref();
    let fault = fault.map(|fault| format!("it could not go on: {fault}"));
    let is_uncertain = |again: &Reproduced| again.times < again.of;
    let is_uncertain = cell.found.reproduced.as_ref().is_some_and(is_uncertain);
    let again = explain::reproduced(&cell.found).filter(|_| is_uncertain);
    let covered = explain::covered(&cell.found);
    let all = expected.into_iter().chain(covered).chain(again);
    let unfollowed = unfollowed::in_lines(&cell.found);
    joined(all.chain(unfollowed).chain(fault), ", ")
}

/// A schedule, as far as it fits into a table.
fn short(trace: &Trace) -> String {
    const LETTERS_MAX: usize = 21;
    let schedule = trace.schedule.to_string();
    match schedule.char_indices().nth(LETTERS_MAX) {
        Some((end, _)) => format!("{}…", &schedule[..end]),
        None => schedule,
    }
}

fn legend(table: &Painted, has_representatives: bool) -> String {
    let mut text = table.left_out();
    let lines = [
        ("broken", true, "broken: schedules that break something"),
        (
            "schedules",
            has_representatives,
            "schedules: \"6 stand for 1,332\" where each stands for those that differ only in the \
             sequence of statements that cannot notice each other",
        ),
        (
            "simplest",
            true,
            "simplest: which buyer moves, letter by letter, in the simplest that breaks something",
        ),
    ];
    for (heading, is_said, line) in lines {
        if is_said && table.shows(heading) {
            text += &format!("{line}\n");
        }
    }
    text
}
