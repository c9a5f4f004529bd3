//! What stepping needs of a server beyond a run at full speed: who waits for
//! whom, and a way back to the start.

use sqlx::Row;

use super::connection::Connection;
use super::error::{Error, sqlstate, while_trying_to};
use super::link::{Backend, Link};
use super::schema::Schema;
use super::sql;
use crate::shop::Supply;

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
            let sql = self.sql(sql);
            self.control.run(sql).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Takes away the dead rows of earlier schedules.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn vacuum(&mut self) -> Result<(), Error> {
        let failed = while_trying_to("vacuum the run's tables");
        let vacuum = self.sql(sql::VACUUM);
        self.control.run(vacuum).await.map_err(failed)
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
        let put_back = sqlx::query(self.sql(sql::PUT_BACK)).bind(ids).bind(units);
        let failed = while_trying_to("put the tables back to the start");
        self.control.tell(put_back).await.map_err(failed)
    }

    /// For each of `backends`, the server processes it waits for; empty for
    /// one that does not wait.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn blockers(&mut self, backends: &[i32]) -> Result<Vec<(i32, Vec<i32>)>, Error> {
        let failed = |error| while_trying_to("ask who waits for whom")(error);
        let blockers = sqlx::query(sql::BLOCKERS).bind(backends);
        let rows = self.control.all(blockers).await.map_err(failed)?;
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
        let terminate = sqlx::query(sql::END_BACKEND)
            .bind(backend.pid)
            .bind(backend.started_us);
        let failed = while_trying_to("cut a connection");
        self.control.tell(terminate).await.map_err(failed)
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
        set_for_stepping(&mut self.link).await?;
        let set = sqlx::query(sql::SET_FOR_SESSION)
            .bind(sql::DEADLOCK_TIMEOUT)
            .bind(format!("{deadlock_timeout_ms}ms"));
        match self.link.tell(set).await {
            Ok(()) => Ok(true),
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
        let set = self.link.run(sql::LOOK_FOR_DEADLOCKS_AT_ONCE).await;
        set.map_err(failed)
    }

    /// Waits until the server is done with a statement that failed: it tells of
    /// the failure first, and gives up the transaction's locks after that
    /// (measured).
    pub async fn settle_failure(&mut self) {
        // A lost connection has no locks, and its next statement will say so.
        let _ = self.link.ping().await;
    }
}

async fn set_for_stepping(link: &mut Link) -> Result<(), Error> {
    for (setting, value) in sql::STEPPING_SETTINGS {
        let set = sqlx::query(sql::SET_FOR_SESSION).bind(setting).bind(value);
        let failed = while_trying_to("prepare a session for stepping");
        link.tell(set).await.map_err(failed)?;
    }
    Ok(())
}
