//! One connection as a [`Session`].

use futures_util::TryStreamExt;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection as _, Executor, Postgres, Row};

use super::sql;
use crate::session::{Error, NO_DATA, Result, Session};
use crate::shop::{Cart, Conflict, Isolation, Sku};
use crate::statement::{Reply, Statement, Stock};

/// Which server process stands behind a connection: process ids are used
/// again, so the start time belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Backend {
    /// The process id on the server.
    pub pid: i32,
    /// When it started, in microseconds since 1970.
    pub started_us: i64,
}

/// A connection of the run, with its search path set to the run's schema.
///
/// No future of it may be dropped before it is done: the statement would go on
/// in the server, and could commit.
///
/// Statements go to sqlx's `Executor` itself: `Query::execute` and its like
/// wrap each in two more futures and a tracing span (measured, see
/// `reports/performance.md`).
#[derive(Debug)]
pub struct Connection {
    pub(super) inner: PgConnection,
    backend: Backend,
}

impl Connection {
    pub(super) const fn new(inner: PgConnection, backend: Backend) -> Self {
        Self { inner, backend }
    }

    /// The server process behind it.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        self.backend
    }

    /// Says goodbye to the server; a connection that is only dropped is
    /// noticed by the server a moment later.
    pub async fn close(self) {
        // The peer may be gone already, and then there is nobody to tell.
        let _ = self.inner.close().await;
    }

    /// Lets the server plan the checks of the foreign keys, which it does in
    /// each server process for itself, so many times over: with orders that
    /// break one. Nobody sees a row of them, and the server logs no error.
    ///
    /// # Errors
    /// The connection is lost.
    pub async fn warm_foreign_keys(&mut self, times: u32) -> Result<()> {
        let warm_up = AssertSqlSafe(sql::break_foreign_key(times));
        self.begin(Isolation::ReadCommitted).await?;
        match self.inner.execute(warm_up).await {
            Ok(_) => {}
            // A server that will not do it (there is no PL/pgSQL, or no right to
            // it) is merely cold.
            Err(error) => match classify(&error) {
                lost @ Error::ConnectionLost(_) => return Err(lost),
                _cold => {}
            },
        }
        self.rollback().await
    }

    async fn simple(&mut self, sql: &'static str) -> sqlx::Result<Reply> {
        self.inner.fetch_optional(sql).await?;
        Ok(Reply::Done)
    }

    async fn read(&mut self, sql: &'static str, sku: Sku) -> sqlx::Result<Reply> {
        let row = self.inner.fetch_optional(query(sql, sku)).await?;
        let row = row.ok_or(sqlx::Error::RowNotFound)?;
        Ok(Reply::Stock(Stock {
            stock: row.try_get(0)?,
            version: row.try_get(1)?,
        }))
    }

    async fn change(&mut self, query: Query<'_, Postgres, PgArguments>) -> sqlx::Result<Reply> {
        let mut replies = self.inner.fetch_many(query);
        let mut rows = 0;
        while let Some(reply) = replies.try_next().await? {
            rows += reply.left().map_or(0, |done| done.rows_affected());
        }
        Ok(Reply::Rows(rows))
    }

    async fn place_order(&mut self, sql: &'static str, cart: &Cart) -> sqlx::Result<Reply> {
        let products: Vec<i32> = cart.lines.iter().map(|line| id(line.sku)).collect();
        let units: Vec<i32> = cart.lines.iter().map(|l| l.units.cast_signed()).collect();
        let insert = sqlx::query(sql)
            .bind(cart.key.0)
            .bind(cart.buyer.cast_signed())
            .bind(products)
            .bind(units);
        self.change(insert).await
    }
}

impl Session for Connection {
    async fn execute(&mut self, statement: Statement<'_>) -> Result<Reply> {
        let Some(sql) = sql::of(&statement) else {
            return Ok(Reply::Done);
        };
        let reply = match statement {
            Statement::Begin(_) | Statement::Commit | Statement::Rollback | Statement::Think => {
                self.simple(sql).await
            }
            Statement::ReadStock(sku) | Statement::LockStock(sku) => self.read(sql, sku).await,
            Statement::WriteStock { sku, stock } => self.change(query(sql, sku).bind(stock)).await,
            Statement::SwapStock {
                sku,
                stock,
                if_version,
            } => {
                let swap = query(sql, sku).bind(stock).bind(if_version);
                self.change(swap).await
            }
            Statement::DecrementStock { sku, units } | Statement::TakeStock { sku, units } => {
                self.change(query(sql, sku).bind(i64::from(units))).await
            }
            Statement::PlaceOrder(cart) => self.place_order(sql, cart).await,
        };
        reply.map_err(|error| classify(&error))
    }
}

fn query(sql: &'static str, sku: Sku) -> Query<'static, Postgres, PgArguments> {
    sqlx::query(sql).bind(id(sku))
}

/// `products.id` is an `integer`; a scenario has no more products than fit.
const fn id(sku: Sku) -> i32 {
    sku.0.cast_signed()
}

/// What a driver error means to a strategy.
///
/// Class 57P (the server shuts the backend down) and class 08 (connection
/// exceptions) come with an SQLSTATE but end the connection, so they are told
/// apart from errors after which the transaction is known to be rolled back.
fn classify(error: &sqlx::Error) -> Error {
    if matches!(error, sqlx::Error::RowNotFound) {
        return Error::Database {
            sqlstate: NO_DATA.into(),
            message: "no such product".into(),
        };
    }
    let Some(database) = error.as_database_error() else {
        return Error::ConnectionLost(super::reason(error));
    };
    let sqlstate = super::sqlstate(error);
    if let Some(conflict) = Conflict::from_sqlstate(&sqlstate) {
        return Error::Conflict(conflict);
    }
    match sqlstate.as_str() {
        "23514" => Error::CheckViolation,
        // 57014 is a cancelled query: the backend lives on.
        "25P03" => Error::ConnectionLost(super::reason(error)),
        code if code.starts_with("57P") || code.starts_with("08") => {
            Error::ConnectionLost(super::reason(error))
        }
        _ => Error::Database {
            sqlstate,
            message: database.message().to_owned(),
        },
    }
}
