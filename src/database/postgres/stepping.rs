//! What stepping needs of a server beyond a run at full speed: who waits for
//! whom, and a way back to the start.

use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor, Row};

use super::connection::{Backend, Connection};
use super::schema::Schema;
use super::{Error, sql, sqlstate, while_trying_to};
use crate::audit::Supply;

impl Schema {
    /// Switches autovacuum off for the run's tables: at serializable, a plan
    /// that changes between two schedules changes what is noticed. Nor does
    /// putting the tables back wait for a disk.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn prepare_for_stepping(&mut self) -> Result<(), Error> {
        set_for_stepping(&mut self.control).await?;
        for sql in sql::STOP_AUTOVACUUM {
            let failed = while_trying_to("switch autovacuum off");
            self.control.execute(sql).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Takes away the dead rows of earlier schedules.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn vacuum(&mut self) -> Result<(), Error> {
        let failed = while_trying_to("vacuum the run's tables");
        self.control.execute(sql::VACUUM).await.map_err(failed)?;
        Ok(())
    }

    /// Puts the tables back to the start: no orders, and `supply` on the
    /// shelves.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn put_back(&mut self, supply: &[Supply]) -> Result<(), Error> {
        let (ids, units): (Vec<i32>, Vec<i64>) = supply
            .iter()
            .map(|supply| (supply.sku.0.cast_signed(), supply.units))
            .unzip();
        sqlx::query(sql::PUT_BACK)
            .bind(ids)
            .bind(units)
            .execute(&mut self.control)
            .await
            .map_err(while_trying_to("put the tables back to the start"))?;
        Ok(())
    }

    /// For each of `backends`, the server processes it waits for; empty for
    /// one that does not wait.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn blockers(&mut self, backends: &[i32]) -> Result<Vec<(i32, Vec<i32>)>, Error> {
        let failed = |error| while_trying_to("ask who waits for whom")(error);
        let rows = sqlx::query(sql::BLOCKERS)
            .bind(backends)
            .fetch_all(&mut self.control)
            .await
            .map_err(failed)?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<sqlx::Result<_>>()
            .map_err(failed)
    }

    /// Ends a server process, as a cut connection would.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn terminate(&mut self, backend: Backend) -> Result<(), Error> {
        sqlx::query(sql::TERMINATE)
            .bind(backend.pid)
            .execute(&mut self.control)
            .await
            .map_err(while_trying_to("cut a connection"))?;
        Ok(())
    }
}

impl Connection {
    /// Makes this connection look for deadlocks when it has waited for
    /// `deadlock_timeout_ms` instead of 1 s, and keeps its plans and its
    /// commits from depending on anything but the schedule. Answers whether
    /// `deadlock_timeout` could be set: an ordinary role may not.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn prepare_for_stepping(&mut self, deadlock_timeout_ms: u32) -> Result<bool, Error> {
        set_for_stepping(&mut self.inner).await?;
        let set = sqlx::query(sql::SET_FOR_SESSION)
            .bind(sql::DEADLOCK_TIMEOUT)
            .bind(format!("{deadlock_timeout_ms}ms"));
        match set.execute(&mut self.inner).await {
            Ok(_) => Ok(true),
            Err(error) if sqlstate(&error) == "42501" => Ok(false),
            Err(error) => Err(while_trying_to("set a session's deadlock_timeout")(error)),
        }
    }

    /// Makes this connection look for deadlocks as soon as it waits (1 ms),
    /// until the end of its transaction. Only where
    /// [`Self::prepare_for_stepping`] could set `deadlock_timeout`: a refusal
    /// would end the transaction.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn look_for_deadlocks_at_once(&mut self) -> Result<(), Error> {
        let failed = while_trying_to("set a session's deadlock_timeout");
        let set = self.inner.execute(sql::LOOK_FOR_DEADLOCKS_AT_ONCE).await;
        set.map_err(failed)?;
        Ok(())
    }

    /// Waits until the server is done with a statement that failed: it tells of
    /// the failure first, and gives up the transaction's locks after that
    /// (measured).
    pub async fn settle_failure(&mut self) {
        // A lost connection has no locks, and its next statement will say so.
        let _ = self.inner.ping().await;
    }
}

async fn set_for_stepping(connection: &mut PgConnection) -> Result<(), Error> {
    for (setting, value) in sql::STEPPING_SETTINGS {
        let set = sqlx::query(sql::SET_FOR_SESSION).bind(setting).bind(value);
        let failed = while_trying_to("prepare a session for stepping");
        set.execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}
