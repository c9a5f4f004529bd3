//! One connection of the run, whichever engine answers it.

use std::future::Future;
use std::time::{Duration, Instant};

use futures_util::future::Either;

use super::error::ServerError;
use super::fingerprint::Backend;
use super::own_tables::TouchedBeyond;
use super::postgres;
use crate::cell::Subject;
use crate::flow;
use crate::session::{self, Session};
use crate::shop::{Cart, Isolation, Sku};
use crate::statement::{Reply, Statement, TextStatement};

/// A bit of a product's number that is set in no shop: in that of a warm-up's product it is,
/// beside the number of the server process. The number fits into `integer`.
const WARM_UP_SKU: u32 = 1 << 30;

/// Attempts after which a connection is as one that has sold for a while. PostgreSQL plans a
/// prepared statement anew for each of its first five executions and chooses at the sixth
/// whether one plan will do for all: source, its manual on PREPARE. Until then an attempt
/// takes the server about three times as long (measured, see `reports/performance.md`).
pub const UNTIL_PLANNED: u32 = 6;

/// A script that takes long by itself, such as one that calls `pg_sleep`, is not waited for any
/// longer before a run.
const WARM_UP_MAX: Duration = Duration::from_secs(1);

/// As `ask!`, of what speaks to the engine by values and what does by text.
macro_rules! each {
    ($connection:expr, $question:ident($($with:expr),*)$(.$await:ident)?) => {
        match $connection {
            Self::Postgres(it) => it.$question($($with),*)$(.$await)?,
            Self::PostgresText(it) => it.$question($($with),*)$(.$await)?,
        }
    };
}

/// A connection of the run.
///
/// No future of it may be dropped before it is done: the statement would go on
/// in the server, and could commit.
#[derive(Debug)]
#[expect(missing_docs, reason = "the engines")]
pub enum Connection {
    Postgres(postgres::PostgresConnection),
    PostgresText(postgres::PostgresTextConnection),
}

impl Session for Connection {
    // The engine's own future, without another one around it: this is the hot path.
    fn execute(
        &mut self,
        statement: Statement,
    ) -> impl Future<Output = session::Result<Reply>> + Send {
        match self {
            Self::Postgres(it) => Either::Left(it.execute(statement)),
            Self::PostgresText(it) => Either::Right(it.execute(statement)),
        }
    }
}

impl Connection {
    /// The server process behind it.
    #[must_use]
    pub fn backend(&self) -> Backend {
        each!(self, backend())
    }

    /// Says goodbye to the server; a connection that is only dropped is
    /// noticed by the server a moment later.
    pub async fn close(self) {
        each!(self, close().await)
    }

    /// Leaves the connection as one that has sold for a while: with the subject's statements
    /// prepared, and the checks of the foreign keys planned, which each server process does
    /// for itself. So many whole attempts sell a product that no other session ever sees,
    /// in a transaction that is rolled back. It is at read committed, whatever the run is at:
    /// there the server does not watch which transaction reads what, so a connection that is
    /// opened while others shop costs none of them a serialization failure.
    ///
    /// # Errors
    /// The connection is lost, or the product cannot be laid out.
    pub async fn warm_up(
        &mut self,
        subject: Subject,
        lines: u32,
        times: u32,
    ) -> session::Result<()> {
        let sku = Sku(WARM_UP_SKU | self.backend().pid.unsigned_abs());
        self.begin(Isolation::ReadCommitted).await?;
        each!(self, add_product(sku, i64::from(u32::MAX)).await)?;
        flow::warm_up(self, subject, &Cart::for_warm_up(sku, lines), times).await?;
        self.rollback().await?;
        each!(self, unlock().await)
    }

    /// The same on tables of the user's own, of which each of `actors` has its attempts. What
    /// they wrote is rolled back; what a rollback leaves, such as the numbers of sequences, is
    /// for the caller to put back. The session is as a new one then, but for its plans.
    ///
    /// # Errors
    /// The connection is lost.
    pub async fn warm_up_by(
        &mut self,
        subject: Subject,
        actors: &[Cart],
        times: u32,
    ) -> session::Result<()> {
        let began = Instant::now();
        for actor in (0..times).flat_map(|_| actors) {
            if began.elapsed() > WARM_UP_MAX {
                break;
            }
            self.begin(Isolation::ReadCommitted).await?;
            flow::warm_up(self, subject, actor, 1).await?;
            self.rollback().await?;
        }
        let reset = self.reset_session(false).await;
        reset
            .map(drop)
            .map_err(|error| session::Error::ConnectionLost(error.to_string()))
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
        each!(self, prepare_for_stepping(deadlock_timeout_ms).await)
    }

    /// Makes the session as a new one, in one round trip: settings, advisory locks, temporary
    /// tables, cursors, prepared statements, channels, numbers of sequences that it keeps. With
    /// `look`, which takes about as long again, it names what the statements so far have left
    /// (`setting search_path`, `advisory lock 7`). Not within a transaction.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn reset_session(&mut self, look: bool) -> Result<Vec<String>, ServerError> {
        each!(self, reset_session(look).await)
    }

    /// Makes this connection look for deadlocks as soon as it waits (1 ms),
    /// until the end of its transaction. Only where
    /// [`Self::prepare_for_stepping`] could set `deadlock_timeout`: a refusal
    /// would end the transaction.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn look_for_deadlocks_at_once(&mut self) -> Result<(), ServerError> {
        each!(self, look_for_deadlocks_at_once().await)
    }

    /// As [`Session::execute`], of a statement that is carried out when `go` is over: what the
    /// server can do before that is done by then.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub async fn execute_after(
        &mut self,
        statement: Statement,
        go: impl Future<Output = ()> + Send,
    ) -> session::Result<Reply> {
        match self {
            Self::PostgresText(it) => it.execute_after(statement, go).await,
            Self::Postgres(it) => {
                go.await;
                it.execute(statement).await
            }
        }
    }

    /// Has the server plan a statement of a script, without carrying it out: what it names is
    /// locked then.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub async fn plan(&mut self, statement: &TextStatement) -> session::Result<()> {
        match self {
            Self::PostgresText(it) => it.plan(statement).await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Whether this transaction has changed or removed rows of the tables that a body touched.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub async fn has_changed_rows(&mut self, beyond: &TouchedBeyond) -> session::Result<bool> {
        match self {
            Self::PostgresText(it) => it.has_changed_rows(&beyond.relations).await,
            Self::Postgres(_) => Ok(false),
        }
    }

    /// Makes this connection look for deadlocks as soon as it waits, in every transaction, until
    /// it is made as a new one ([`Self::reset_session`]). Not within a transaction, and only
    /// where [`Self::prepare_for_stepping`] could set `deadlock_timeout`.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn look_for_deadlocks_soon(&mut self) -> Result<(), ServerError> {
        each!(self, look_for_deadlocks_soon().await)
    }

    /// Waits until the server is done with a statement that failed: it tells of
    /// the failure first, and gives up the transaction's locks after that
    /// (measured).
    pub async fn settle_failure(&mut self) {
        each!(self, settle_failure().await)
    }
}
