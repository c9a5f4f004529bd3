//! Why a statement was not carried out.

use std::fmt;

use super::server_message::ServerMessage;

/// What comes instead of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireFailure {
    /// The server refused the statement, and waits for the next one.
    Refused(Box<ServerMessage>),
    /// The connection is over: what was under way may be done or not.
    Lost {
        /// One line.
        reason: String,
        /// With what the server ended the session, if it said so.
        last_word: Option<Box<ServerMessage>>,
    },
    /// Nothing that this client does: one line says what. The connection goes on,
    /// but for one that was not yet open.
    Unsupported(String),
}

/// What comes of a call.
pub type WireResult<T> = Result<T, WireFailure>;

impl WireFailure {
    pub(super) fn lost(reason: impl Into<String>) -> Self {
        Self::Lost {
            reason: reason.into(),
            last_word: None,
        }
    }

    /// Of an error: whether the session is over decides which it is.
    pub(super) fn of(message: Box<ServerMessage>) -> Self {
        match message.severity.ends_session() {
            true => Self::Lost {
                reason: message.to_string(),
                last_word: Some(message),
            },
            false => Self::Refused(message),
        }
    }

    /// The five characters of the server, if it gave any.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Refused(message) => Some(&message.sqlstate),
            Self::Lost { last_word, .. } => last_word.as_ref().map(|m| m.sqlstate.as_str()),
            Self::Unsupported(_) => None,
        }
    }

    pub(super) const fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }
}

impl fmt::Display for WireFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(message) => message.fmt(f),
            Self::Lost { reason, .. } => f.write_str(reason),
            Self::Unsupported(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for WireFailure {}
