//! The seam between a strategy and a world: one required method.
//!
//! A strategy is written once over [`Session`]. What stands behind it decides
//! where it runs: a connection at full speed, the same connection held at a gate,
//! or a store in memory.

use std::borrow::Cow;
use std::future::Future;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shop::{Cart, Conflict, Isolation, Sku};
use crate::statement::{Reply, Statement, Stock};

/// Why a statement was not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Error {
    /// Lost to concurrency; the checkout may be tried again.
    #[error("conflict: {}", .0.name())]
    Conflict(Conflict),
    /// A CHECK constraint refused the new value (SQLSTATE 23514).
    #[error("refused by a CHECK constraint (SQLSTATE 23514)")]
    CheckViolation,
    /// COMMIT of a transaction in which a statement had failed: PostgreSQL
    /// answers it with ROLLBACK and no error.
    #[error("COMMIT of a failed transaction is a ROLLBACK")]
    RolledBack,
    /// The database refused for a reason that no strategy expects.
    #[error("SQLSTATE {sqlstate}: {message}")]
    Database {
        /// Five characters, or empty where the driver gave none.
        sqlstate: String,
        /// The server's message.
        message: String,
    },
    /// The connection broke before the reply.
    #[error("connection lost: {0}")]
    ConnectionLost(String),
    /// A script ended with an error.
    #[error("{message}")]
    Script {
        /// Of the statement that failed; empty where the script itself did.
        sqlstate: String,
        /// What failed, and where.
        message: String,
    },
    /// A service answered what counts as a fault, or did not answer.
    #[error("{0}")]
    Service(String),
    /// A reply of another shape than the statement has.
    #[error("a session answered {reply:?} where {wanted} was due")]
    WrongReply {
        /// What was due.
        wanted: Cow<'static, str>,
        /// What came.
        reply: Reply,
    },
}

impl From<Conflict> for Error {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl Error {
    /// The SQLSTATE, or where there is none what stands for it in a few words.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Conflict(conflict) => conflict.sign(),
            Self::CheckViolation => "23514",
            Self::Database { sqlstate, .. } | Self::Script { sqlstate, .. }
                if !sqlstate.is_empty() =>
            {
                sqlstate
            }
            Self::Database { .. } => "database error",
            Self::Script { .. } => "script error",
            Self::RolledBack => "COMMIT answered by ROLLBACK",
            Self::ConnectionLost(_) => "connection lost",
            Self::Service(_) => "service error",
            Self::WrongReply { .. } => "wrong reply",
        }
    }
}

/// SQLSTATE of a read that finds no row.
const NO_DATA: &str = "02000";

/// The result of one statement.
pub type Result<T> = std::result::Result<T, Error>;

/// One conversation with a database. [`Session::execute`] is the one required
/// method; the rest spells out the statements.
pub trait Session: Send {
    /// Sends one statement and waits for its reply.
    ///
    /// # Errors
    /// Every way in which the statement was not carried out; see [`Error`].
    /// After any of them but [`Error::RolledBack`] an open transaction can
    /// only be rolled back.
    fn execute(&mut self, statement: Statement) -> impl Future<Output = Result<Reply>> + Send;

    /// How long a buyer thinks in this session, in microseconds: for scripts, which say
    /// where.
    fn think_us(&self) -> u64 {
        0
    }

    /// Opens a transaction.
    fn begin(&mut self, isolation: Isolation) -> impl Future<Output = Result<()>> + Send {
        async move { done(self.execute(Statement::Begin(isolation)).await?) }
    }

    /// Reads a product without a lock.
    fn read_stock(&mut self, sku: Sku) -> impl Future<Output = Result<Stock>> + Send {
        async move { stock(self.execute(Statement::ReadStock(sku)).await?) }
    }

    /// Reads a product and locks its row (`SELECT ... FOR UPDATE`).
    fn lock_stock(&mut self, sku: Sku) -> impl Future<Output = Result<Stock>> + Send {
        async move { stock(self.execute(Statement::LockStock(sku)).await?) }
    }

    /// Sets the stock to a value the client computed.
    fn write_stock(&mut self, sku: Sku, stock: i64) -> impl Future<Output = Result<u64>> + Send {
        async move { rows(self.execute(Statement::WriteStock { sku, stock }).await?) }
    }

    /// Sets the stock if the version is still `if_version`; answers how many
    /// rows matched: 1, or 0 when another session was faster.
    fn swap_stock(
        &mut self,
        sku: Sku,
        stock: i64,
        if_version: i64,
    ) -> impl Future<Output = Result<u64>> + Send {
        async move {
            let swap = Statement::SwapStock {
                sku,
                stock,
                if_version,
            };
            rows(self.execute(swap).await?)
        }
    }

    /// Subtracts units, however many are left.
    fn decrement_stock(
        &mut self,
        sku: Sku,
        units: u32,
    ) -> impl Future<Output = Result<u64>> + Send {
        async move {
            rows(
                self.execute(Statement::DecrementStock { sku, units })
                    .await?,
            )
        }
    }

    /// Subtracts units if so many are left; answers how many rows matched: 1,
    /// or 0 when there are not enough.
    fn take_stock(&mut self, sku: Sku, units: u32) -> impl Future<Output = Result<u64>> + Send {
        async move { rows(self.execute(Statement::TakeStock { sku, units }).await?) }
    }

    /// Inserts the order and its lines.
    fn place_order(&mut self, cart: &Cart) -> impl Future<Output = Result<u64>> + Send {
        async move { rows(self.execute(Statement::PlaceOrder(cart.clone())).await?) }
    }

    /// Lets the buyer think; every strategy does so once an attempt, at the
    /// place where a slow checkout would.
    fn think(&mut self) -> impl Future<Output = Result<()>> + Send {
        async move { done(self.execute(Statement::Think).await?) }
    }

    /// Makes the transaction durable.
    fn commit(&mut self) -> impl Future<Output = Result<()>> + Send {
        async move { done(self.execute(Statement::Commit).await?) }
    }

    /// Undoes the transaction.
    fn rollback(&mut self) -> impl Future<Output = Result<()>> + Send {
        async move { done(self.execute(Statement::Rollback).await?) }
    }
}

fn done(reply: Reply) -> Result<()> {
    match reply {
        Reply::Done => Ok(()),
        reply => Err(Error::WrongReply {
            wanted: "no rows".into(),
            reply,
        }),
    }
}

fn stock(reply: Reply) -> Result<Stock> {
    match reply {
        Reply::Rows { affected: 0, .. } => Err(Error::Database {
            sqlstate: NO_DATA.into(),
            message: "no such product".into(),
        }),
        reply => reply.as_stock().ok_or(Error::WrongReply {
            wanted: "a product".into(),
            reply,
        }),
    }
}

fn rows(reply: Reply) -> Result<u64> {
    match reply {
        Reply::Rows { affected, .. } => Ok(affected),
        reply => Err(Error::WrongReply {
            wanted: "a row count".into(),
            reply,
        }),
    }
}
