//! What goes wrong around a run, outside any attempt.

use sqlx::postgres::{PgDatabaseError, PgSeverity};
use thiserror::Error;

/// Why something around the run, outside any attempt, failed.
#[derive(Debug, Error)]
pub enum Error {
    /// The URL of the server does not parse.
    #[error("the database URL cannot be read: {0}")]
    Url(String),
    /// No connection could be opened.
    #[error("cannot connect to {server}: {reason}")]
    Connect {
        /// The server, without a password.
        server: String,
        /// The driver's or the server's message.
        reason: String,
    },
    /// The server has not answered for as long as the patience lasts.
    #[error("{server} does not answer: {reason}; --patience says how long to wait")]
    NoAnswer {
        /// The server, without a password.
        server: String,
        /// For how long it was waited for.
        reason: String,
    },
    /// Not a server, but a pooler that shares out server connections by
    /// transaction or statement.
    #[error(
        "{server} is a connection pooler in transaction or statement mode ({why}): \
         name the server itself in --database-url, or a pool in session mode"
    )]
    Pooler {
        /// The address, without a password.
        server: String,
        /// How that was seen.
        why: String,
    },
    /// The server starts, recovers from a crash or stops (SQLSTATE 57P03).
    #[error("cannot connect to {server}: {reason}")]
    NotReady {
        /// The server, without a password.
        server: String,
        /// The server's message.
        reason: String,
    },
    /// The server has no room for another connection (SQLSTATE 53300).
    #[error(
        "{server} has no room for {wanted} connections ({reason}): \
         lower --connections or raise max_connections"
    )]
    TooManyConnections {
        /// The server, without a password.
        server: String,
        /// How many the run needs.
        wanted: usize,
        /// The server's message.
        reason: String,
    },
    /// The role may not create schemas (SQLSTATE 42501).
    #[error(
        "role \"{role}\" may not create a schema in database \"{database}\" ({reason}): \
         GRANT CREATE ON DATABASE \"{database}\" TO \"{role}\", or use another --database-url"
    )]
    MayNotCreateSchema {
        /// The role of the connection.
        role: String,
        /// Its database.
        database: String,
        /// The server's message.
        reason: String,
    },
    /// The server refused, or the connection broke.
    #[error("cannot {what}: {reason}")]
    Query {
        /// What was being done, as a verb phrase.
        what: &'static str,
        /// The driver's or the server's message.
        reason: String,
        /// Whether the server said no, and the connection lives on.
        is_refusal: bool,
    },
}

impl Error {
    /// Whether the server was asked and said no: then what was asked for has not
    /// happened, and will not.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Query { is_refusal, .. } => *is_refusal,
            Self::Url(_) | Self::MayNotCreateSchema { .. } | Self::Pooler { .. } => true,
            Self::TooManyConnections { .. } => true,
            Self::Connect { .. } | Self::NoAnswer { .. } | Self::NotReady { .. } => false,
        }
    }

    /// Whether asking again may help: not a server that was given up, nor what is
    /// no server.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        !matches!(
            self,
            Self::NoAnswer { .. } | Self::Pooler { .. } | Self::Url(_)
        )
    }
}

/// Whether an error leaves its connection alive. The server ends the session after
/// FATAL, and all sessions after PANIC, whatever the SQLSTATE (PostgreSQL's manual,
/// table "Message Severity Levels"): what it was doing may be done or not. A full
/// disk under the write-ahead log, for one, is PANIC 53100 in answer to a COMMIT
/// that other sessions may have made durable.
pub(super) fn leaves_connection(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    let error = error.and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    error.is_some_and(|e| !matches!(e.severity(), PgSeverity::Fatal | PgSeverity::Panic))
}

/// The SQLSTATE of a driver error, or empty.
pub(super) fn sqlstate(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .map(|code| code.into_owned())
        .unwrap_or_default()
}

/// A driver error as one line: the server's message with its SQLSTATE, or the
/// driver's own.
pub(super) fn reason(error: &sqlx::Error) -> String {
    match error.as_database_error() {
        Some(database) => format!("{} (SQLSTATE {})", database.message(), sqlstate(error)),
        None => match error {
            // Without "error communicating with database" before it.
            sqlx::Error::Io(error) => error.to_string(),
            other => other.to_string(),
        },
    }
}

/// For `map_err`: names what was being done.
pub(super) fn while_trying_to(what: &'static str) -> impl FnOnce(sqlx::Error) -> Error {
    move |error| Error::Query {
        what,
        reason: reason(&error),
        is_refusal: leaves_connection(&error),
    }
}
