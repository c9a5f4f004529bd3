//! The gate in this process: buyers whose sessions park before each statement,
//! in front of a world that carries statements out.
//!
//! See `buyer` for what a buyer is, and for the steps of a statement
//! outside a transaction.

use std::sync::Arc;

use super::buyer::{Actor, Parked};
use super::comings::Comings;
use super::overtaking::assert_none_overtook;
use super::told;
use super::world::World;
use crate::database::{Holdings, OwnSequence};
use crate::event::{Event, has_succeeded};
use crate::explore::arena::{self, Arena, End, Seat, StepError};
use crate::explore::case::Case;
use crate::explore::footprint::{Footprint, History};
use crate::explore::left::{LeftInSession, add_left, waits_for_ever};
use crate::explore::reach::Reach;
use crate::explore::release::{FreeRun, Release};
use crate::explore::schedule::Choice;
use crate::oracle::EffectSeen;
use crate::session;
use crate::shop::Isolation;
use crate::statement::{Reply, Statement, TextReach};
use crate::subject::is_text;
use crate::value::State;

/// The buyers of a small shop in front of a world.
pub struct Gate<W> {
    pub(super) world: W,
    pub(super) case: Arc<Case>,
    pub(super) buyers: Vec<Actor>,
    invited: Vec<usize>,
    pub(super) seats: Vec<Seat>,
    /// In which order the blocked sessions began to wait.
    waiting: Vec<usize>,
    /// What sessions did outside the database.
    pub(super) effects: Vec<EffectSeen>,
    /// A statement of this schedule may have changed what later ones do
    /// ([`TextReach::Lasting`]).
    is_altered: bool,
    /// When sessions came and went, and which were cut.
    comings: Comings,
}

impl<W: World> Gate<W> {
    /// No buyer has entered yet: see [`Arena::reset`].
    pub fn new(world: W, case: Arc<Case>) -> Self {
        Self {
            world,
            buyers: Vec::new(),
            invited: (0..case.carts.len()).collect(),
            seats: Vec::new(),
            waiting: Vec::new(),
            effects: Vec::new(),
            is_altered: false,
            comings: Comings::default(),
            case,
        }
    }

    /// The world behind the gate.
    pub const fn world(&mut self) -> &mut W {
        &mut self.world
    }

    pub(super) fn parked(&self, session: usize) -> &Parked {
        let asked = self.buyers[session].asked.as_ref();
        asked.expect("only parked sessions are asked")
    }

    /// Hands a reply to its buyer, which runs on to the next statement.
    pub(super) fn hand_over(&mut self, event: &Event) {
        match event {
            Event::Blocked { session, .. } => self.seats[*session] = Seat::Blocked,
            Event::Replied { session, reply } => {
                self.buyers[*session].go_on(reply.clone());
            }
        }
    }

    /// Works out what every session is doing now.
    pub(super) fn look_around(&mut self, still_blocked: &[usize]) {
        for session in 0..self.buyers.len() {
            self.seats[session] = if still_blocked.contains(&session) {
                Seat::Blocked
            } else if self.buyers[session].asked.is_some() {
                Seat::Parked
            } else {
                Seat::Done
            };
        }
    }

    /// What the session has done before its next statement, with the BEGIN that belongs to
    /// the step.
    fn history(&self, session: usize) -> History {
        let mut history = self.buyers[session].history;
        if let Some(level) = self.parked(session).opens {
            history.note(Statement::Begin(level).effect(), None, false);
        }
        history
    }

    /// Looks at what the transaction of a session has touched.
    async fn look_at(&mut self, session: usize) -> Result<Holdings, StepError> {
        let held = match self.is_altered {
            true => Holdings::ANYTHING,
            false => self.world.held(session).await?,
        };
        self.buyers[session].history.look_at(held);
        Ok(held)
    }

    /// Notes an effect outside the database; `None` of every other statement.
    pub(super) fn effect_of(
        &mut self,
        session: usize,
        statement: &Statement,
    ) -> Option<session::Result<Reply>> {
        let (name, value) = statement.as_effect()?;
        self.effects.push(EffectSeen {
            session: u32::try_from(session).unwrap_or(u32::MAX),
            name: name.clone(),
            value: value.clone(),
        });
        Some(Ok(Reply::Done))
    }

    /// Carries out what is parked, with the BEGIN that belongs to its step.
    async fn carry_out(
        &mut self,
        session: usize,
        parked: Parked,
        events: &mut Vec<Event>,
    ) -> Result<(), StepError> {
        if let Some(reply) = self.effect_of(session, &parked.statement) {
            events.push(Event::Replied { session, reply });
            return Ok(());
        }
        if let Some(level) = parked.opens {
            let begin = Statement::Begin(level);
            self.world.execute(session, begin, events).await?;
            // No choice was made of it, and its reply is of no interest.
            events.clear();
        }
        self.world.execute(session, parked.statement, events).await
    }

    /// Sends what follows without a choice: the end of a transaction that failed,
    /// and has given up its locks already.
    async fn follow_up(&mut self) -> Result<(), StepError> {
        for session in 0..self.buyers.len() {
            let parked = self.buyers[session].asked.as_ref();
            if let Some(parked) = parked.filter(|parked| parked.at_once).cloned() {
                let mut replies = Vec::new();
                self.carry_out(session, parked, &mut replies).await?;
                replies.iter().for_each(|reply| self.hand_over(reply));
            }
        }
        Ok(())
    }
}

impl<W: World> Arena for Gate<W> {
    fn invite(&mut self, sessions: &[usize]) {
        self.invited = sessions.to_vec();
    }

    async fn reset(&mut self) -> Result<(), StepError> {
        self.world.reset().await?;
        let case = Arc::clone(&self.case);
        self.buyers = (0..case.carts.len())
            .map(|n| Actor::new(&case, n))
            .collect();
        for &session in &self.invited {
            self.buyers[session].run();
        }
        self.seats = vec![Seat::Done; self.buyers.len()];
        self.waiting.clear();
        self.effects.clear();
        self.is_altered = false;
        self.comings = Comings::default();
        self.look_around(&[]);
        Ok(())
    }

    fn seats(&self) -> &[Seat] {
        &self.seats
    }

    async fn admit(&mut self, choice: Choice, events: &mut Vec<Event>) -> Result<(), StepError> {
        let session = choice.session();
        events.clear();
        self.comings.note(choice, &self.seats);
        match choice {
            Choice::Step(_) => {
                let parked = self.parked(session).clone();
                self.is_altered |= parked.reach() == Some(TextReach::Lasting);
                self.carry_out(session, parked, events).await?;
            }
            Choice::LoseReply(_) => {
                let told = "a reply can be lost of a [service] alone: leave the - out";
                return Err(StepError::Unsupported(told.into()));
            }
            Choice::Cut(_) => {
                self.world.cut(session, events).await?;
                let lost = session::Error::ConnectionLost("cut by the schedule".into());
                self.buyers[session].go_on(Err(lost));
                self.buyers[session].history = History::default();
            }
        }
        // Replies that were freed together race on several sockets.
        events.sort_by_key(|event| (event.session() != session, event.session()));
        assert_none_overtook(&self.waiting, events)?;
        for event in events.iter() {
            self.hand_over(event);
        }
        self.follow_up().await?;
        let blocked: Vec<usize> = self.blocked_after(events);
        self.waiting.retain(|session| blocked.contains(session));
        let newly = blocked
            .iter()
            .filter(|session| !self.waiting.contains(session));
        let newly: Vec<usize> = newly.copied().collect();
        self.waiting.extend(newly);
        self.look_around(&blocked);
        Ok(())
    }

    async fn admit_and_look(
        &mut self,
        choice: Choice,
        events: &mut Vec<Event>,
    ) -> Result<Footprint, StepError> {
        let Choice::Step(session) = choice else {
            // What a cut connection held is free at once.
            self.admit(choice, events).await?;
            return Ok(Footprint::EVERYTHING);
        };
        let isolation = self.case.terms.cell.level;
        let ends = self.parked(session).statement.effect().kind.ends();
        let is_reduced = isolation != Isolation::Serializable;
        if ends && is_reduced && self.buyers[session].history.is_stale() {
            // Its locks are gone when it has run.
            self.look_at(session).await?;
        }
        let (history, parked) = (self.history(session), self.parked(session));
        let footprint = history.footprint(isolation, parked.statement.effect());
        let reach = parked.reach();
        self.admit(choice, events).await?;
        let are_told = matches!(reach, Some(TextReach::Query | TextReach::Session));
        // An error gives up the locks; and what waits has not run yet.
        let waits = self.seats.contains(&Seat::Blocked);
        if !are_told || !is_reduced || waits || !has_succeeded(session, events) {
            return Ok(footprint);
        }
        let held = self.look_at(session).await?;
        Ok(history.ran(isolation, held))
    }

    fn next_statement(&self, session: usize) -> arena::Asked {
        let parked = self.parked(session);
        let asked = self.world.in_words(&parked.statement);
        match (parked.opens, parked.word) {
            (None, None) => asked,
            (opens, word) => arena::Asked {
                sql: opens.map_or(asked.sql.clone(), |level| {
                    let begin = self.world.in_words(&Statement::Begin(level)).sql;
                    format!("{begin}; {}", asked.sql)
                }),
                short: word.map_or(asked.short, str::to_owned),
                touch: asked.touch,
            },
        }
    }

    async fn state(&mut self) -> Result<State, StepError> {
        self.world.state().await
    }

    async fn examine(&mut self, order: &[usize]) -> Result<Vec<Reach>, StepError> {
        self.reset().await?;
        self.examine_all(order).await
    }

    async fn run_free(&mut self, release: &Release) -> Result<FreeRun, StepError> {
        self.reset().await?;
        self.world.look_for_deadlocks().await?;
        self.let_go(release).await
    }

    async fn end(&mut self) -> Result<End, StepError> {
        if self.seats.contains(&Seat::Blocked) {
            return Err(StepError::Unfollowed(waits_for_ever(&self.left().await?)));
        }
        let state = self.world.state().await?;
        let (case, buyers) = (&self.case, &self.buyers);
        let told = told::outcomes(case, buyers, &state);
        let mut end = End::of_shop(state, told);
        if case.own().is_some() {
            end.effects.clone_from(&self.effects);
            end.several_rows = told::took_several(buyers);
            // No session sees when another one had an effect.
            end.effects.sort_by_key(|effect| effect.session);
            end.raised = told::errors(case, buyers);
            let rows = told::rows(case, buyers);
            end.answers = told::answers(case, buyers, &self.comings);
            end.broken = self.world.broken(&rows, &end.effects).await?;
            end.real_time = self.comings.in_real_time();
            end.span = self.world.span();
        } else if is_text(case.terms.cell.subject) {
            end.raised = told::errors(case, buyers);
        }
        Ok(end)
    }

    async fn seen(&mut self, session: usize) -> Result<Option<State>, StepError> {
        self.world.seen(session).await
    }

    async fn left(&mut self) -> Result<Vec<LeftInSession>, StepError> {
        let mut all = Vec::new();
        for (session, operation) in self.case.operations().into_iter().enumerate() {
            let what = self.world.left(session).await?;
            add_left(&mut all, &[LeftInSession::of(operation, what)]);
        }
        Ok(all)
    }

    async fn sequences(&mut self) -> Result<Vec<OwnSequence>, StepError> {
        self.world.sequences().await
    }

    fn advance_sequences(&mut self, by: &[(Arc<str>, i64)]) {
        self.world.advance_sequences(by);
    }
}

impl<W> Gate<W> {
    /// Blocked before and not answered, or blocked just now.
    fn blocked_after(&self, events: &[Event]) -> Vec<usize> {
        let is_answered = |session: usize| {
            let last = events.iter().rev().find(|event| event.session() == session);
            matches!(last, Some(Event::Replied { .. }))
        };
        (0..self.seats.len())
            .filter(|&session| self.seats[session] == Seat::Blocked && !is_answered(session))
            .collect()
    }
}
