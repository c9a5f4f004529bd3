//! What one statement sets off.

use crate::session::Result;
use crate::statement::Reply;

/// What became of a session's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It was answered.
    Replied {
        /// The session, by its index.
        session: usize,
        /// As a connection to PostgreSQL would answer.
        reply: Result<Reply>,
    },
    /// It waits. A session that is woken and has to wait for other sessions
    /// than before says so again.
    Blocked {
        /// The session, by its index.
        session: usize,
        /// Direct blockers, as `pg_blocking_pids` gives them, ascending.
        by: Vec<usize>,
    },
}

impl Event {
    /// The session that it concerns, by its index.
    #[must_use]
    pub const fn session(&self) -> usize {
        match self {
            Self::Replied { session, .. } | Self::Blocked { session, .. } => *session,
        }
    }
}

/// Whether the session's own statement was answered without an error.
#[must_use]
pub fn has_succeeded(session: usize, events: &[Event]) -> bool {
    let mut own = events.iter().filter(|event| event.session() == session);
    own.any(|event| matches!(event, Event::Replied { reply: Ok(_), .. }))
}
