//! A counterexample, run again: whether the schedule alone decides how it ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arena::{Arena, StepError};
use super::case::Case;
use super::search::Arenas;
use super::trace::Trace;
use super::walk::{Walked, walk_once};

/// So often a counterexample is run again.
const RUNS: u32 = 10;

/// How often a schedule came to the same ending when it was run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reproduced {
    /// How often it did: the buyers were told the same, the same was broken, and the
    /// tables held the same.
    pub times: u32,
    /// How often it was run again.
    pub of: u32,
}

/// Runs a schedule again on one of the arenas, each time once: where the server goes
/// another way the schedule is not begun anew, and does not count as reproduced. `None`
/// where a signal or the deadline ended that.
///
/// # Errors
/// The database failed.
pub(super) fn reproduce<A: Arena>(
    arenas: &mut Arenas<A>,
    case: &Case,
    trace: &Trace,
    deadline: Option<Instant>,
    stop: &AtomicBool,
    tick: &(dyn Fn() + Sync),
) -> Result<Option<Reproduced>, StepError> {
    let (arena, runtime) = arenas.first();
    arena.invite(&trace.schedule.sessions());
    let mut times = 0;
    for _ in 0..RUNS {
        let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if is_late || stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let walked = runtime.block_on(walk_once(arena, &trace.schedule))?;
        times += u32::from(walked.is_some_and(|walked| ends_alike(case, trace, &walked)));
        tick();
    }
    Ok(Some(Reproduced { times, of: RUNS }))
}

/// What makes two ends one ending.
fn ends_alike(case: &Case, trace: &Trace, walked: &Walked) -> bool {
    let judged = case.judge(&walked.end);
    trace.told == walked.end.told
        && trace.findings == judged.findings
        && trace.digest == judged.digest
}
