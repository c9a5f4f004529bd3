//! What a world of schedules must be able to do.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::database::{Holdings, OwnSequence, TouchedBeyond};
use crate::event::Event;
use crate::explore::arena::{Asked, NOT_TOGETHER, StepError};
use crate::oracle::serial::WallSpan;
use crate::oracle::{Broken, EffectSeen, StepTold};
use crate::session;
use crate::statement::{Reply, Statement};
use crate::value::State;

/// What became of a statement that was examined, and what its bodies touched; `None` where there
/// can be no body.
pub type Examined = Option<(session::Result<Reply>, TouchedBeyond)>;

/// A database that carries out the statements of several sessions, one at a
/// time, and says what each step set off.
pub trait World: Send {
    /// The database as it was found, every session without a transaction.
    fn reset(&mut self) -> impl Future<Output = Result<(), StepError>> + Send;

    /// Carries out one statement, and waits until it and whatever it frees has
    /// settled: the session's own event first, then the others'.
    fn execute(
        &mut self,
        session: usize,
        statement: Statement,
        events: &mut Vec<Event>,
    ) -> impl Future<Output = Result<(), StepError>> + Send;

    /// Cuts the session's connection, and waits until what that frees has
    /// settled.
    fn cut(
        &mut self,
        session: usize,
        events: &mut Vec<Event>,
    ) -> impl Future<Output = Result<(), StepError>> + Send;

    /// What the transaction of a session has touched so far, which waits for nothing.
    fn held(&mut self, session: usize) -> impl Future<Output = Result<Holdings, StepError>> + Send;

    /// What the database holds.
    fn state(&mut self) -> impl Future<Output = Result<State, StepError>> + Send;

    /// Which invariants do not hold, after sessions were told this and had these effects; of
    /// the shop none is stated.
    fn broken(
        &mut self,
        _told: &[StepTold],
        _effects: &[EffectSeen],
    ) -> impl Future<Output = Result<Vec<Broken>, StepError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// As [`crate::explore::arena::Arena::seen`].
    fn seen(
        &mut self,
        _session: usize,
    ) -> impl Future<Output = Result<Option<State>, StepError>> + Send {
        async { Ok(None) }
    }

    /// What a session still keeps that has no transaction open; then it is given up.
    fn left(
        &mut self,
        _session: usize,
    ) -> impl Future<Output = Result<Vec<String>, StepError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// As [`crate::explore::arena::Arena::sequences`].
    fn sequences(&mut self) -> impl Future<Output = Result<Vec<OwnSequence>, StepError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// As [`crate::explore::arena::Arena::advance_sequences`].
    fn advance_sequences(&mut self, _by: &[(Arc<str>, i64)]) {}

    /// From before the first statement since the last reset until the state was read, by the
    /// clock of the database.
    fn span(&self) -> WallSpan {
        WallSpan::default()
    }

    /// Carries out a statement in a transaction of its own, and says what bodies of functions and
    /// triggers touched beside it, where there can be any.
    fn examine(
        &mut self,
        _session: usize,
        _statement: Statement,
    ) -> impl Future<Output = Result<Examined, StepError>> + Send {
        async { Ok(None) }
    }

    /// From now until the next reset the server finds deadlocks soon, whichever session it ends.
    fn look_for_deadlocks(&mut self) -> impl Future<Output = Result<(), StepError>> + Send {
        async { Ok(()) }
    }

    /// Sends statements, each so much later than the first, and waits for none of them.
    fn release(
        &mut self,
        _sent: Vec<(usize, Statement, Duration)>,
        _events: &mut Vec<Event>,
    ) -> impl Future<Output = Result<(), StepError>> + Send {
        async { Err(StepError::Unsupported(NOT_TOGETHER.into())) }
    }

    /// Waits for an answer to any of them.
    fn answers(&mut self, _events: &mut Vec<Event>) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// The statement as a reader sees it.
    fn in_words(&self, statement: &Statement) -> Asked;
}
