//! A schedule with every statement and reply.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arena::{Arena, StepError};
use super::case::Case;
use super::history::history;
use super::left::LeftInSession;
use super::schedule::{Choice, Schedule};
use super::seen::{Glances, Unseen};
pub use super::step::{Happening, Step};
use super::walk::{AGAIN_MAX, assert_can_move, can_move};
use crate::event::Event;
use crate::oracle::serial::{Contradiction, find_anomaly};
use crate::oracle::{self, Account, Broken, Digest, Findings, Raised, Verdict};
use crate::shop::{Isolation, Outcome};
use crate::statement::Reply;
use crate::value::State;

/// A schedule with every statement and reply, and what it left behind. Buyers
/// go by their letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// The schedule.
    pub schedule: Schedule,
    /// One for each letter of the schedule.
    pub steps: Vec<Step>,
    /// How each buyer's checkout ended; `not_started` of a buyer that did not
    /// come.
    pub told: Vec<Outcome>,
    /// Each product's account at the end.
    pub accounts: Vec<Account>,
    /// What is broken at the end.
    pub findings: Findings,
    /// What the database holds at the end.
    pub digest: Digest,
    /// The verdicts that this schedule proves, worst first.
    pub proven: Vec<Verdict>,
    /// Of tables of the user's own: what each session does, by the name of its operation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<String>,
    /// The invariants that do not hold at the end, there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<Broken>,
    /// Errors that reached callers, there and of scripts on a shop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub raised: Vec<Raised>,
    /// What scripts left in their sessions, there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<LeftInSession>,
    /// Why it is not known what sessions saw, there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen: Option<Unseen>,
    /// What contradicts every serial order, there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contradiction: Option<Contradiction>,
}

impl Trace {
    /// Whether it ran on tables of the user's own.
    #[must_use]
    pub const fn is_own(&self) -> bool {
        !self.operations.is_empty()
    }
}

/// Runs exactly one schedule. Buyers that it does not name do not come.
///
/// # Errors
/// [`StepError::CannotMove`] and [`StepError::TooShort`] where it cannot be followed;
/// or the database failed.
pub async fn follow<A: Arena>(
    arena: &mut A,
    case: &Case,
    schedule: &Schedule,
) -> Result<Trace, StepError> {
    arena.invite(&schedule.sessions());
    let trace = until_steady(async || try_to_follow(arena, case, schedule, None).await).await?;
    add_what_is_seen(arena, case, trace).await
}

/// Adds to a trace on tables of the user's own what its sessions saw. The schedule is carried out
/// once more for that, with a look after each step: so nothing else of the trace can come of the
/// looks, and what they show is dropped where anything came otherwise.
///
/// # Errors
/// The database failed.
pub(super) async fn add_what_is_seen<A: Arena>(
    arena: &mut A,
    case: &Case,
    mut trace: Trace,
) -> Result<Trace, StepError> {
    if case.own().is_none() {
        return Ok(trace);
    }
    if case.terms.cell.level == Isolation::Serializable {
        trace.unseen = Some(Unseen::Serializable);
        return Ok(trace);
    }
    let schedule = trace.schedule.clone();
    let looked = until_steady(async || {
        try_to_follow(arena, case, &schedule, Some(Glances::default())).await
    });
    match looked.await {
        Ok(looked) if went_alike(&trace, &looked) => {
            for (step, looked) in trace.steps.iter_mut().zip(looked.steps) {
                step.sees = looked.sees;
            }
        }
        Err(error @ StepError::Database(_)) => return Err(error),
        _ => trace.unseen = Some(Unseen::Disturbed),
    }
    Ok(trace)
}

/// Whether the same came of one schedule twice. Values that the server gives, such as times, may
/// differ in replies and in the statements that use them; those that are kept are compared by the
/// digest.
fn went_alike(one: &Trace, other: &Trace) -> bool {
    let ends = |trace: &Trace| {
        let broken = trace.broken.iter().map(|broken| broken.total);
        (
            trace.told.clone(),
            trace.findings.clone(),
            trace.digest.clone(),
            broken.collect::<Vec<_>>(),
            trace.raised.clone(),
        )
    };
    let step = |(one, other): (&Step, &Step)| {
        let pairs = one.happenings.iter().zip(&other.happenings);
        one.buyer == other.buyer
            && one.happenings.len() == other.happenings.len()
            && pairs
                .into_iter()
                .all(|(one, other)| happened_alike(one, other))
    };
    one.steps.len() == other.steps.len()
        && one.steps.iter().zip(&other.steps).all(step)
        && ends(one) == ends(other)
}

fn happened_alike(one: &Happening, other: &Happening) -> bool {
    match (one, other) {
        (
            Happening::Reply { buyer, reply },
            Happening::Reply {
                buyer: other,
                reply: again,
            },
        ) => {
            let rows = |reply: &Reply| match reply {
                Reply::Done => None,
                Reply::Rows { affected, .. } => Some(*affected),
            };
            let alike = match (reply, again) {
                (Ok(reply), Ok(again)) => rows(reply) == rows(again),
                (Err(error), Err(again)) => error == again,
                _ => false,
            };
            buyer == other && alike
        }
        (one, other) => one == other,
    }
}

/// Tries again while the server goes another way than the schedule.
pub(super) async fn until_steady<T>(
    mut attempt: impl AsyncFnMut() -> Result<T, StepError>,
) -> Result<T, StepError> {
    let mut last = StepError::OtherVictim;
    for _ in 0..AGAIN_MAX {
        match attempt().await {
            Err(error) if error.is_of_the_server() => last = error,
            other => return other,
        }
    }
    Err(last)
}

/// With `watch`, it is looked at what sessions see.
async fn try_to_follow<A: Arena>(
    arena: &mut A,
    case: &Case,
    schedule: &Schedule,
    watch: Option<Glances>,
) -> Result<Trace, StepError> {
    let mut recording = Recording::start(arena).await?;
    recording.watch = watch;
    for (made, &choice) in schedule.0.iter().enumerate() {
        assert_can_move(arena.seats(), made, choice)?;
        recording.step(arena, case, choice).await?;
    }
    let others = can_move(arena.seats());
    if !others.is_empty() {
        let steps = schedule.0.len();
        return Err(StepError::TooShort { steps, others });
    }
    recording.finish(arena, case).await
}

/// A trace in the making.
pub(super) struct Recording {
    schedule: Schedule,
    steps: Vec<Step>,
    /// What the last step set off; kept for its room.
    events: Vec<Event>,
    /// What was committed before the step.
    before: State,
    watch: Option<Glances>,
}

impl Recording {
    /// Puts everything back to the start.
    pub(super) async fn start<A: Arena>(arena: &mut A) -> Result<Self, StepError> {
        arena.reset().await?;
        // Those of a schedule before.
        drop(arena.take_answers());
        Ok(Self {
            schedule: Schedule::default(),
            steps: Vec::new(),
            events: Vec::new(),
            before: arena.state().await?,
            watch: None,
        })
    }

    /// Makes a choice that can be made.
    pub(super) async fn step<A: Arena>(
        &mut self,
        arena: &mut A,
        case: &Case,
        choice: Choice,
    ) -> Result<(), StepError> {
        let asked = match choice {
            Choice::Step(session) | Choice::LoseReply(session) => {
                Some(arena.next_statement(session))
            }
            Choice::Cut(_) => None,
        };
        arena.admit(choice, &mut self.events).await?;
        let state = arena.state().await?;
        self.schedule.0.push(choice);
        let mut step = Step::new(choice, asked, &self.events);
        step.answers = arena.take_answers();
        match case.own() {
            None => step.stock = oracle::stock(&state),
            Some(_) => step.changes = oracle::changes(&self.before, &state),
        }
        if let Some(watch) = &mut self.watch {
            step.sees = watch.look(arena, &state, &self.events).await?;
        }
        self.before = state;
        self.steps.push(step);
        Ok(())
    }

    /// When every session is done.
    pub(super) async fn finish<A: Arena>(
        self,
        arena: &mut A,
        case: &Case,
    ) -> Result<Trace, StepError> {
        let end = arena.end().await?;
        let judged = case.judge(&end);
        let left = arena.left().await?;
        if let Some(own) = case.own() {
            own.note_left(&left);
        }
        let serial = judged.serial.as_deref();
        Ok(Trace {
            contradiction: serial.and_then(|judgement| {
                let level = case.terms.cell.level;
                let history = history(&self.schedule.0, &self.steps, level);
                Contradiction::of(judgement, find_anomaly(&history))
            }),
            schedule: self.schedule,
            steps: self.steps,
            told: end.told,
            proven: judged.findings.proven(),
            findings: judged.findings,
            digest: judged.digest,
            accounts: judged.accounts,
            operations: case.operations(),
            broken: end.broken,
            raised: end.raised,
            left,
            unseen: None,
        })
    }
}
