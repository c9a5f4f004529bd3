//! One connection of the run, whichever engine answers it.

use std::future::Future;

use super::error::ServerError;
use super::fingerprint::Backend;
use super::postgres;
use crate::session::{self, Session};
use crate::statement::{Reply, Statement};

/// A connection of the run.
///
/// No future of it may be dropped before it is done: the statement would go on
/// in the server, and could commit.
#[derive(Debug)]
#[expect(missing_docs, reason = "the engines")]
pub enum Connection {
    Postgres(postgres::PostgresConnection),
}

impl Session for Connection {
    // The engine's own future, without another one around it: this is the hot path.
    fn execute(
        &mut self,
        statement: Statement,
    ) -> impl Future<Output = session::Result<Reply>> + Send {
        ask!(self, execute(statement))
    }
}

impl Connection {
    /// The server process behind it.
    #[must_use]
    pub fn backend(&self) -> Backend {
        ask!(self, backend())
    }

    /// Says goodbye to the server; a connection that is only dropped is
    /// noticed by the server a moment later.
    pub async fn close(self) {
        ask!(self, close().await)
    }

    /// Lets the server plan the checks of the foreign keys, which it does in
    /// each server process for itself, so many times over: with orders that
    /// break one. No session sees a row of them, and the server logs no error.
    ///
    /// # Errors
    /// The connection is lost.
    pub async fn warm_foreign_keys(&mut self, times: u32) -> session::Result<()> {
        ask!(self, warm_foreign_keys(times).await)
    }

    /// Makes this connection look for deadlocks when it has waited for
    /// `deadlock_timeout_ms` instead of 1 s, and keeps its plans and its
    /// commits from depending on anything but the schedule. Answers whether
    /// `deadlock_timeout` could be set: an ordinary role may not.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn prepare_for_stepping(
        &mut self,
        deadlock_timeout_ms: u32,
    ) -> Result<bool, ServerError> {
        ask!(self, prepare_for_stepping(deadlock_timeout_ms).await)
    }

    /// Makes this connection look for deadlocks as soon as it waits (1 ms),
    /// until the end of its transaction. Only where
    /// [`Self::prepare_for_stepping`] could set `deadlock_timeout`: a refusal
    /// would end the transaction.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn look_for_deadlocks_at_once(&mut self) -> Result<(), ServerError> {
        ask!(self, look_for_deadlocks_at_once().await)
    }

    /// Waits until the server is done with a statement that failed: it tells of
    /// the failure first, and gives up the transaction's locks after that
    /// (measured).
    pub async fn settle_failure(&mut self) {
        ask!(self, settle_failure().await)
    }
}
