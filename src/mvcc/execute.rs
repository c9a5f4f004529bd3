//! One statement at a time, with all that it frees.

use std::collections::VecDeque;

use super::client::Standing;
use super::row::{Locker, Mode, RowVersion};
use super::store::{Shelf, Store};
use crate::event::Event;
use crate::statement::Statement;

impl Shelf {
    /// Which sessions have locked each version, and which one has replaced it.
    fn marks(&self) -> Vec<(Vec<Mark>, Option<Mark>)> {
        let marks = |version: &RowVersion| {
            let lock = |locker: &Locker| (locker.owner.session, locker.mode);
            let mut locks: Vec<_> = version.lockers.iter().map(lock).collect();
            locks.sort_unstable();
            let replaced = version.replaced.map(|r| (r.owner.session, r.mode));
            (locks, replaced)
        };
        self.versions.iter().map(marks).collect()
    }
}

/// A session, and how it holds a version.
type Mark = (usize, Mode);

/// Which of the woken sessions goes on next.
pub(super) type Pick = fn(&mut VecDeque<usize>) -> Option<usize>;

impl Store {
    /// Executes one statement; everything that it frees settles too. First the
    /// session's own event, then those of the sessions that it freed, in the
    /// order in which they were freed.
    ///
    /// # Panics
    /// If the session is blocked or does not exist, or BEGIN names an
    /// isolation level that is not supported.
    pub fn execute(&mut self, session: usize, statement: Statement) -> Vec<Event> {
        self.perform(session, &statement, VecDeque::pop_front)
    }

    /// Whether the statement frees sessions that race, so that PostgreSQL can
    /// answer otherwise than [`Store::execute`] (measured: on a busy machine
    /// the one that was woken last often wins). It takes two sessions that wait
    /// for a third without a queue between them: one of them has a weaker lock
    /// on the row already, or waits for a version that has come since, or
    /// their locks do not conflict until they meet on another row.
    ///
    /// One kind is not named here: in a queue at read committed, a session that finds its
    /// row replaced gives up its turn, and the next one can overtake it
    /// (measured: up to 5 in 100 schedules of three buyers).
    ///
    /// It compares first-come-first-served with the opposite order, and looks
    /// at replies, blockers, locks and the tables.
    ///
    /// # Panics
    /// As [`Store::execute`].
    #[must_use]
    pub fn is_race(&self, session: usize, statement: Statement) -> bool {
        let seen = |next: Pick| {
            let mut store = self.clone();
            let mut events = store.perform(session, &statement, next);
            events.retain(|event| matches!(event, Event::Replied { .. }));
            events.sort_by_key(|event| match event {
                Event::Replied { session, .. } | Event::Blocked { session, .. } => *session,
            });
            let sessions = 0..store.sessions.len();
            let blockers: Vec<_> = sessions.map(|s| store.direct_blockers(s)).collect();
            let marks: Vec<_> = store.rows.iter().map(Shelf::marks).collect();
            (events, blockers, marks, store.state())
        };
        let is_any_waiting = self.sessions.iter().any(|client| client.task.is_some());
        is_any_waiting && seen(VecDeque::pop_front) != seen(VecDeque::pop_back)
    }

    /// The connection is cut: like ROLLBACK, without a reply. The session can
    /// then be used again, as a new connection.
    ///
    /// # Panics
    /// If the session is blocked or does not exist.
    pub fn cut(&mut self, session: usize) -> Vec<Event> {
        self.assert_free(session);
        let mut events = Vec::new();
        self.abort(session, Standing::Idle);
        self.settle(VecDeque::pop_front, &mut events);
        events
    }

    /// The sessions that a blocked one waits for, ascending; none, if it is not
    /// blocked. Direct blockers, as `pg_blocking_pids` gives them: behind the
    /// first that waits for a row, those that come later wait for that waiter,
    /// not for the holder of the row (manual, 9.26; measured).
    #[must_use]
    pub fn blockers(&self, session: usize) -> Vec<usize> {
        self.direct_blockers(session)
    }

    fn perform(&mut self, session: usize, statement: &Statement, next: Pick) -> Vec<Event> {
        self.assert_free(session);
        let mut events = Vec::with_capacity(1);
        let outcome = self.admit(session, statement);
        self.conclude(session, outcome, &mut events);
        self.settle(next, &mut events);
        events
    }
}
