//! Sessions that are released at the same time: each is led to a statement, and from there on
//! the server alone decides which comes when.

use std::time::Duration;

use crate::session;
use crate::statement::Reply;

/// A statement of a session that took several rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TookSeveral {
    /// The session, from 0.
    pub session: u32,
    /// The line of the statement in the session's script, from 1; 0 where the session is no
    /// script.
    pub line: u32,
}

impl TookSeveral {
    /// Of a session whose statements a program sends: they cannot be released by their line.
    #[must_use]
    pub fn of_a_program(session: usize) -> Self {
        Self {
            session: u32::try_from(session).unwrap_or(u32::MAX),
            line: 0,
        }
    }
}

/// Where sessions wait for each other, and how they leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// In which sequence the sessions are led to where they wait.
    pub order: Vec<usize>,
    /// The line of the statement before which each session waits; `None`: before its first.
    pub waits_at: Vec<Option<u32>>,
    /// How long after the first each session's statement is sent.
    pub later: Vec<Duration>,
}

impl Release {
    /// Whether a session has come to where it waits.
    #[must_use]
    pub fn has_arrived(&self, session: usize, next_line: Option<u32>) -> bool {
        let waits_at = self.waits_at[session];
        waits_at.is_none() || waits_at == next_line
    }
}

/// A statement of a session that was released, with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeStep {
    /// The session.
    pub session: usize,
    /// What was sent, with its values in place of parameters.
    pub sql: String,
    /// The same in few words, where it is long.
    pub short: String,
    /// The answer.
    pub reply: session::Result<Reply>,
}

/// What came of one release.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FreeRun {
    /// In the sequence of the answers.
    pub steps: Vec<FreeStep>,
    /// So many sessions waited at a line that was named, side by side.
    pub met: usize,
    /// How long the slowest of the statements took that were released together.
    pub took: Duration,
}

/// A statement that is with the server.
#[derive(Debug, Clone)]
pub struct OnTheWay {
    /// What it is to a reader.
    pub sql: String,
    /// The same in few words.
    pub short: String,
    /// Whether it is one of those that were released together.
    pub is_released: bool,
    /// It only opens the transaction of the session's next statement.
    pub is_begin: bool,
}
