//! Reading back what the database holds, and looking at the run while it goes.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::error::while_trying_to;
use super::relation_sql;
use super::schema::PostgresSchema;
use super::sql;
use crate::database::error::ServerError;
use crate::database::fingerprint::Backend;
use crate::shop::{self, CheckoutKey, Line, Sku};
use crate::value::State;

impl PostgresSchema {
    pub(in crate::database) async fn state(&mut self) -> Result<State, ServerError> {
        let read = self.read_state().await;
        read.map_err(while_trying_to("read the ledger"))
    }

    async fn read_state(&mut self) -> sqlx::Result<State> {
        let (mut products, mut orders, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        let read = sqlx::query(self.sql(sql::READ_STATE));
        let take = |row: PgRow| {
            let (a, b, c): (i64, i64, i64) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
            match row.try_get::<i32, _>(0)? {
                0 => products.push((Sku(narrow(a)?), Some(b))),
                1 => orders.push((a, CheckoutKey(b))),
                _ => {
                    let line = Line {
                        sku: Sku(narrow(b)?),
                        units: narrow(c)?,
                    };
                    lines.push((row.try_get::<i32, _>(4)?, (a, line)));
                }
            }
            Ok(())
        };
        self.control.each(read, take).await?;
        // UNION ALL promises no order.
        products.sort_unstable_by_key(|(sku, _)| *sku);
        orders.sort_unstable_by_key(|(id, _)| *id);
        lines.sort_unstable_by_key(|(number, (order, _))| (*order, *number));
        let lines = lines.into_iter().map(|(_, line)| line);
        Ok(shop::state(products, orders, lines))
    }

    pub(in crate::database) async fn has_order(
        &mut self,
        key: CheckoutKey,
    ) -> Result<bool, ServerError> {
        let failed = |error| while_trying_to("look up a checkout")(error);
        let exists = sqlx::query(self.sql(sql::ORDER_EXISTS)).bind(key.0);
        let row = self.control.one(exists).await.map_err(failed)?;
        row.try_get(0).map_err(failed)
    }

    pub(in crate::database) async fn is_alive(
        &mut self,
        backend: Backend,
    ) -> Result<bool, ServerError> {
        let failed = |error| while_trying_to("look for a backend")(error);
        let lives = sqlx::query(sql::BACKEND_LIVES)
            .bind(backend.pid)
            .bind(backend.started_us);
        let row = self.control.one(lives).await.map_err(failed)?;
        row.try_get(0).map_err(failed)
    }

    pub(in crate::database) async fn waiting_for_locks(
        &mut self,
    ) -> Result<Vec<(i32, i64)>, ServerError> {
        let failed = |error| while_trying_to("look for blocked backends")(error);
        let waiting = sqlx::query(relation_sql::WAITING_FOR_LOCKS).bind(self.name().to_owned());
        let waiting = self.control.all(waiting).await.map_err(failed)?;
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
