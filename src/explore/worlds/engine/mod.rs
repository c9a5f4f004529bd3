//! The world of a real PostgreSQL, one statement at a time.
//!
//! A statement that may wait is sent while another connection asks the server
//! which session waits for which: it has settled when it has been answered, or when the
//! server says that it waits for a session that will not move by itself.

mod deadlock;
mod examine;
mod line;
mod site;
mod waiters;

use std::sync::Arc;
use std::time::Duration;

use crate::database::{Backend, Connection, Holdings, OwnSequence, Server};
use crate::effect::Kind;
use crate::event::Event;
use crate::explore::arena::{Asked, StepError};
use crate::explore::case::Case;
use crate::explore::worlds::world::{Examined, World};
use crate::oracle::serial::WallSpan;
use crate::oracle::{Broken, EffectSeen, StepTold};
use crate::statement::Statement;
use crate::subject;
use crate::value::State;

pub use site::{OwnSite, SeenBehind, Site};

use deadlock::in_sessions;
pub(in crate::explore::worlds) use deadlock::{Lookout, has_circle};
use examine::examine;
use line::{
    Wire, any_reply, database, look_for_deadlocks, may_have_freed, release, replied, roll_back_all,
    watch,
};
use waiters::Waiters;

/// Poll `pg_blocking_pids` at most so many times back to back, then pause between
/// polls: without the pause the polling connection starves the backends that it
/// polls (measured: runnable for 80 s on two cores).
const LOOKS_AT_ONCE: u32 = 4;
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// A schema of its own on a real server, and the sessions that are stepped.
pub struct EngineWorld {
    site: Site,
    case: Arc<Case>,
    lines: Vec<Wire>,
    backends: Vec<Backend>,
    /// The sessions that each session was last seen waiting for.
    blocked_by: Vec<Vec<usize>>,
    /// Sessions that are inside a transaction.
    is_open: Vec<bool>,
    /// Sessions whose transaction holds a lock that another could wait for.
    holds: Vec<bool>,
    /// `SELECT ... FOR UPDATE` has been seen: then a foreign-key check may
    /// wait.
    locks_rows: bool,
    /// Statements are only text: an error behind a savepoint leaves a session its locks.
    is_text: bool,
    /// A check of the tables may be put off until then.
    commit_may_wait: bool,
    lookout: Lookout,
    waiters: Waiters,
    resets: u32,
}

impl EngineWorld {
    /// Lays out tables in a new schema, and opens the sessions.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn open(server: Server, name: String, case: Arc<Case>) -> Result<Self, StepError> {
        let site = Site::lay_out(server, name, &case).await;
        Self::on(site.map_err(database)?, case).await
    }

    /// Opens the sessions on tables that are there.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn on(mut site: Site, case: Arc<Case>) -> Result<Self, StepError> {
        let is_text = subject::is_text(case.terms.cell.subject);
        let commit_may_wait = is_text && site.know_relations().await.map_err(database)?;
        let mut world = Self {
            lines: Vec::new(),
            backends: Vec::new(),
            is_open: vec![false; case.carts.len()],
            holds: vec![false; case.carts.len()],
            blocked_by: vec![Vec::new(); case.carts.len()],
            locks_rows: false,
            is_text,
            commit_may_wait,
            lookout: Lookout::new(case.carts.len(), site.rows(&case)),
            waiters: Waiters::default(),
            resets: 0,
            site,
            case,
        };
        for session in 0..world.case.carts.len() {
            let connection = world.connect(session).await?;
            world.lines.push(Wire::Idle(connection));
        }
        Ok(world)
    }

    /// Whether the session that closes a deadlock is always the one that is
    /// ended: an ordinary role may not set `deadlock_timeout`.
    #[must_use]
    pub const fn victims_are_fixed(&self) -> bool {
        self.lookout.is_allowed()
    }

    async fn connect(&mut self, session: usize) -> Result<Connection, StepError> {
        let mut connection = self.site.connect(&self.case).await.map_err(database)?;
        let timeout_ms = self.lookout.timeout_ms();
        let could_set = connection.prepare_for_stepping(timeout_ms).await;
        self.lookout.note_permission(could_set.map_err(database)?);
        self.site.warm_up(&mut connection, &self.case).await?;
        let backend = connection.backend();
        match self.backends.get_mut(session) {
            Some(known) => *known = backend,
            None => self.backends.push(backend),
        }
        Ok(connection)
    }

    fn send(&mut self, session: usize, statement: Statement) {
        self.note_sent(session, statement.effect().kind);
        self.lines[session].send(statement);
    }

    fn note_sent(&mut self, session: usize, kind: Kind) {
        self.site.note_statement();
        self.is_open[session] = (self.is_open[session] || kind == Kind::Begin) && !kind.ends();
    }

    fn is_running(&self, session: usize) -> bool {
        matches!(self.lines[session], Wire::Running(_))
    }

    fn running(&self) -> Vec<usize> {
        (0..self.lines.len())
            .filter(|&s| self.is_running(s))
            .collect()
    }

    /// Whether the statement could meet a lock of another session.
    fn may_block(&self, session: usize, kind: Kind) -> bool {
        let others_hold = (0..self.holds.len()).any(|other| other != session && self.holds[other]);
        let commit_may_wait = kind == Kind::Commit && self.commit_may_wait;
        others_hold && (commit_may_wait || kind.may_wait(self.locks_rows))
    }

    /// Sees to it that the session that closes a circle of waits is the one that is
    /// ended for it.
    async fn prepare_for_deadlock(
        &mut self,
        session: usize,
        may_block: bool,
    ) -> Result<(), StepError> {
        let is_awaited = self.blocked_by.iter().any(|by| by.contains(&session));
        if !is_awaited {
            return Ok(());
        }
        self.lookout.let_waiters_look().await;
        if may_block
            && self.lookout.must_look_at_once()
            && let Wire::Idle(connection) = &mut self.lines[session]
        {
            let set = connection.look_for_deadlocks_at_once().await;
            set.map_err(database)?;
        }
        Ok(())
    }

    /// Waits until every statement that is with the server is answered or
    /// waits for a session that does not move by itself.
    async fn settle(&mut self, events: &mut Vec<Event>) -> Result<(), StepError> {
        let mut before = None;
        for look in 0_u32.. {
            if look >= LOOKS_AT_ONCE {
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
            let running = self.running();
            if running.is_empty() {
                return Ok(());
            }
            let pids: Vec<i32> = running.iter().map(|&s| self.backends[s].pid).collect();
            let waits = watch(&mut self.lines, events, self.site.blockers(&pids)).await;
            let waits = in_sessions(&self.backends, &waits.map_err(database)?);
            let at_rest = |s: &usize| {
                waits
                    .iter()
                    .any(|(waiter, by)| waiter == s && !by.is_empty())
            };
            let settled =
                self.running() == running && running.iter().all(at_rest) && !has_circle(&waits);
            // The same twice: the server looks at one backend after the other.
            if settled && (running.len() == 1 || before.as_ref() == Some(&waits)) {
                self.note_blocked(&waits, events);
                return Ok(());
            }
            before = settled.then_some(waits);
        }
        unreachable!("looks have no end")
    }

    /// Tells which sessions wait, where that is news.
    fn note_blocked(&mut self, waits: &[(usize, Vec<usize>)], events: &mut Vec<Event>) {
        for (session, by) in waits {
            let mut by = by.clone();
            by.sort_unstable();
            if self.is_running(*session) && self.blocked_by[*session] != by {
                self.blocked_by[*session].clone_from(&by);
                events.push(Event::Blocked {
                    session: *session,
                    by,
                });
            }
        }
    }

    /// Notes which sessions hold locks now, by the replies.
    fn note_locks(&mut self, kind: Kind, session: usize, events: &[Event]) {
        for event in events {
            let Event::Replied { session: of, reply } = event else {
                continue;
            };
            let ends = *of == session && kind.ends();
            let takes = *of != session || kind.may_lock();
            self.blocked_by[*of].clear();
            let may_hold = reply.is_ok() || self.is_text;
            self.holds[*of] = may_hold && !ends && (takes || self.holds[*of]);
        }
        self.locks_rows |= kind.may_exclude();
    }
}

impl World for EngineWorld {
    async fn reset(&mut self) -> Result<(), StepError> {
        roll_back_all(&mut self.lines, &mut self.is_open).await;
        for session in 0..self.lines.len() {
            if matches!(self.lines[session], Wire::Cut) {
                let connection = self.connect(session).await?;
                self.lines[session] = Wire::Idle(connection);
            }
        }
        self.forget_sessions().await?;
        self.resets += 1;
        self.site.vacuum(self.resets).await.map_err(database)?;
        self.holds.fill(false);
        self.blocked_by.iter_mut().for_each(Vec::clear);
        self.lookout.reset();
        self.site.put_back(&self.case).await.map_err(database)
    }

    async fn execute(
        &mut self,
        session: usize,
        statement: Statement,
        events: &mut Vec<Event>,
    ) -> Result<(), StepError> {
        let others_wait = !self.running().is_empty();
        let kind = statement.effect().kind;
        let (mut may_block, ends) = (self.may_block(session, kind), kind.ends());
        if may_block || ends {
            self.prepare_for_deadlock(session, may_block).await?;
        }
        let text = statement.as_text().map(|text| Arc::clone(&text.sql));
        self.send(session, statement);
        let is_unknown = may_block;
        if let Some(time) = self.waiters.asked_after(may_block, text.as_ref()) {
            let answer = replied(&mut self.lines, session, events);
            may_block = tokio::time::timeout(time, answer).await.is_err();
        }
        if may_block || (others_wait && (is_unknown || may_have_freed(kind, session, events))) {
            self.settle(events).await?;
        }
        self.waiters.note(text.filter(|_| self.is_running(session)));
        self.lookout.note(session, ends, events)?;
        self.note_locks(kind, session, events);
        Ok(())
    }

    async fn cut(&mut self, session: usize, events: &mut Vec<Event>) -> Result<(), StepError> {
        self.lookout.let_waiters_look().await;
        self.hang_up(session).await?;
        self.is_open[session] = false;
        self.holds[session] = false;
        self.settle(events).await?;
        self.lookout.note(session, true, events)?;
        self.note_locks(Kind::Rollback, session, events);
        Ok(())
    }

    async fn held(&mut self, session: usize) -> Result<Holdings, StepError> {
        let held = self.site.held(self.backends[session]).await;
        held.map_err(database)
    }

    async fn state(&mut self) -> Result<State, StepError> {
        self.site.state().await.map_err(database)
    }

    async fn broken(
        &mut self,
        told: &[StepTold],
        effects: &[EffectSeen],
    ) -> Result<Vec<Broken>, StepError> {
        self.site.broken(&self.case, told, effects).await
    }

    async fn seen(&mut self, session: usize) -> Result<Option<State>, StepError> {
        match &mut self.lines[session] {
            Wire::Idle(connection) => self.site.seen_by(connection).await.map_err(database),
            Wire::Running(_) | Wire::Cut => Ok(None),
        }
    }

    async fn left(&mut self, session: usize) -> Result<Vec<String>, StepError> {
        match self.is_open[session] {
            true => Ok(Vec::new()),
            false => self.lines[session].forget(true).await.map_err(database),
        }
    }

    async fn sequences(&mut self) -> Result<Vec<OwnSequence>, StepError> {
        self.site.sequences().await.map_err(database)
    }

    fn advance_sequences(&mut self, by: &[(Arc<str>, i64)]) {
        self.site.advance_sequences(by);
    }

    fn span(&self) -> WallSpan {
        self.site.span()
    }

    async fn examine(&mut self, at: usize, statement: Statement) -> Result<Examined, StepError> {
        self.site.note_statement();
        examine(&mut self.lines[at], &mut self.site, &self.case, statement).await
    }

    async fn look_for_deadlocks(&mut self) -> Result<(), StepError> {
        look_for_deadlocks(&mut self.lines, &self.lookout).await
    }

    async fn release(
        &mut self,
        sent: Vec<(usize, Statement, Duration)>,
        events: &mut Vec<Event>,
    ) -> Result<(), StepError> {
        for (session, statement, _) in &sent {
            self.note_sent(*session, statement.effect().kind);
        }
        release(&mut self.lines, sent, events).await;
        Ok(())
    }

    async fn answers(&mut self, events: &mut Vec<Event>) {
        any_reply(&mut self.lines, events).await;
    }

    fn in_words(&self, statement: &Statement) -> Asked {
        Asked {
            sql: self.site.engine().in_full(statement),
            short: self.site.engine().in_words(statement),
            touch: statement.touch(),
        }
    }
}

impl EngineWorld {
    /// Makes each session as a new one: a script may have left settings, locks or temporary
    /// tables in it.
    async fn forget_sessions(&mut self) -> Result<(), StepError> {
        if !self.site.forgets_sessions(&self.case) {
            return Ok(());
        }
        for line in &mut self.lines {
            line.forget(false).await.map_err(database)?;
        }
        Ok(())
    }

    /// Ends the session's server process and waits until it is gone, with its
    /// locks.
    async fn hang_up(&mut self, session: usize) -> Result<(), StepError> {
        let line = std::mem::replace(&mut self.lines[session], Wire::Cut);
        let Wire::Idle(connection) = line else {
            panic!("session {session} is not idle");
        };
        let backend = connection.backend();
        self.site.terminate(backend).await.map_err(database)?;
        drop(connection);
        self.site.see_out(backend).await
    }
}
