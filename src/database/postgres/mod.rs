//! PostgreSQL: the only place that speaks SQL.

mod connection;
mod keepalive;
mod ledger;
mod link;
mod pooler;
mod schema;
mod server;
mod spec;
pub mod sql;
mod stepping;
mod url;
mod watch;

use thiserror::Error;

pub use connection::Connection;
pub use link::Backend;
pub use schema::{Connector, Schema};
pub use server::{Fingerprint, Server};
pub use spec::Spec;
pub use watch::{PATIENCE, TOLD_AFTER, Tell};

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
        /// What the server calls the error; empty where it did not answer.
        sqlstate: String,
    },
}

impl Error {
    /// Whether the server was asked and said no: then what was asked for has not
    /// happened, and will not.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Query { sqlstate, .. } => !sqlstate.is_empty() && !ends_connection(sqlstate),
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

/// Whether an error of this SQLSTATE is the end of its connection: class 08
/// (connection exceptions), class 57P (the server shuts the backend down) and
/// 25P03 (idle in a transaction for too long).
fn ends_connection(sqlstate: &str) -> bool {
    sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate == "25P03"
}

/// The SQLSTATE of a driver error, or empty.
fn sqlstate(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .map(|code| code.into_owned())
        .unwrap_or_default()
}

/// A driver error as one line: the server's message with its SQLSTATE, or the
/// driver's own.
fn reason(error: &sqlx::Error) -> String {
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
fn while_trying_to(what: &'static str) -> impl FnOnce(sqlx::Error) -> Error {
    move |error| Error::Query {
        what,
        reason: reason(&error),
        sqlstate: sqlstate(&error),
    }
}
