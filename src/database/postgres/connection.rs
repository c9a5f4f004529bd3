//! One connection as a [`Session`].

use futures_util::TryStreamExt;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::{Executor, Postgres, Row, SqlStr};

use super::error::{self, leaves_connection, reason};
use super::link::Link;
use super::sql::{self, Texts};
use super::within::within;
use crate::database::fingerprint::Backend;
use crate::session::{Error, Result, Session};
use crate::shop::{Cart, Conflict, Sku};
use crate::statement::{Reply, Statement, Stock};

/// A connection of the run.
///
/// No future of it may be dropped before it is done: the statement would go on
/// in the server, and could commit.
///
/// Statements go to sqlx's `Executor` itself: `Query::execute` and its like
/// wrap each in two more futures and a tracing span (measured, see
/// `reports/performance.md`).
#[derive(Debug)]
pub struct PostgresConnection {
    pub(super) link: Link,
    schema: String,
    texts: Box<Texts>,
}

impl PostgresConnection {
    pub(super) fn new(link: Link, schema: &str) -> Self {
        Self {
            link,
            schema: schema.to_owned(),
            texts: Box::new(Texts::within(schema)),
        }
    }

    #[must_use]
    pub(in crate::database) fn backend(&self) -> Backend {
        self.link.backend()
    }

    pub(in crate::database) async fn close(self) {
        self.link.close().await;
    }

    /// No statement of a strategy that is built in locks anything beyond its transaction.
    pub(in crate::database) async fn unlock(&mut self) -> Result<()> {
        Ok(())
    }

    /// Lays out a product of which this session alone knows, until the end of its transaction.
    pub(in crate::database) async fn add_product(&mut self, sku: Sku, stock: i64) -> Result<()> {
        let add = query(within(&self.schema, sql::ADD_PRODUCT), sku).bind(stock);
        let added = self.link.tell(add).await;
        added.map_err(|error| classify(&error))
    }
}

async fn simple(inner: &mut PgConnection, sql: SqlStr) -> sqlx::Result<Reply> {
    inner.fetch_optional(sql).await?;
    Ok(Reply::Done)
}

async fn read(inner: &mut PgConnection, sql: SqlStr, sku: Sku) -> sqlx::Result<Reply> {
    let row = inner.fetch_optional(query(sql, sku)).await?;
    let stock = |row: PgRow| -> sqlx::Result<Stock> {
        let (stock, version) = (row.try_get(0)?, row.try_get(1)?);
        Ok(Stock { stock, version })
    };
    Ok(Reply::stock(row.map(stock).transpose()?))
}

async fn change(
    inner: &mut PgConnection,
    query: Query<'_, Postgres, PgArguments>,
) -> sqlx::Result<Reply> {
    let mut replies = inner.fetch_many(query);
    let mut rows = 0;
    while let Some(reply) = replies.try_next().await? {
        rows += reply.left().map_or(0, |done| done.rows_affected());
    }
    Ok(Reply::affected(rows))
}

async fn place_order(inner: &mut PgConnection, sql: SqlStr, cart: &Cart) -> sqlx::Result<Reply> {
    let products: Vec<i32> = cart.lines.iter().map(|line| id(line.sku)).collect();
    let units: Vec<i32> = cart.lines.iter().map(|l| l.units.cast_signed()).collect();
    let insert = sqlx::query(sql)
        .bind(cart.key.0)
        .bind(cart.buyer.cast_signed())
        .bind(products)
        .bind(units);
    change(inner, insert).await
}

async fn carry_out(
    inner: &mut PgConnection,
    sql: SqlStr,
    statement: Statement,
) -> sqlx::Result<Reply> {
    match statement {
        Statement::Begin(_)
        | Statement::Think
        | Statement::Pause(_)
        | Statement::Effect { .. }
        | Statement::Snapshot
        | Statement::Commit
        | Statement::Rollback
        | Statement::Sql(_) => simple(inner, sql).await,
        Statement::ReadStock(sku) | Statement::LockStock(sku) => read(inner, sql, sku).await,
        Statement::WriteStock { sku, stock } => change(inner, query(sql, sku).bind(stock)).await,
        Statement::SwapStock {
            sku,
            stock,
            if_version,
        } => {
            let swap = query(sql, sku).bind(stock).bind(if_version);
            change(inner, swap).await
        }
        Statement::DecrementStock { sku, units } | Statement::TakeStock { sku, units } => {
            change(inner, query(sql, sku).bind(i64::from(units))).await
        }
        Statement::PlaceOrder(cart) => place_order(inner, sql, &cart).await,
    }
}

impl Session for PostgresConnection {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        let Some(sql) = self.texts.of(&statement) else {
            return Ok(Reply::Done);
        };
        let Link { inner, pulse } = &mut self.link;
        let reply = pulse.during(carry_out(inner, sql, statement)).await;
        reply.map_err(|error| classify(&error))
    }
}

fn query(sql: SqlStr, sku: Sku) -> Query<'static, Postgres, PgArguments> {
    sqlx::query(sql).bind(id(sku))
}

/// `products.id` is an `integer`; a scenario has no more products than fit.
const fn id(sku: Sku) -> i32 {
    sku.0.cast_signed()
}

/// What a driver error means to a strategy.
///
/// An error that ends the connection comes with an SQLSTATE too, and is told apart
/// from one after which the transaction is known to be rolled back.
fn classify(error: &sqlx::Error) -> Error {
    let Some(database) = error.as_database_error() else {
        return Error::ConnectionLost(reason(error));
    };
    if !leaves_connection(error) {
        return Error::ConnectionLost(reason(error));
    }
    let sqlstate = error::sqlstate(error);
    if let Some(conflict) = Conflict::from_sqlstate(&sqlstate) {
        return Error::Conflict(conflict);
    }
    match sqlstate.as_str() {
        "23514" => Error::CheckViolation,
        _ => Error::Database {
            sqlstate,
            message: database.message().to_owned(),
        },
    }
}
