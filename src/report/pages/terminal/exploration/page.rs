//! One cell in detail, or several as a table.

use super::heading::{heading, search};
use super::{detail, matrix};
use crate::report::dossier::exploration::{Exploration, WorldKind};
use crate::report::pages::terminal::heading::on;
use crate::report::pages::terminal::style::DIM;
use crate::report::pages::terminal::wrap;

/// Renders an exploration: one cell in detail with its simplest failing
/// schedule, several as a table.
#[must_use]
pub fn exploration_to_terminal(exploration: &Exploration) -> String {
    let is_in_memory = exploration.on == WorldKind::Memory;
    let on = on(exploration.server.as_ref(), is_in_memory);
    let (version, setting) = (&exploration.sim_version, search(exploration));
    let mut page = heading(version, &on, exploration.victims_are_fixed, &setting);
    match exploration.plan().as_slice() {
        [(_, Some(only))] => page.push_str(&detail::render(exploration, only)),
        [(only, None)] => page.push_str(&detail::not_run(only)),
        several => page.push_str(&matrix::render(several)),
    }
    let mut page = wrap::wrap(&page);
    page.push_str(&again(exploration));
    page
}

/// How to run a schedule that was shown, or one of the worst, again. A command
/// that is too long for a line is broken as a shell reads it.
fn again(exploration: &Exploration) -> String {
    let shown = exploration
        .cells
        .iter()
        .find_map(|cell| Some((cell, cell.found.example.as_ref()?)));
    let Some((cell, trace)) = shown else {
        return String::new();
    };
    let label = match exploration.plan().len() {
        1 => "again:",
        _ => "step by step, for example:",
    };
    let command = exploration.replay(cell.cell, &trace.schedule);
    let command = match label.len() + command.len() {
        0..100 => command,
        _ => command.replace(" --schedule", " \\\n  --schedule"),
    };
    format!("\n{DIM}{label}{DIM:#} {command}\n")
}
