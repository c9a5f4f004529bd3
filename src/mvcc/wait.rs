//! Which session waits for which, when each is woken, and deadlocks.

use super::store::{Reached, Store};
use super::task::Errand;
use super::tuple_lock::{Place, Wait};
use crate::shop::Conflict;

/// A session that waits in a queue behind another that waits, too. PostgreSQL
/// calls it a soft edge of the graph of waits: changing the order of the queue
/// removes it (`src/backend/storage/lmgr/README`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Behind {
    place: Place,
    session: usize,
    front: usize,
}

impl Store {
    /// Puts a session to sleep, unless that closes a circle of waits: then it
    /// is the victim.
    ///
    /// PostgreSQL looks for a circle when a session has slept for its
    /// `deadlock_timeout`, so the session that falls asleep last finds it, if the
    /// others have slept that long already.
    pub(super) fn sleep(&mut self, session: usize, task: Errand, wait: Wait) -> Reached {
        if let Wait::Transaction(owner) = wait {
            self.sessions[owner.session].waiters.push(session);
        }
        let client = &mut self.sessions[session];
        client.task = Some(task);
        client.wait = Some(wait);
        if self.deadlocks(session) {
            self.leave_wait(session);
            return Reached::Failed(Conflict::Deadlock.into());
        }
        Reached::Asleep
    }

    /// Takes the turn in front of a version; false if the session has to queue
    /// for it, and stands in the queue now.
    pub(super) fn take_turn(
        &mut self,
        session: usize,
        place: Place,
        mode: super::row::Mode,
    ) -> bool {
        if self.sessions[session].next_at == Some(place) {
            return true;
        }
        debug_assert!(
            self.sessions[session].next_at.is_none(),
            "one turn at a time"
        );
        let granted = self.tuple_locks.acquire(place, session, mode);
        if granted {
            self.sessions[session].next_at = Some(place);
        }
        granted
    }

    /// Gives the turn to the next session; nothing if the session has none.
    pub(super) fn give_up_turn(&mut self, session: usize) {
        if let Some(place) = self.sessions[session].next_at.take() {
            let granted = self.tuple_locks.leave(place, session);
            self.granted(place, &granted);
        }
    }

    fn granted(&mut self, place: Place, sessions: &[usize]) {
        for &session in sessions {
            self.sessions[session].next_at = Some(place);
            self.wake(session);
        }
    }

    /// Wakes the sessions that wait for the end of the session's transaction.
    pub(super) fn wake_waiters(&mut self, session: usize) {
        for waiter in std::mem::take(&mut self.sessions[session].waiters) {
            self.wake(waiter);
        }
    }

    fn wake(&mut self, session: usize) {
        self.sessions[session].wait = None;
        self.ready.push_back(session);
    }

    fn leave_wait(&mut self, session: usize) {
        let client = &mut self.sessions[session];
        client.task = None;
        match client.wait.take() {
            Some(Wait::Transaction(owner)) => {
                let waiters = &mut self.sessions[owner.session].waiters;
                waiters.retain(|&waiter| waiter != session);
            }
            Some(Wait::Tuple(place)) => {
                let granted = self.tuple_locks.leave(place, session);
                self.granted(place, &granted);
            }
            None => {}
        }
    }

    /// Direct blockers, as `pg_blocking_pids` gives them: one transaction, or
    /// all in front of the session in the queue for a version. Ascending.
    pub(super) fn direct_blockers(&self, session: usize) -> Vec<usize> {
        let mut blockers = match self.sessions[session].wait {
            None => Vec::new(),
            Some(Wait::Transaction(owner)) => vec![owner.session],
            Some(Wait::Tuple(place)) => {
                let (mut holders, front) = self.tuple_locks.rivals(place, session);
                holders.extend(front);
                holders
            }
        };
        blockers.sort_unstable();
        blockers
    }

    /// Whether the session waits in a circle that no change of a queue's order
    /// opens. An order that opens it is adopted, as PostgreSQL does. It tries
    /// any combination of changes; here one at a time is enough, for a circle
    /// of so many queues needs more buyers than can be explored.
    fn deadlocks(&mut self, session: usize) -> bool {
        let mut path = Vec::new();
        if !self.closes_circle(session, session, &mut vec![session], &mut path) {
            return false;
        }
        for behind in path {
            let before = self.tuple_locks.clone();
            let granted = self
                .tuple_locks
                .jump(behind.place, behind.session, behind.front);
            let again = &mut Vec::new();
            if !self.closes_circle(session, session, &mut vec![session], again) {
                self.granted(behind.place, &granted);
                return false;
            }
            self.tuple_locks = before;
        }
        true
    }

    /// Looks for a way from `from` back to `start`; `path` then holds its soft
    /// edges. Hard edges first, as in PostgreSQL's `FindLockCycle`.
    fn closes_circle(
        &self,
        start: usize,
        from: usize,
        seen: &mut Vec<usize>,
        path: &mut Vec<Behind>,
    ) -> bool {
        let (hard, soft, place) = match self.sessions[from].wait {
            None => return false,
            Some(Wait::Transaction(owner)) => (vec![owner.session], Vec::new(), None),
            Some(Wait::Tuple(place)) => {
                let (hard, soft) = self.tuple_locks.rivals(place, from);
                (hard, soft, Some(place))
            }
        };
        let edges = hard.into_iter().map(|to| (to, None));
        let behind = soft.into_iter().filter_map(|front| {
            let session = from;
            place.map(|place| {
                (
                    front,
                    Some(Behind {
                        place,
                        session,
                        front,
                    }),
                )
            })
        });
        for (to, behind) in edges.chain(behind) {
            let is_new = !seen.contains(&to);
            if is_new {
                seen.push(to);
            }
            if to == start || (is_new && self.closes_circle(start, to, seen, path)) {
                path.extend(behind);
                return true;
            }
        }
        false
    }
}
