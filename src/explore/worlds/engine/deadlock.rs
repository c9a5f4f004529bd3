//! Deadlocks whose victim is always the session that closed the circle.
//!
//! A backend looks for a circle of waits once, when it has waited for its
//! `deadlock_timeout`, and ends itself if it stands in one. Two sessions are
//! plainly told apart: the one that is awaited closes the circle if it waits in
//! turn, so only that one is given a short timeout, just before it may wait. Of
//! three or more, a session that was freed can close a circle as well: there
//! every session looks soon, and none moves before the last one to fall asleep
//! has looked. That pause is longer than most steps, and most schedules have no
//! deadlock: it is left out until the first one comes, which is not believed but
//! run again.

use std::time::{Duration, Instant};

use crate::database::Backend;
use crate::event::Event;
use crate::explore::arena::StepError;
use crate::session;
use crate::shop::Conflict;

/// When every session is to look soon.
const SOON_MS: u32 = 2;

/// A busy machine delivers a timer late. Later than this, and the server may
/// choose another victim, which is noticed.
const HAS_LOOKED: Duration = Duration::from_millis(4 * SOON_MS as u64);

/// When no session is to look unless it is told to: later than any step takes, but
/// no step is stuck for ever.
const LATE_MS: u32 = 10_000;

/// Which session looks for deadlocks, and when.
pub(in crate::explore::worlds) struct Lookout {
    /// Two products are what a deadlock takes.
    is_possible: bool,
    all_look: bool,
    /// Whether the role may set `deadlock_timeout`.
    is_allowed: bool,
    /// Whether a deadlock has come, so that those that follow must be certain.
    is_patient: bool,
    /// When a session may last have fallen asleep.
    last_block: Option<Instant>,
}

impl Lookout {
    pub(in crate::explore::worlds) const fn new(sessions: usize, products: usize) -> Self {
        Self {
            is_possible: products > 1,
            all_look: sessions > 2,
            is_allowed: true,
            is_patient: false,
            last_block: None,
        }
    }

    /// Where every session looks soon, and any number of rows may be locked: sessions whose
    /// `deadlock_timeout` is not this program's to set from one step to the next.
    pub(in crate::explore::worlds) const fn all_look() -> Self {
        Self {
            is_possible: true,
            all_look: true,
            is_allowed: true,
            is_patient: false,
            last_block: None,
        }
    }

    pub(in crate::explore::worlds) const fn reset(&mut self) {
        self.last_block = None;
    }

    /// The `deadlock_timeout` that sessions begin with.
    pub(in crate::explore::worlds) const fn timeout_ms(&self) -> u32 {
        match self.all_look {
            true => SOON_MS,
            false => LATE_MS,
        }
    }

    pub(in crate::explore::worlds) const fn is_allowed(&self) -> bool {
        self.is_allowed
    }

    pub(in crate::explore::worlds) const fn note_permission(&mut self, is_allowed: bool) {
        self.is_allowed &= is_allowed;
    }

    /// Whether a session that is awaited, and may wait now, is to be told to
    /// look.
    pub(in crate::explore::worlds) const fn must_look_at_once(&self) -> bool {
        self.is_possible && self.is_allowed && !self.all_look
    }

    /// Waits until every session that waits has looked and found nothing, where deadlocks come.
    pub(in crate::explore::worlds) async fn let_waiters_look(&self) {
        if !(self.must_wait_for_looks() && self.is_patient) {
            return;
        }
        if let Some(blocked_at) = self.last_block {
            tokio::time::sleep(HAS_LOOKED.saturating_sub(blocked_at.elapsed())).await;
        }
    }

    const fn must_wait_for_looks(&self) -> bool {
        self.is_possible && self.is_allowed && self.all_look
    }

    /// Notes what a step of `session` led to; `ended` says that the step was
    /// the end of its transaction.
    ///
    /// # Errors
    /// [`StepError::OtherVictim`] if the session closed a circle and another one
    /// was ended for it. A session that the step freed may well close a circle
    /// and be ended. The same of the first deadlock that comes before sessions
    /// are given the time to look: its victim is a matter of time.
    pub(in crate::explore::worlds) fn note(
        &mut self,
        session: usize,
        ended: bool,
        events: &[Event],
    ) -> Result<(), StepError> {
        let failed = |event: &Event| {
            event.session() == session && matches!(event, Event::Replied { reply: Err(_), .. })
        };
        let frees = ended || events.iter().any(failed);
        // A freed session may fall asleep again for the same session.
        if frees || events.iter().any(|e| matches!(e, Event::Blocked { .. })) {
            self.last_block = Some(Instant::now());
        }
        if self.must_wait_for_looks() && !self.is_patient && events.iter().any(is_deadlock) {
            self.is_patient = true;
            return Err(StepError::OtherVictim);
        }
        let is_other = |event: &Event| is_deadlock(event) && event.session() != session;
        match self.is_allowed && !frees && events.iter().any(is_other) {
            true => Err(StepError::OtherVictim),
            false => Ok(()),
        }
    }
}

fn is_deadlock(event: &Event) -> bool {
    let deadlock = session::Error::Conflict(Conflict::Deadlock);
    matches!(event, Event::Replied { reply: Err(error), .. } if *error == deadlock)
}

/// Whether sessions wait for each other in a circle, which the server is about
/// to break.
pub(in crate::explore::worlds) fn has_circle(waits: &[(usize, Vec<usize>)]) -> bool {
    let blockers = |session: usize| {
        let of = waits.iter().find(|(waiter, _)| *waiter == session);
        of.map_or(&[][..], |(_, by)| by.as_slice())
    };
    waits.iter().any(|(start, _)| {
        let mut reached = vec![*start];
        let mut next = 0;
        while next < reached.len() {
            for &by in blockers(reached[next]) {
                if by == *start {
                    return true;
                }
                if !reached.contains(&by) {
                    reached.push(by);
                }
            }
            next += 1;
        }
        false
    })
}

/// Which session waits for which, by the server processes of all sessions.
pub(super) fn in_sessions(
    backends: &[Backend],
    waits: &[(i32, Vec<i32>)],
) -> Vec<(usize, Vec<usize>)> {
    let session = |pid: &i32| backends.iter().position(|backend| backend.pid == *pid);
    let wait = |(pid, by): &(i32, Vec<i32>)| {
        Some((session(pid)?, by.iter().filter_map(session).collect()))
    };
    waits.iter().filter_map(wait).collect()
}
