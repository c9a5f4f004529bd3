//! The sessions, as the explorer moves them.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

use super::application::Application;
use super::background::Background;
use super::callers::{compared, joined};
use super::floor::{ProgramFloor, Strays};
use super::meter::{Meter, TimePart};
use super::sameness::{Doings, Sameness};
use super::settle::Behind;
use super::start::start;
use super::whereabouts::Whereabouts;
use super::words;
use crate::database::OwnSequence;
use crate::event::Event;
use crate::explore::arena::{Arena, Asked, End, Seat, StepError};
use crate::explore::case::Case;
use crate::explore::footprint::Footprint;
use crate::explore::http::HttpAnswer;
use crate::explore::release::TookSeveral;
use crate::explore::schedule::Choice;
use crate::explore::time_spent::TimeSpent;
use crate::explore::unfollowed::Unfollowed;
use crate::explore::worlds::comings::Comings;
use crate::explore::worlds::engine::{Lookout, OwnSite, SeenBehind, Site};
use crate::explore::worlds::overtaking::assert_none_overtook;
use crate::explore::worlds::proxy::{Proxy, ProxyEvent};
use crate::oracle::Raised;
use crate::session;
use crate::shop::Outcome;
use crate::statement::Reply;
use crate::value::State;

/// How often a program may do something else than the time before until it is warm.
const WARM_UPS_MAX: u32 = 12;

/// What an arena is made of.
pub struct ProxiedSettings {
    /// The proxy, which holds every step.
    pub proxy: Proxy,
    /// What happens at it.
    pub events: mpsc::Receiver<ProxyEvent>,
    /// How statements begin that are of no request.
    pub background: Vec<Arc<str>>,
    /// What is explored: a session is a request.
    pub case: Arc<Case>,
}

/// Requests to a program, in front of tables of the user's own.
pub struct ProxiedArena<A> {
    case: Arc<Case>,
    invited: Vec<usize>,
    floor: ProgramFloor,
    behind: Behind<A>,
    seats: Vec<Seat>,
    /// In which order the blocked sessions began to wait.
    waiting: Vec<usize>,
    lookout: Lookout,
    comings: Comings,
    /// The choices since the start.
    made: Vec<Choice>,
    /// What [`Proxy::at_rest`] said when the end was read, if all was at rest then.
    read_when: Option<u64>,
    /// `None` until the program is warm.
    sameness: Option<Sameness>,
}

impl<A: Application> ProxiedArena<A> {
    /// Starts the program with its connections at the proxy, and lets all go that it sends
    /// meanwhile; `starting` answers it with the tables behind the proxy. Then lets the requests
    /// come at once until the program does the same twice: pools have opened their connections by
    /// then, and have prepared their statements.
    ///
    /// # Errors
    /// It does not start; what it does cannot be followed; or the database failed.
    pub async fn open(
        settings: ProxiedSettings,
        starting: impl Future<Output = Result<(A, OwnSite), StepError>>,
    ) -> Result<Self, StepError> {
        let ProxiedSettings {
            proxy,
            mut events,
            background,
            case,
        } = settings;
        let sessions = case.carts.len();
        let mut floor = ProgramFloor::default();
        floor.background = Background::naming(background);
        floor.clear(sessions, &[]);
        let started = start(&proxy, &mut events, &mut floor, starting).await?;
        let (application, tables) = started;
        let mut arena = Self {
            invited: (0..sessions).collect(),
            floor,
            behind: Behind {
                application,
                proxy,
                events,
                site: Site::Own(Box::new(tables)),
                meter: Meter::default(),
            },
            seats: vec![Seat::Done; sessions],
            waiting: Vec::new(),
            lookout: Lookout::all_look(),
            comings: Comings::default(),
            made: Vec::new(),
            read_when: None,
            sameness: None,
            case,
        };
        arena.floor.strays = Strays::Learnt;
        let listened = arena.behind.listen(&mut arena.floor).await;
        arena.behind.unless_ended(listened).await?;
        arena.floor.background.is_started();
        arena.warm_up().await?;
        arena.sameness = Some(Sameness::default());
        Ok(arena)
    }

    async fn warm_up(&mut self) -> Result<(), StepError> {
        let mut before = None;
        for _ in 0..WARM_UPS_MAX {
            let now = match self.all_at_once().await {
                // From now on the victims of deadlocks are certain.
                Err(StepError::OtherVictim) => None,
                done => Some(done?),
            };
            if now.is_some() && before == now {
                return Ok(());
            }
            before = now;
        }
        Err(StepError::Unfollowed(Unfollowed::new(
            format!(
                "the program did not do the same twice in {WARM_UPS_MAX} times, although the \
                 requests came in the same order"
            ),
            "look for a cache, a timer or a random choice",
        )))
    }

    /// Sends every request before the first one's statements go.
    async fn all_at_once(&mut self) -> Result<Vec<Doings>, StepError> {
        self.put_all_back().await?;
        let mut events = Vec::new();
        let mut doings = Vec::new();
        for session in 0..self.seats.len() {
            self.admit(Choice::Step(session), &mut events).await?;
            doings.push(self.floor.doings());
        }
        while let Some(session) = self.seats.iter().position(|seat| *seat == Seat::Parked) {
            self.admit(Choice::Step(session), &mut events).await?;
            doings.push(self.floor.doings());
        }
        Ok(doings)
    }

    /// Lets pools open again what was cut, so that the next schedule begins as every other one.
    async fn recover(&mut self) -> Result<(), StepError> {
        let all = (0..self.seats.len()).collect();
        let invited = std::mem::replace(&mut self.invited, all);
        let sameness = self.sameness.take();
        let warm = self.warm_up().await;
        (self.invited, self.sameness) = (invited, sameness);
        warm
    }

    async fn let_background_end(&mut self) -> Result<(), StepError> {
        let is_warm = self.sameness.is_some();
        let behind = &mut self.behind;
        behind.let_background_end(&mut self.floor, is_warm).await
    }

    /// Puts everything back to the start.
    async fn put_all_back(&mut self) -> Result<(), StepError> {
        self.behind.meter.next();
        let finished = self.behind.finish(&mut self.floor).await;
        self.behind.unless_ended(finished).await?;
        let read = self.read_when.take();
        let was_read = read.is_some() && read == self.behind.proxy.at_rest();
        if !was_read {
            let ended = self.let_background_end().await;
            self.behind.unless_ended(ended).await?;
        }
        self.floor.clear(self.case.carts.len(), &self.invited);
        self.floor.strays = Strays::Refused;
        self.waiting.clear();
        self.lookout.reset();
        self.made.clear();
        self.comings = Comings::default();
        let began = Instant::now();
        let is_undone = self.floor.take_undone();
        let seen = SeenBehind {
            was_read,
            is_undone,
        };
        let put_back = self.behind.put_back((&self.case, seen), &mut self.floor);
        let put_back = put_back.await;
        self.behind.meter.note(TimePart::Reset, began);
        put_back?;
        self.note_seats();
        Ok(())
    }

    async fn carry_out(
        &mut self,
        choice: Choice,
        events: &mut Vec<Event>,
    ) -> Result<(), StepError> {
        let session = choice.session();
        self.behind.site.note_statement();
        self.floor.turns.begin();
        self.floor.wake();
        match (choice, self.floor.at[session].clone()) {
            (Choice::Step(_), Whereabouts::Outside) => {
                self.floor.at[session] = Whereabouts::Working;
                self.floor.turns.goes_on(session);
                self.behind.application.send(session)?;
                let reply = Ok(Reply::Done);
                events.push(Event::Replied { session, reply });
            }
            (_, Whereabouts::Parked(step)) => {
                let proxy = &self.behind.proxy;
                match choice {
                    Choice::Step(_) => proxy.let_go(step.id),
                    Choice::Cut(_) => proxy.cut(step.id),
                    Choice::LoseReply(_) => proxy.lose_reply(step.id),
                };
                self.floor.goes(session, step);
            }
            (_, Whereabouts::Outside) => {
                let begun = "a request that was not sent has no connection to cut";
                return Err(StepError::Unsupported(begun.into()));
            }
            (_, other) => panic!("only parked sessions are moved, not one that {other:?}"),
        }
        self.behind.settle(&mut self.floor, events).await?;
        self.floor.turns.end(&self.floor.at);
        if matches!(choice, Choice::LoseReply(_)) {
            let lost = |event: &mut Event| match event {
                Event::Replied { session: of, reply } if *of == session && reply.is_ok() => {
                    let told = "it was carried out, and its reply is lost";
                    *reply = Err(session::Error::ConnectionLost(told.into()));
                }
                _ => {}
            };
            events.iter_mut().take(1).for_each(lost);
        }
        Ok(())
    }

    async fn move_on(&mut self, choice: Choice, events: &mut Vec<Event>) -> Result<(), StepError> {
        let session = choice.session();
        events.clear();
        self.comings.note(choice, &self.seats);
        if self.seats.contains(&Seat::Blocked) {
            self.lookout.let_waiters_look().await;
        }
        self.carry_out(choice, events).await?;
        // Replies that were freed together race on several sockets.
        events.sort_by_key(|event| (event.session() != session, event.session()));
        assert_none_overtook(&self.waiting, events)?;
        let ends = !self.floor.owners.is_with(session);
        self.lookout.note(session, ends, events)?;
        self.note_seats();
        self.made.push(choice);
        self.note_beginning()
    }

    fn note_seats(&mut self) {
        self.seats = self.floor.at.iter().map(Whereabouts::seat).collect();
        let blocked = |session: &usize| self.seats[*session] == Seat::Blocked;
        self.waiting.retain(blocked);
        for session in 0..self.seats.len() {
            if self.seats[session] == Seat::Blocked && !self.waiting.contains(&session) {
                self.waiting.push(session);
            }
        }
    }

    fn note_beginning(&mut self) -> Result<(), StepError> {
        let doings = self.floor.doings();
        match &mut self.sameness {
            None => Ok(()),
            Some(sameness) => sameness
                .note(&self.invited, &self.made, &doings)
                .map_err(StepError::Unfollowed),
        }
    }
}

impl<A: Application> Arena for ProxiedArena<A> {
    fn may_lose_reply(&self, session: usize) -> bool {
        matches!(&self.floor.at[session], Whereabouts::Parked(step) if words::is_commit(step))
    }

    fn invite(&mut self, sessions: &[usize]) {
        self.invited = sessions.to_vec();
    }

    async fn reset(&mut self) -> Result<(), StepError> {
        let had_fault = self.made.iter().any(|choice| choice.is_fault());
        self.put_all_back().await?;
        if had_fault {
            self.recover().await?;
            self.put_all_back().await?;
        }
        Ok(())
    }

    async fn sequences(&mut self) -> Result<Vec<OwnSequence>, StepError> {
        let sequences = self.behind.site.sequences().await;
        sequences.map_err(|error| StepError::Database(error.to_string()))
    }

    fn advance_sequences(&mut self, by: &[(Arc<str>, i64)]) {
        self.behind.site.advance_sequences(by);
    }

    fn seats(&self) -> &[Seat] {
        &self.seats
    }

    async fn admit(&mut self, choice: Choice, events: &mut Vec<Event>) -> Result<(), StepError> {
        let moved = self.move_on(choice, events).await;
        self.behind.unless_ended(moved).await
    }

    /// What a program does between two statements is not known: every step counts as one
    /// that touches everything.
    async fn admit_and_look(
        &mut self,
        choice: Choice,
        events: &mut Vec<Event>,
    ) -> Result<Footprint, StepError> {
        self.admit(choice, events).await?;
        Ok(Footprint::EVERYTHING)
    }

    fn time_spent(&self) -> Option<TimeSpent> {
        Some(self.behind.meter.spent())
    }

    fn take_answers(&mut self) -> Vec<HttpAnswer> {
        self.behind.application.take_answers()
    }

    fn next_statement(&self, session: usize) -> Asked {
        match &self.floor.at[session] {
            Whereabouts::Parked(step) => words::asked(step),
            _ => {
                let request = self.behind.application.request(session);
                Asked {
                    short: request.clone(),
                    sql: request,
                    touch: None,
                }
            }
        }
    }

    async fn state(&mut self) -> Result<State, StepError> {
        let state = self.behind.site.state().await;
        state.map_err(|error| StepError::Database(error.to_string()))
    }

    async fn end(&mut self) -> Result<End, StepError> {
        self.behind.check_unanswered(&self.floor.told).await?;
        let ended = self.let_background_end().await;
        self.behind.unless_ended(ended).await?;
        let began = Instant::now();
        self.read_when = self.behind.proxy.at_rest();
        let state = self.state().await?;
        let outcomes = self.floor.told.iter();
        let outcome = outcomes.map(|told| told.as_ref().map_or(Outcome::NotStarted, |t| t.outcome));
        let mut end = End::of_shop(state, outcome.collect());
        let raised = (0..).zip(&self.floor.told).filter_map(|(session, told)| {
            let raised = told.as_ref()?.raised.clone()?;
            // An error is the right answer to a fault.
            let is_due = self.comings.is_cut(session as usize);
            (!is_due).then_some(Raised { session, ..raised })
        });
        end.raised = raised.collect();
        let took = self.floor.took_several.iter().enumerate();
        let took = took.filter(|(_, took)| **took).map(|(session, _)| session);
        end.several_rows = took.map(TookSeveral::of_a_program).collect();
        end.chosen_in_program = self.floor.turns.take();
        end.answers = compared(&self.case, &self.floor, &self.comings);
        end.real_time = self.comings.in_real_time();
        end.span = self.behind.site.span();
        let told = joined(&self.case, &self.floor, &self.behind.application);
        end.broken = self.behind.site.broken(&self.case, &told, &[]).await?;
        self.behind.meter.note(TimePart::Judging, began);
        Ok(end)
    }
}
