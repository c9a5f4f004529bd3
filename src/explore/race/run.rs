//! Releases sessions at the same time, again and again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::aim::Aim;
use super::result::{Raced, RacedStatement};
use crate::explore::arena::{Arena, StepError};
use crate::explore::case::Case;
use crate::explore::ending::Ending;
use crate::explore::release::{FreeRun, Release, TookSeveral};
use crate::explore::schedule::{Choice, Schedule, letter};
use crate::explore::search::Arenas;
use crate::explore::trace::{Happening, Step, Trace};
use crate::oracle::serial::Contradiction;
use crate::oracle::{RowChange, changes};
use crate::value::State;

/// So many runs that break something are enough.
const ENOUGH: u64 = 5;

/// What is to be raced.
pub(in crate::explore) struct Race<'r> {
    /// The statements that take several rows.
    pub(in crate::explore) several: &'r BTreeSet<TookSeveral>,
    /// So often for each combination of statements.
    pub(in crate::explore) runs: u32,
    /// The ends of schedules.
    pub(in crate::explore) known: &'r [Ending],
    /// When to stop.
    pub(in crate::explore) deadline: Option<Instant>,
}

impl Race<'_> {
    fn knows(&self, trace: &Trace) -> bool {
        self.known.iter().any(|ending| {
            (&ending.told, &ending.findings, &ending.digest)
                == (&trace.told, &trace.findings, &trace.digest)
        })
    }
}

/// Releases all sessions of a case at the same time, on one of the arenas: more of them would
/// take the cores from each other. Where nothing was told of a race, or there is no such
/// statement in two sessions, nothing is done.
///
/// # Errors
/// The database failed.
pub(in crate::explore) fn race<A: Arena>(
    arenas: &mut Arenas<A>,
    case: &Case,
    race: &Race<'_>,
    stop: &AtomicBool,
    tick: &(dyn Fn() + Sync),
) -> Result<Option<Raced>, StepError> {
    let sessions: BTreeSet<u32> = race.several.iter().map(|it| it.session).collect();
    let is_script = race.several.iter().all(|it| it.line > 0);
    if race.runs == 0 || sessions.len() < 2 || !is_script {
        return Ok(None);
    }
    let all: Vec<usize> = (0..case.carts.len()).collect();
    arenas.invite(&all);
    let (arena, runtime) = arenas.first();
    let statement = |it: &TookSeveral| RacedStatement {
        session: letter(it.session as usize),
        line: it.line,
    };
    let mut raced = Raced {
        statements: race.several.iter().map(statement).collect(),
        runs: 0,
        met: 0,
        ends: Vec::new(),
        others: 0,
        cut_short: false,
    };
    let mut aim = Aim::new(case.carts.len(), race.several);
    let start = runtime.block_on(start(arena))?;
    // Meeting after meeting in turn, so that a limit of time cuts all of them short alike.
    for run in 0..u64::from(race.runs) {
        for meeting in 0..aim.meetings() {
            let is_late = race.deadline.is_some_and(|end| Instant::now() >= end);
            let is_enough = raced.breaking() >= ENOUGH;
            if is_late || is_enough || stop.load(Ordering::Relaxed) {
                raced.cut_short = true;
                raced.sort();
                return Ok(Some(raced));
            }
            let release = aim.next(meeting, run);
            let once = runtime.block_on(once(arena, case, &release, &start))?;
            tick();
            let Some(once) = once else {
                continue;
            };
            aim.note(once.run.took);
            raced.runs += 1;
            raced.met += u64::from(once.run.met > 1);
            if !race.knows(&once.trace) {
                raced.note(once.trace, once.changes);
            }
        }
    }
    raced.sort();
    Ok(Some(raced))
}

/// What there is before sessions come.
async fn start<A: Arena>(arena: &mut A) -> Result<State, StepError> {
    arena.reset().await?;
    arena.state().await
}

/// One release.
struct Once {
    run: FreeRun,
    trace: Trace,
    changes: Vec<RowChange>,
}

/// `None` where the server went another way while sessions were led to where they wait.
async fn once<A: Arena>(
    arena: &mut A,
    case: &Case,
    release: &Release,
    start: &State,
) -> Result<Option<Once>, StepError> {
    let run = match arena.run_free(release).await {
        Err(error) if error.is_of_the_server() => return Ok(None),
        run => run?,
    };
    let end = arena.end().await?;
    let judged = case.judge(&end);
    let moves = run.steps.iter().map(|step| Choice::Step(step.session));
    let steps = run.steps.iter().map(|step| Step {
        answers: Vec::new(),
        buyer: letter(step.session),
        sql: Some(step.sql.clone()),
        short: (step.short != step.sql).then(|| step.short.clone()),
        touch: None,
        happenings: vec![Happening::Reply {
            buyer: letter(step.session),
            reply: step.reply.clone(),
        }],
        stock: Vec::new(),
        changes: Vec::new(),
        sees: Vec::new(),
    });
    let trace = Trace {
        schedule: Schedule(moves.collect()),
        steps: steps.collect(),
        told: end.told,
        accounts: judged.accounts,
        proven: judged.findings.proven(),
        findings: judged.findings,
        digest: judged.digest,
        operations: case.operations(),
        broken: end.broken,
        raised: end.raised,
        left: Vec::new(),
        unseen: None,
        contradiction: judged
            .serial
            .as_deref()
            .and_then(|judgement| Contradiction::of(judgement, None)),
    };
    let changes = changes(start, &end.state);
    Ok(Some(Once {
        run,
        trace,
        changes,
    }))
}
