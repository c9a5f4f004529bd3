//! Reading back what the database holds, and looking at the run while it goes.

use futures_util::TryStreamExt;
use sqlx::Row;

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
        let mut ledger = Ledger::default();
        let mut lines: Vec<(i32, OrderLineRow)> = Vec::new();
        let mut rows = sqlx::query(sql::READ_LEDGER).fetch(&mut self.control);
        while let Some(row) = rows.try_next().await? {
            let (a, b, c): (i64, i64, i64) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
            match row.try_get::<i32, _>(0)? {
                0 => ledger.products.push(ProductRow {
                    sku: Sku(narrow(a)?),
                    stock: Some(b),
                }),
                1 => ledger.orders.push(OrderRow {
                    id: a,
                    key: CheckoutKey(b),
                }),
                _ => {
                    let line = Line {
                        sku: Sku(narrow(b)?),
                        units: narrow(c)?,
                    };
                    lines.push((row.try_get(4)?, OrderLineRow { order_id: a, line }));
                }
            }
        }
        // UNION ALL promises no order.
        ledger.products.sort_unstable_by_key(|row| row.sku);
        ledger.orders.sort_unstable_by_key(|row| row.id);
        lines.sort_unstable_by_key(|(number, row)| (row.order_id, *number));
        ledger.lines = lines.into_iter().map(|(_, row)| row).collect();
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

/// A column that is an `integer` by its table, read as a `bigint`.
fn narrow(wide: i64) -> sqlx::Result<u32> {
    u32::try_from(wide).map_err(|error| sqlx::Error::Decode(error.into()))
}
