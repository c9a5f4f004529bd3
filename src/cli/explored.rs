//! What is to be explored, and what is expected of it.

use super::around::now_unix_s;
use super::values::ExpectFlag;
use crate::cell::Cell;
use crate::explore::bounds::{Limits, Policy};
use crate::explore::reduction::Reduction;
use crate::oracle::{Claim, Verdict};
use crate::report::{Exploration, PlannedCell, WorldKind};
use crate::scenario::{OwnTables, Shape, Verdicts};
use crate::subject;

/// The schedules of a service are slow, and nothing is left out of them: where no flag bounds
/// them, so many are run, those with few context switches first.
const SERVICE_SCHEDULES: u64 = 1_000;

/// What the cells of a command are held to: what `--expect` says, or else the file,
/// or else the catalogue.
#[derive(Clone, Copy)]
pub(super) enum Held {
    /// Each cell to something.
    Always(Option<ExpectFlag>),
    /// To the catalogue only beside a file that speaks of other cells; where neither
    /// flag nor file speaks, nothing is expected, and what was found is said.
    IfSaid(Option<ExpectFlag>),
}

impl Held {
    pub(super) fn cell(
        self,
        file: &Verdicts,
        cell: Cell,
        catalogue: Option<Verdict>,
    ) -> Option<Claim> {
        let (flag, is_held) = match self {
            Self::Always(flag) => (flag, true),
            Self::IfSaid(flag) => (flag, !file.is_empty()),
        };
        let catalogue = catalogue.map(Claim::Verdict);
        match flag {
            Some(ExpectFlag::Claim(claim)) => Some(claim),
            Some(ExpectFlag::Catalogue) => catalogue,
            None => file.of(cell).or(catalogue.filter(|_| is_held)),
        }
    }
}

/// A small shop that is explored on PostgreSQL, whole.
pub(super) fn exploration(
    shape: Shape,
    cells: &[Cell],
    said: &Verdicts,
    held: Held,
) -> Exploration {
    let is_known = shape.is_in_catalogue();
    let cell = |&cell: &Cell| {
        // Of other small shops the catalogue tells nothing.
        let catalogue = match is_known {
            true => subject::expected_explored(cell),
            false => Some(Verdict::Safe),
        };
        PlannedCell {
            cell,
            expected: held.cell(said, cell, catalogue),
        }
    };
    Exploration {
        sim_version: env!("CARGO_PKG_VERSION").into(),
        started_unix_s: now_unix_s(),
        on: WorldKind::Postgres,
        server: None,
        victims_are_fixed: true,
        shape,
        policy: Policy::Exhaustive,
        reduction: Reduction::Auto,
        switches_max: None,
        tables: None,
        limits: Limits::default(),
        planned: cells.iter().map(cell).collect(),
        cells: Vec::new(),
    }
}

/// A few sessions on tables of the user's own, explored whole. Nothing but a file or a flag
/// says what to expect there.
pub(super) fn own_exploration(
    shape: Shape,
    cells: &[Cell],
    said: &Verdicts,
    held: Held,
    own: OwnTables,
) -> Exploration {
    let cell = |&cell: &Cell| PlannedCell {
        cell,
        expected: held.cell(said, cell, None),
    };
    Exploration {
        planned: cells.iter().map(cell).collect(),
        limits: Limits {
            whole: own.has_service().then_some(SERVICE_SCHEDULES),
            ..Limits::default()
        },
        tables: Some(own),
        ..exploration(shape, &[], said, held)
    }
}
