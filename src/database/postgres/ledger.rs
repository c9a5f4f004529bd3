//! Reading back what the database holds, and looking at the run while it goes.

use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Executor, Row};

use super::connection::Backend;
use super::schema::Schema;
use super::{Error, sql, while_trying_to};
use crate::audit::{Ledger, OrderLineRow, OrderRow, ProductRow};
use crate::shop::{CheckoutKey, Line, Sku};

impl Schema {
    /// Reads the whole ledger in one snapshot.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn ledger(&mut self) -> Result<Ledger, Error> {
        self.read_ledger()
            .await
            .map_err(while_trying_to("read the ledger"))
    }

    async fn read_ledger(&mut self) -> sqlx::Result<Ledger> {
        let control = &mut self.control;
        control.execute(sql::BEGIN_AUDIT).await?;
        let ledger = Ledger {
            products: rows(control, sql::READ_PRODUCTS, product).await?,
            orders: rows(control, sql::READ_ORDERS, order).await?,
            lines: rows(control, sql::READ_ORDER_LINES, order_line).await?,
        };
        control.execute(sql::END_AUDIT).await?;
        Ok(ledger)
    }

    /// Whether an order of this checkout is in the database.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn has_order(&mut self, key: CheckoutKey) -> Result<bool, Error> {
        let failed = |error| while_trying_to("look up a checkout")(error);
        let row = sqlx::query(sql::ORDER_EXISTS)
            .bind(key.0)
            .fetch_one(&mut self.control)
            .await
            .map_err(failed)?;
        row.try_get(0).map_err(failed)
    }

    /// Whether the server process of a lost connection still runs: as long as
    /// it does, its COMMIT may still come.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn is_alive(&mut self, backend: Backend) -> Result<bool, Error> {
        let failed = |error| while_trying_to("look for a backend")(error);
        let row = sqlx::query(sql::BACKEND_LIVES)
            .bind(backend.pid)
            .bind(backend.started_us)
            .fetch_one(&mut self.control)
            .await
            .map_err(failed)?;
        row.try_get(0).map_err(failed)
    }

    /// The backends of the run that wait for a lock right now, each with the
    /// start of its statement in microseconds since 1970: the same pair seen
    /// twice is one wait.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn waiting_for_locks(&mut self) -> Result<Vec<(i32, i64)>, Error> {
        let failed = |error| while_trying_to("look for blocked backends")(error);
        let waiting = sqlx::query(sql::WAITING_FOR_LOCKS)
            .bind(self.name().to_owned())
            .fetch_all(&mut self.control)
            .await
            .map_err(failed)?;
        waiting
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<sqlx::Result<_>>()
            .map_err(failed)
    }
}

async fn rows<T>(
    connection: &mut PgConnection,
    sql: &'static str,
    parse: fn(&PgRow) -> sqlx::Result<T>,
) -> sqlx::Result<Vec<T>> {
    let rows = sqlx::query(sql).fetch(connection);
    rows.and_then(async |row| parse(&row)).try_collect().await
}

fn product(row: &PgRow) -> sqlx::Result<ProductRow> {
    Ok(ProductRow {
        sku: sku(row, 0)?,
        stock: Some(row.try_get(1)?),
    })
}

fn order(row: &PgRow) -> sqlx::Result<OrderRow> {
    Ok(OrderRow {
        id: row.try_get(0)?,
        key: CheckoutKey(row.try_get(1)?),
    })
}

fn order_line(row: &PgRow) -> sqlx::Result<OrderLineRow> {
    Ok(OrderLineRow {
        order_id: row.try_get(0)?,
        line: Line {
            sku: sku(row, 1)?,
            units: row.try_get::<i32, _>(2)?.cast_unsigned(),
        },
    })
}

fn sku(row: &PgRow, column: usize) -> sqlx::Result<Sku> {
    Ok(Sku(row.try_get::<i32, _>(column)?.cast_unsigned()))
}
