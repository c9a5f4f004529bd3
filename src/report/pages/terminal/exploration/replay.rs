//! One schedule, step by step.

use std::fmt::Write as _;

use super::heading::{heading, setting};
use crate::cell::Cell;
use crate::database::Fingerprint;
use crate::explore::guided::Departure;
use crate::explore::schedule::Schedule;
use crate::explore::trace::Trace;
use crate::report::facts::explain::{self, extent};
use crate::report::facts::number::many;
use crate::report::facts::setting::of_tables;
use crate::report::harmless::in_harmless_words;
use crate::report::pages::terminal::heading::on;
use crate::report::pages::terminal::style::{BOLD, explained};
use crate::report::pages::terminal::{timeline, wrap};
use crate::scenario::{OwnTables, Shape};

/// One schedule of a cell, as `sim replay` shows it.
#[derive(Debug, Clone, Copy)]
pub struct Replay<'r> {
    /// Which server; `None` in memory.
    pub server: Option<&'r Fingerprint>,
    /// Whether the buyer that closes a deadlock is always the one that is ended.
    pub victims_are_fixed: bool,
    /// Buyers, carts, stock.
    pub shape: &'r Shape,
    /// Tables of the user's own, where it ran on them.
    pub tables: Option<&'r OwnTables>,
    /// Whose schedule.
    pub cell: Cell,
    /// The schedule with every statement and reply.
    pub trace: &'r Trace,
    /// The schedule that guided it, if one did, and where that one no longer fits.
    pub guide: Option<(&'r Schedule, Option<&'r Departure>)>,
}

/// Renders one schedule, without a word that a terminal would obey.
#[must_use]
pub fn replay_to_terminal(replay: &Replay<'_>, columns: usize) -> String {
    let parts = match replay.tables {
        Some(tables) => of_tables(tables, replay.shape),
        None => {
            let mut parts = vec![many(replay.shape.buyers.into(), "buyer")];
            parts.extend(setting(replay.shape));
            parts
        }
    };
    let server = replay.server.map(in_harmless_words);
    let on = on(server.as_deref(), true);
    let version = env!("CARGO_PKG_VERSION");
    let mut page = heading(version, &on, replay.victims_are_fixed, &parts, columns);
    let trace = &*in_harmless_words(replay.trace);
    let Cell { subject, level } = replay.cell;
    let _ = writeln!(
        page,
        "{BOLD}{subject}{BOLD:#} at {level}, schedule {}: {}",
        trace.schedule,
        extent(trace),
    );
    if let Some((schedule, departure)) = replay.guide {
        let _ = writeln!(page, "guided by {schedule}{}", fits(departure));
    }
    page.push('\n');
    page.push_str(&timeline::render(trace, columns));
    for verdict in &trace.proven {
        page.push_str(&explained(*verdict, explain::meaning(*verdict)));
    }
    wrap::wrap(&page, columns)
}

/// How far a schedule fits, as it goes on behind the schedule.
fn fits(departure: Option<&Departure>) -> String {
    let Some(Departure { step, why, goes_on }) = departure else {
        return ", which fits to its end".into();
    };
    let then = match goes_on {
        true => "from here the first buyer that can move goes on",
        false => "with that it is over",
    };
    format!("\nstep {step}: {why}; {then}")
}
