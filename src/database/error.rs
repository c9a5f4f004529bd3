//! What goes wrong around a run, outside any attempt.

use thiserror::Error;

/// Why something around the run, outside any attempt, failed.
#[derive(Debug, Error)]
pub enum ServerError {
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
    /// A replica, which is read-only, and behind the server that it follows.
    #[error(
        "{server} is a read replica: nothing can be written to it, and what it shows is behind: \
         name the primary server"
    )]
    Replica {
        /// The address, without a password.
        server: String,
    },
    /// The server starts, recovers from a crash or stops.
    #[error("cannot connect to {server}: {reason}")]
    NotReady {
        /// The server, without a password.
        server: String,
        /// The server's message.
        reason: String,
    },
    /// The server has no room for another connection.
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
    /// The role may not create schemas.
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
    /// The role may not create databases.
    #[error(
        "role \"{role}\" may not create a database, which own tables need: as a superuser run \
         ALTER ROLE \"{role}\" CREATEDB, or leave --database-url out for a private server"
    )]
    MayNotCreateDatabase {
        /// The role of the connection.
        role: String,
    },
    /// A server of a version that lacks what is needed.
    #[error("{server} is PostgreSQL {version}: own tables need {wanted} or newer")]
    TooOld {
        /// The server, without a password.
        server: String,
        /// Its major version.
        version: u32,
        /// The first one that will do.
        wanted: u32,
    },
    /// A program of the user's that is to run beside the server does not.
    #[error("{0}")]
    Service(String),
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

impl ServerError {
    /// Whether the server was asked and said no: then what was asked for has not
    /// happened, and will not.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Query { is_refusal, .. } => *is_refusal,
            Self::Url(_) | Self::MayNotCreateSchema { .. } | Self::Pooler { .. } => true,
            Self::MayNotCreateDatabase { .. } | Self::TooOld { .. } | Self::Replica { .. } => true,
            Self::TooManyConnections { .. } | Self::Service(_) => true,
            Self::Connect { .. } | Self::NoAnswer { .. } | Self::NotReady { .. } => false,
        }
    }

    /// Whether asking again may help: not a server that was given up, nor what is
    /// no server.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        !matches!(
            self,
            Self::NoAnswer { .. }
                | Self::Pooler { .. }
                | Self::Replica { .. }
                | Self::Url(_)
                | Self::Service(_)
        )
    }
}
