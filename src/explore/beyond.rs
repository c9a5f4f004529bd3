//! What the steps of schedules do not show: what comes between the rows of one statement, and
//! between the statements of a body.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::arena::{Arena, StepError};
use super::case::Case;
use super::ending::Ending;
use super::race::{Race, Raced, race};
use super::reach::Reach;
use super::release::TookSeveral;
use super::search::Arenas;
use crate::oracle::Doubt;
use crate::shop::Isolation;

/// What was found of it.
#[derive(Debug, Default)]
pub(super) struct Beyond {
    /// What came of releases at the same time.
    pub(super) raced: Option<Raced>,
    /// Statements whose bodies reach further than they do, where that leaves a doubt.
    pub(super) reaches: Vec<Reach>,
    is_several: bool,
}

impl Beyond {
    /// Why nothing is proven by schedules alone.
    pub(super) fn doubts(&self) -> impl Iterator<Item = Doubt> {
        let several = self.is_several.then_some(Doubt::SeveralRows);
        let body = (!self.reaches.is_empty()).then_some(Doubt::BodyReaches);
        several.into_iter().chain(body)
    }
}

/// Looks for it behind a search that found these ends.
///
/// # Errors
/// The database failed.
pub(super) fn look_beyond<A: Arena>(
    arenas: &mut Arenas<A>,
    case: &Case,
    what: (&BTreeSet<TookSeveral>, &[Ending], u32),
    deadline: Option<Instant>,
    (stop, tick): (&AtomicBool, &(dyn Fn() + Sync)),
) -> Result<Beyond, StepError> {
    let (several, known, runs) = what;
    let sessions: BTreeSet<u32> = several.iter().map(|it| it.session).collect();
    let reaches = reaches(arenas, case)?;
    let what = Race {
        several,
        runs,
        known,
        deadline,
    };
    Ok(Beyond {
        raced: race(arenas, case, &what, stop, tick)?,
        reaches,
        is_several: sessions.len() > 1,
    })
}

/// Statements whose bodies reach further, in an order that begins with each session. At
/// repeatable read and serializable a body sees what its statement sees: there it is as one
/// statement, unless it locks rows.
fn reaches<A: Arena>(arenas: &mut Arenas<A>, case: &Case) -> Result<Vec<Reach>, StepError> {
    let sessions = case.carts.len();
    let mut all: Vec<Reach> = Vec::new();
    if case.own().is_none() {
        return Ok(all);
    }
    let (arena, runtime) = arenas.first();
    for first in 0..sessions {
        let order: Vec<usize> = (0..sessions).map(|at| (first + at) % sessions).collect();
        for reach in runtime.block_on(arena.examine(&order))? {
            let is_known = |it: &Reach| (&it.operation, it.line) == (&reach.operation, reach.line);
            let sees_more = case.terms.cell.level == Isolation::ReadCommitted;
            if (sees_more || reach.locks_rows) && !all.iter().any(is_known) {
                all.push(reach);
            }
        }
    }
    Ok(all)
}
