//! What `sim explore` and `sim replay` print.

mod detail;
mod matrix;
mod replay;

use super::{BOLD, DIM, join_in_lines, style, timeline, wrap};
use crate::explore::search::Policy;
use crate::report::explain::{explored as meaning, extent};
use crate::report::exploration::{Exploration, Ground};
use crate::report::number::{count, many};
use crate::scenario::Shape;

pub use replay::{Replay, replay_to_terminal};

/// Renders an exploration: one cell in detail with its simplest failing
/// schedule, several as a table.
#[must_use]
pub fn exploration_to_terminal(exploration: &Exploration) -> String {
    let server = exploration.server.as_ref();
    let setting = search(exploration);
    let on = match (server, exploration.on) {
        (Some(server), _) => super::on(server),
        (None, Ground::Memory) => IN_MEMORY.to_owned(),
        (None, Ground::Postgres) => String::new(),
    };
    let mut page = heading(
        &exploration.sim_version,
        &on,
        exploration.victims_are_fixed,
        &setting,
    );
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
    let command = exploration.replay(cell.strategy, cell.isolation, &trace.schedule);
    let command = match label.len() + command.len() {
        0..100 => command,
        _ => command.replace(" --schedule", " \\\n  --schedule"),
    };
    format!("\n{DIM}{label}{DIM:#} {command}\n")
}

/// Where there is no server.
const IN_MEMORY: &str = " on the model of PostgreSQL in memory";

/// `version`: of the `sim` that ran it; `on`: where it was run, with a blank before
/// it.
fn heading(version: &str, on: &str, victims_are_fixed: bool, setting: &[String]) -> String {
    let mut text = format!(
        "{BOLD}sim {version}{BOLD:#}{DIM}{on}{DIM:#}\n{DIM}{}{DIM:#}\n",
        join_in_lines(setting),
    );
    if !victims_are_fixed {
        text.push_str(
            "this role may not set deadlock_timeout: which buyer a deadlock ends is up to the \
             server\n",
        );
    }
    text.push('\n');
    text
}

/// What is explored, and how.
fn search(exploration: &Exploration) -> Vec<String> {
    let buyers = many(exploration.shape.buyers.into(), "buyer");
    let mut parts = vec![match exploration.policy {
        Policy::Exhaustive => format!("every order of {buyers}"),
        Policy::Random { schedules, seed } => {
            format!(
                "{} of {buyers}, seed {seed}",
                many(schedules, "random order")
            )
        }
    }];
    parts.extend(setting(&exploration.shape));
    if let Some(max) = exploration.switches_max {
        let s = if max == 1 { "" } else { "es" };
        parts.push(format!("at most {max} context switch{s} by choice"));
    }
    parts
}

/// The case, but for the buyers.
fn setting(shape: &Shape) -> Vec<String> {
    let units: Vec<String> = shape.units.iter().map(u32::to_string).collect();
    let units = match shape.units.as_slice() {
        [one] => many((*one).into(), "unit"),
        _ => format!("{} units by buyer", units.join(", ")),
    };
    let products = many(shape.products.into(), "product");
    let mut parts = vec![
        format!("{products} x {} in stock", count(shape.stock.into())),
        format!("{} x {units}", many(shape.lines.into(), "line")),
    ];
    if shape.duplicate_lines {
        parts.push("all of one product".into());
    }
    parts.extend(
        shape
            .carts_in_words()
            .map(|carts| format!("carts: {carts}")),
    );
    parts.push(match shape.max_tries {
        1 => "1 try".into(),
        n => format!("up to {n} tries"),
    });
    if shape.crash {
        parts.push("one connection cut anywhere".into());
    }
    parts
}
