//! PostgreSQL: the only place that speaks SQL.

mod connection;
mod ledger;
mod schema;
mod server;
mod spec;
pub mod sql;
mod stepping;

use thiserror::Error;

pub use connection::{Backend, Connection};
pub use schema::{Connector, Schema};
pub use server::{Fingerprint, Server};
pub use spec::Spec;

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
    },
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
    }
}
