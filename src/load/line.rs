//! What attempts are made over: a connection to the database, or a way to a service.

use crate::database::{Backend, Connection, Connector};
use crate::service::{ServiceClient, ServiceEntry};

/// What one till makes its attempts over.
pub(super) enum TillLine {
    /// Statements go to the database.
    Database(Connection),
    /// Requests go to a service.
    Service(Box<ServiceClient>),
}

/// What opens the lines of a run.
#[derive(Debug, Clone)]
pub(super) enum LineOpener {
    Database(Box<Connector>),
    Service(ServiceEntry),
}

impl TillLine {
    /// The server process behind it; `None` behind a service, whose connections are its own.
    pub(super) fn backend(&self) -> Option<Backend> {
        match self {
            Self::Database(connection) => Some(connection.backend()),
            Self::Service(_) => None,
        }
    }

    /// Says goodbye to a server; a service is left without a word.
    pub(super) async fn close(self) {
        if let Self::Database(connection) = self {
            connection.close().await;
        }
    }
}
