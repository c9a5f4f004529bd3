//! The seam that the explorer stands on: sessions that park before each
//! statement, can be admitted, and then are parked again, blocked or done.
//!
//! What parks them is not known here. In this crate it is a gate in
//! the process ([`super::worlds::gate`]); it could as well be a proxy in front of a
//! program that was not changed.

use std::future::Future;
use std::sync::Arc;

use thiserror::Error;

use super::footprint::Footprint;
use super::http::HttpAnswer;
use super::left::LeftInSession;
use super::reach::Reach;
use super::release::{FreeRun, Release, TookSeveral};
use super::schedule::Choice;
use super::time_spent::TimeSpent;
use super::unfollowed::Unfollowed;
use crate::database::OwnSequence;
use crate::effect::Touch;
use crate::event::Event;
use crate::oracle::serial::{Told, WallSpan};
use crate::oracle::{Broken, EffectSeen, Raised};
use crate::shop::Outcome;
use crate::value::State;

/// What a session is doing between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// It waits to be admitted.
    Parked,
    /// Its statement waits for another session's lock.
    Blocked,
    /// It has nothing more to do.
    Done,
}

/// Why an exploration cannot go on.
#[derive(Debug, Error)]
pub enum StepError {
    /// The database failed.
    #[error("{0}")]
    Database(String),
    /// The server ended another session of a deadlock than the one that closed
    /// the circle: the schedule must be run again.
    #[error("the server chose another victim than the session that closed the deadlock")]
    OtherVictim,
    /// Of two sessions that a step freed, the one that fell asleep later went
    /// first: PostgreSQL lets them race. The schedule must be run again.
    #[error("buyer {later} overtook buyer {earlier}, which had waited longer")]
    Overtaken {
        /// The letter of the session that should have been first.
        earlier: char,
        /// The letter of the session that was.
        later: char,
    },
    /// A row came to lie in front of others, in the room of a dead one that an earlier schedule has
    /// left: the schedule must be run again, and comes without dead rows then.
    #[error("the server put a row into the room of one that an earlier schedule has left")]
    Misplaced,
    /// A session that was asked to move cannot.
    #[error("step {step} of the schedule: buyer {session} {why}; {}", able_to_move(.others))]
    CannotMove {
        /// The position in the schedule, from 1.
        step: usize,
        /// The session's letter.
        session: char,
        /// What it is doing instead.
        why: &'static str,
        /// The letters of the sessions that can move.
        others: Vec<char>,
    },
    /// A schedule to be followed leaves sessions in the middle.
    #[error("the schedule ends after {steps} steps, too early; {}", able_to_move(.others))]
    TooShort {
        /// How long it is.
        steps: usize,
        /// The letters of the sessions that can move.
        others: Vec<char>,
    },
    /// What a session does cannot be followed.
    #[error("{0}")]
    Unfollowed(Unfollowed),
    /// The model cannot answer.
    #[error("{0}")]
    Unsupported(String),
    /// What is asked of the tables cannot be.
    #[error("{0}")]
    Refused(String),
}

impl StepError {
    /// Whether the server went another way than the schedule, and may well go along with it the
    /// next time.
    pub(super) const fn is_of_the_server(&self) -> bool {
        matches!(
            self,
            Self::OtherVictim | Self::Overtaken { .. } | Self::Misplaced
        )
    }
}

fn able_to_move(others: &[char]) -> String {
    match others {
        [] => "no buyer can move there".into(),
        [only] => format!("{only} can move there"),
        [several @ .., last] => {
            let several: Vec<String> = several.iter().map(char::to_string).collect();
            format!("{} and {last} can move there", several.join(", "))
        }
    }
}

/// A statement as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// As it is sent, with its values in place of parameters.
    pub sql: String,
    /// The same in few words, where it is long.
    pub short: String,
    /// What it reads or changes of one product.
    pub touch: Option<Touch>,
}

/// What a schedule left behind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct End {
    /// What the database holds.
    pub state: State,
    /// How each step of each buyer ended, unknown ones looked up.
    pub told: Vec<Outcome>,
    /// Of tables of the user's own: the invariants that do not hold.
    pub broken: Vec<Broken>,
    /// Errors that reached callers, there and of scripts on a shop.
    pub raised: Vec<Raised>,
    /// Effects outside the database, there.
    pub effects: Vec<EffectSeen>,
    /// The statements that took several rows, there: see
    /// [`Doubt::SeveralRows`](crate::oracle::Doubt::SeveralRows).
    pub several_rows: Vec<TookSeveral>,
    /// Whether a program chose which of several requests went on first: see
    /// [`Doubt::ChosenInProgram`](crate::oracle::Doubt::ChosenInProgram).
    pub chosen_in_program: bool,
    /// What each session was told and shown, there.
    pub answers: Vec<Told>,
    /// Pairs of sessions there, of which the first one was done before the second one began.
    pub real_time: Vec<(usize, usize)>,
    /// When it ran, there.
    pub span: WallSpan,
}

impl End {
    /// Of a shop, of which the state and what buyers were told say all.
    #[must_use]
    pub const fn of_shop(state: State, told: Vec<Outcome>) -> Self {
        Self {
            state,
            told,
            broken: Vec::new(),
            raised: Vec::new(),
            effects: Vec::new(),
            several_rows: Vec::new(),
            chosen_in_program: false,
            answers: Vec::new(),
            real_time: Vec::new(),
            span: WallSpan {
                from_us: 0,
                to_us: 0,
            },
        }
    }
}

/// Why a model refuses to run sessions together.
pub const NOT_TOGETHER: &str = "in memory nothing happens at the same time";

/// A number of sessions on one database, moved one statement at a time.
pub trait Arena: Send {
    /// From the next [`Arena::reset`] on, only these sessions take part; at
    /// first all do.
    fn invite(&mut self, sessions: &[usize]);

    /// Puts everything back to the start: the database as it was found, every
    /// session before its first statement.
    fn reset(&mut self) -> impl Future<Output = Result<(), StepError>> + Send;

    /// The sequences of tables of the user's own; of anything else none.
    fn sequences(&mut self) -> impl Future<Output = Result<Vec<OwnSequence>, StepError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// From the next [`Arena::reset`] on, each of these sequences begins so many steps later, and
    /// no other one: what then is different is a value that the database gave.
    fn advance_sequences(&mut self, _by: &[(Arc<str>, i64)]) {}

    /// What every session is doing.
    fn seats(&self) -> &[Seat];

    /// Carries out one choice for a parked session, and waits until it and
    /// whatever it frees has settled. Events come in a fixed order: the
    /// admitted session's first.
    fn admit(
        &mut self,
        choice: Choice,
        events: &mut Vec<Event>,
    ) -> impl Future<Output = Result<(), StepError>> + Send;

    /// As [`Arena::admit`], and says what the step touched, as far as a step of another session
    /// could notice.
    fn admit_and_look(
        &mut self,
        choice: Choice,
        events: &mut Vec<Event>,
    ) -> impl Future<Output = Result<Footprint, StepError>> + Send;

    /// Whether the next statement of a parked session commits, and its reply can be lost.
    fn may_lose_reply(&self, _session: usize) -> bool {
        false
    }

    /// Where the time of its schedules went, where a program carries them out.
    fn time_spent(&self) -> Option<TimeSpent> {
        None
    }

    /// What callers were answered over HTTP since this was last asked.
    fn take_answers(&mut self) -> Vec<HttpAnswer> {
        Vec::new()
    }

    /// The next statement of a parked session.
    fn next_statement(&self, session: usize) -> Asked;

    /// What the database holds now: what is committed.
    fn state(&mut self) -> impl Future<Output = Result<State, StepError>> + Send;

    /// Lets the sessions come one after the other, each statement in a transaction of its own,
    /// and says which of them had bodies of functions or triggers that touched other tables.
    ///
    /// # Errors
    /// The database failed.
    fn examine(
        &mut self,
        _order: &[usize],
    ) -> impl Future<Output = Result<Vec<Reach>, StepError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Lets all sessions run from the start, together and unstepped from where they wait.
    ///
    /// # Errors
    /// The database failed, or it is a model in which nothing happens at the same time.
    fn run_free(
        &mut self,
        _release: &Release,
    ) -> impl Future<Output = Result<FreeRun, StepError>> + Send {
        async { Err(StepError::Unsupported(NOT_TOGETHER.into())) }
    }

    /// What the database holds as a session sees it: `None` of one that waits or has no
    /// transaction open that could see anything else than what is committed. Only on tables of
    /// the user's own, and not at serializable.
    fn seen(
        &mut self,
        _session: usize,
    ) -> impl Future<Output = Result<Option<State>, StepError>> + Send {
        async { Ok(None) }
    }

    /// What the schedule left behind, when every session is done.
    fn end(&mut self) -> impl Future<Output = Result<End, StepError>> + Send;

    /// What sessions that are done still keep, on tables of the user's own; then it is given up.
    fn left(&mut self) -> impl Future<Output = Result<Vec<LeftInSession>, StepError>> + Send {
        async { Ok(Vec::new()) }
    }
}
