//! The queue in front of a version.
//!
//! A transaction that has to wait for a row first takes PostgreSQL's
//! heavyweight lock on that *version* of the row, and keeps it while it waits
//! for the transactions that hold the row; a later one waits for the
//! heavyweight lock. That makes waiters first come, first served, and it is
//! why `pg_blocking_pids` names the waiter in front and not the holder of the
//! row. PostgreSQL's `src/backend/access/heap/README.tuplock`.

use super::row::{Mode, Owner};

/// A session's claim to be next.
#[derive(Debug, Clone, Copy)]
struct Claim {
    session: usize,
    mode: Mode,
}

/// A version, by the index of its row and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) row: usize,
    pub(super) version: usize,
}

/// What a blocked session waits for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wait {
    /// The end of a transaction.
    Transaction(Owner),
    /// Its turn in front of a version.
    Tuple(Place),
}

#[derive(Debug, Clone)]
struct Queue {
    place: Place,
    /// Next in line; several if their modes do not conflict.
    holders: Vec<Claim>,
    /// First come, first.
    waiting: Vec<Claim>,
}

/// All queues that are not empty.
#[derive(Debug, Clone, Default)]
pub(super) struct TupleLocks {
    queues: Vec<Queue>,
}

impl TupleLocks {
    /// Takes the lock if neither a holder nor a claim in front conflicts;
    /// otherwise joins the queue and answers false.
    pub(super) fn acquire(&mut self, place: Place, session: usize, mode: Mode) -> bool {
        let claim = Claim { session, mode };
        let Some(queue) = self.queues.iter_mut().find(|queue| queue.place == place) else {
            self.queues.push(Queue {
                place,
                holders: vec![claim],
                waiting: Vec::new(),
            });
            return true;
        };
        let mut rivals = queue.holders.iter().chain(&queue.waiting);
        let free = !rivals.any(|rival| rival.mode.conflicts(mode));
        match free {
            true => queue.holders.push(claim),
            false => queue.waiting.push(claim),
        }
        free
    }

    /// Gives the lock back or leaves the queue; answers which sessions hold it now, in
    /// the order of the queue.
    pub(super) fn leave(&mut self, place: Place, session: usize) -> Vec<usize> {
        let at = self.queues.iter().position(|queue| queue.place == place);
        let at = at.expect("a session leaves a queue that it stands in");
        let queue = &mut self.queues[at];
        queue.holders.retain(|claim| claim.session != session);
        queue.waiting.retain(|claim| claim.session != session);
        let granted = queue.grant();
        if queue.holders.is_empty() {
            self.queues.swap_remove(at);
        }
        granted
    }

    /// What keeps a waiting session from the lock: sessions that hold it, and those
    /// that stand in front in the queue. None, if it does not wait there.
    pub(super) fn rivals(&self, place: Place, session: usize) -> (Vec<usize>, Vec<usize>) {
        let at = |queue: &Queue| queue.waiting.iter().position(|c| c.session == session);
        let queue = self.queues.iter().find(|queue| queue.place == place);
        let Some((queue, at)) = queue.and_then(|queue| Some((queue, at(queue)?))) else {
            return (Vec::new(), Vec::new());
        };
        let mode = queue.waiting[at].mode;
        let rivals = |claims: &[Claim]| {
            let rivals = claims.iter().filter(|claim| claim.mode.conflicts(mode));
            rivals.map(|claim| claim.session).collect()
        };
        (rivals(&queue.holders), rivals(&queue.waiting[..at]))
    }

    /// Puts one waiting session in front of another; answers which sessions hold the
    /// lock now.
    pub(super) fn jump(&mut self, place: Place, session: usize, before: usize) -> Vec<usize> {
        let queue = self.queues.iter_mut().find(|queue| queue.place == place);
        let queue = queue.expect("a session waits in a queue");
        let at = |session| queue.waiting.iter().position(|c| c.session == session);
        if let (Some(from), Some(to)) = (at(session), at(before)) {
            queue.waiting[to..=from].rotate_right(1);
        }
        queue.grant()
    }
}

impl Queue {
    /// Grants what conflicts neither with a holder nor with a claim in front.
    fn grant(&mut self) -> Vec<usize> {
        let mut granted = Vec::new();
        let mut at = 0;
        while let Some(&claim) = self.waiting.get(at) {
            let mut rivals = self.holders.iter().chain(&self.waiting[..at]);
            if rivals.any(|rival| rival.mode.conflicts(claim.mode)) {
                at += 1;
                continue;
            }
            self.waiting.remove(at);
            self.holders.push(claim);
            granted.push(claim.session);
        }
        granted
    }
}
