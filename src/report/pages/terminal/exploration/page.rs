//! One cell in detail, or several as a table.

use super::heading::{heading, search};
use super::{detail, matrix};
use crate::report::dossier::exploration::{Exploration, WorldKind};
use crate::report::facts::raced;
use crate::report::pages::terminal::heading::on;
use crate::report::pages::terminal::style::DIM;
use crate::report::pages::terminal::wrap;

/// Renders an exploration: one cell in detail with its simplest failing
/// schedule, several as a table. `columns`: of the terminal.
#[must_use]
pub fn exploration_to_terminal(exploration: &Exploration, columns: usize) -> String {
    let is_in_memory = exploration.on == WorldKind::Memory;
    let on = on(exploration.server.as_ref(), is_in_memory);
    let (version, setting) = (&exploration.sim_version, search(exploration));
    let fixed = exploration.victims_are_fixed;
    let mut page = heading(version, &on, fixed, &setting, columns);
    match exploration.plan().as_slice() {
        [(_, Some(only))] => page.push_str(&detail::render(exploration, only, columns)),
        [(only, None)] => page.push_str(&detail::not_run(only)),
        several => page.push_str(&matrix::render(several, columns)),
    }
    wrap::wrap(&page, columns) + &again(exploration, columns)
}

/// How to run a schedule that was shown, or one of the worst, again.
fn again(exploration: &Exploration, columns: usize) -> String {
    let cells = exploration.cells.iter();
    let shown = cells.clone().find(|cell| cell.found.example.is_some());
    // What only sessions come to that are released together no schedule shows.
    let mut others = cells.clone();
    let others = others.find(|cell| raced::worst(&cell.found).is_none());
    let Some((cell, schedule)) = shown
        .or(others)
        .and_then(|cell| Some((cell, cell.found.schedule()?)))
    else {
        return String::new();
    };
    let label = match exploration.plan().len() {
        1 => "again:",
        _ => "step by step, for example:",
    };
    let command = exploration.replay(cell.cell, schedule);
    let command = wrap::command(label, &command, columns);
    format!("\n{DIM}{label}{DIM:#} {command}\n")
}
