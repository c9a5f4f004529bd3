//! Sessions that are released together, and run from there as fast as the server answers.

use std::time::{Duration, Instant};

use super::buyer::Parked;
use super::gate::Gate;
use super::world::World;
use crate::event::Event;
use crate::explore::arena::{Arena, Seat, StepError};
use crate::explore::release::{FreeRun, FreeStep, OnTheWay, Release};
use crate::explore::schedule::Choice;
use crate::statement::Statement;

/// What each session has with the server.
type Sent = Vec<Option<OnTheWay>>;

impl<W: World> Gate<W> {
    /// Leads each session to where it waits, one after the other, sends what they are parked
    /// with, and then whatever follows, until all are done.
    pub(super) async fn let_go(&mut self, release: &Release) -> Result<FreeRun, StepError> {
        let mut run = FreeRun::default();
        let mut sent: Sent = vec![None; self.seats.len()];
        for &session in &release.order {
            self.lead(session, release, &mut sent, &mut run).await?;
        }
        let mut events = Vec::new();
        self.open_all(&sent, &mut events).await?;
        let released = self.released(release, &mut sent, &mut run);
        self.world.release(released, &mut events).await?;
        let began = Instant::now();
        loop {
            for event in std::mem::take(&mut events) {
                let sent_before = sent[event.session()].as_ref();
                if sent_before.is_some_and(|sent| sent.is_released) {
                    run.took = began.elapsed();
                }
                self.take(&event, &mut sent, &mut run);
            }
            self.send_on(&mut sent, &mut run, &mut events).await?;
            if !events.is_empty() {
                continue;
            }
            if sent.iter().all(Option::is_none) {
                break;
            }
            self.world.answers(&mut events).await;
        }
        self.look_around(&[]);
        Ok(run)
    }

    /// Steps a session to where it waits. Where it comes to wait for another one on the way, its
    /// statement stays with the server.
    async fn lead(
        &mut self,
        session: usize,
        release: &Release,
        sent: &mut Sent,
        run: &mut FreeRun,
    ) -> Result<(), StepError> {
        let mut events = Vec::new();
        while self.seats[session] == Seat::Parked {
            if release.has_arrived(session, self.parked(session).line()) {
                run.met += usize::from(release.waits_at[session].is_some());
                return Ok(());
            }
            sent[session] = Some(self.on_the_way(session));
            self.admit(Choice::Step(session), &mut events).await?;
            events.iter().for_each(|event| note(event, sent, run));
        }
        Ok(())
    }

    /// Opens the transactions that belong to the statements that the sessions are parked with:
    /// that is no race.
    async fn open_all(
        &mut self,
        sent: &[Option<OnTheWay>],
        events: &mut Vec<Event>,
    ) -> Result<(), StepError> {
        for session in idle(sent) {
            let parked = self.buyers[session].asked.as_mut();
            if let Some(level) = parked.and_then(|parked| parked.opens.take()) {
                let begin = Statement::Begin(level);
                self.world.execute(session, begin, events).await?;
                events.clear();
            }
        }
        Ok(())
    }

    /// What is sent together.
    fn released(
        &mut self,
        release: &Release,
        sent: &mut Sent,
        run: &mut FreeRun,
    ) -> Vec<(usize, Statement, Duration)> {
        let mut released = Vec::new();
        for session in idle(sent) {
            self.have_effects(session, run);
            let Some(parked) = self.buyers[session].asked.clone() else {
                continue;
            };
            let on_the_way = self.on_the_way(session);
            sent[session] = Some(OnTheWay {
                is_released: true,
                ..on_the_way
            });
            released.push((session, parked.statement, release.later[session]));
        }
        released
    }

    /// Sends what sessions ask next, each at once.
    async fn send_on(
        &mut self,
        sent: &mut Sent,
        run: &mut FreeRun,
        events: &mut Vec<Event>,
    ) -> Result<(), StepError> {
        for session in idle(sent) {
            self.have_effects(session, run);
            let on_the_way = match &self.buyers[session].asked {
                None => continue,
                Some(_) => self.on_the_way(session),
            };
            let parked = self.buyers[session].asked.as_mut();
            let Some(Parked {
                statement, opens, ..
            }) = parked
            else {
                continue;
            };
            let opens = opens.take();
            let is_begin = opens.is_some();
            let statement = opens.map_or_else(|| statement.clone(), Statement::Begin);
            sent[session] = Some(OnTheWay {
                is_begin,
                ..on_the_way
            });
            let at_once = vec![(session, statement, Duration::ZERO)];
            self.world.release(at_once, events).await?;
        }
        Ok(())
    }

    /// Takes in what happens outside the database, which no server answers.
    fn have_effects(&mut self, session: usize, run: &mut FreeRun) {
        while let Some(parked) = &self.buyers[session].asked {
            let Some(reply) = self.effect_of(session, &parked.statement.clone()) else {
                return;
            };
            let on_the_way = self.on_the_way(session);
            let mut sent: Sent = vec![None; session + 1];
            sent[session] = Some(on_the_way);
            let event = Event::Replied { session, reply };
            self.take(&event, &mut sent, run);
        }
    }

    /// Hands an answer to its session.
    fn take(&mut self, event: &Event, sent: &mut Sent, run: &mut FreeRun) {
        let session = event.session();
        let is_begin = sent[session].as_ref().is_some_and(|sent| sent.is_begin);
        let Event::Replied { reply, .. } = event else {
            return;
        };
        if is_begin && reply.is_ok() {
            sent[session] = None;
            return;
        }
        note(event, sent, run);
        self.hand_over(event);
    }

    fn on_the_way(&self, session: usize) -> OnTheWay {
        let asked = self.next_statement(session);
        OnTheWay {
            sql: asked.sql,
            short: asked.short,
            is_released: false,
            is_begin: false,
        }
    }
}

/// The sessions that have nothing with the server.
fn idle(sent: &[Option<OnTheWay>]) -> Vec<usize> {
    let sessions = sent.iter().enumerate().filter(|(_, sent)| sent.is_none());
    sessions.map(|(session, _)| session).collect()
}

/// Keeps an answer with what it answers.
fn note(event: &Event, sent: &mut Sent, run: &mut FreeRun) {
    let session = event.session();
    if let Event::Replied { reply, .. } = event
        && let Some(sent) = sent[session].take()
    {
        run.steps.push(FreeStep {
            session,
            sql: sent.sql,
            short: sent.short,
            reply: reply.clone(),
        });
    }
}
