//! What stepping needs of a server beyond a run at full speed: which session
//! waits for which, and a way back to the start.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::connection::PostgresConnection;
use super::error::{sqlstate, while_trying_to};
use super::link::Link;
use super::relation_sql;
use super::relations::KnownRelations;
use super::schema::PostgresSchema;
use super::sql;
use super::text_connection::PostgresTextConnection;
use super::text_link::while_trying_to as while_preparing;
use crate::database::error::ServerError;
use crate::database::fingerprint::Backend;
use crate::database::holdings::Holdings;
use crate::shop::Supply;

/// The `deadlock_timeout` of sessions that are released together.
const SOON: &str = "2ms";

impl PostgresSchema {
    pub(in crate::database) async fn prepare_for_stepping(&mut self) -> Result<(), ServerError> {
        set_for_stepping(&mut self.control).await?;
        for sql in sql::STOP_AUTOVACUUM {
            let failed = while_trying_to("switch autovacuum off");
            let sql = self.sql(sql);
            self.control.run(sql).await.map_err(failed)?;
        }
        Ok(())
    }

    pub(in crate::database) async fn vacuum(&mut self) -> Result<(), ServerError> {
        for sql in sql::VACUUM {
            let failed = while_trying_to("vacuum the run's tables");
            let sql = self.sql(sql);
            self.control.run(sql).await.map_err(failed)?;
        }
        Ok(())
    }

    pub(in crate::database) async fn put_back(
        &mut self,
        supply: &[Supply],
    ) -> Result<(), ServerError> {
        let (ids, units): (Vec<i32>, Vec<i64>) = supply
            .iter()
            .map(|supply| (supply.sku.0.cast_signed(), supply.units))
            .unzip();
        let put_back = sqlx::query(self.sql(sql::PUT_BACK)).bind(ids).bind(units);
        let failed = while_trying_to("put the tables back to the start");
        self.control.tell(put_back).await.map_err(failed)
    }

    pub(in crate::database) async fn blockers(
        &mut self,
        backends: &[i32],
    ) -> Result<Vec<(i32, Vec<i32>)>, ServerError> {
        let failed = |error| while_trying_to("ask which session waits for which")(error);
        let blockers = sqlx::query(relation_sql::BLOCKERS).bind(backends);
        let rows = self.control.all(blockers).await.map_err(failed)?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<sqlx::Result<_>>()
            .map_err(failed)
    }

    /// Notes the relations that there are, and answers whether a COMMIT may wait. Where
    /// something could be touched that leaves no lock, [`PostgresSchema::held`] answers that it
    /// may be anything.
    pub(in crate::database) async fn know_relations(&mut self) -> Result<bool, ServerError> {
        let failed = |error| while_trying_to("look at the tables")(error);
        let own = self.name().to_owned();
        let mut is = async |sql| {
            let row = self.control.one(sqlx::query(sql)).await;
            row.and_then(|row| row.try_get::<bool, _>(0))
                .map_err(failed)
        };
        let (puts_off, hides) = (
            is(relation_sql::PUTS_OFF).await?,
            is(relation_sql::HIDES).await?,
        );
        let rows = self.control.all(sqlx::query(relation_sql::RELATIONS)).await;
        let rows = rows.map_err(failed)?;
        let read = |row: &PgRow| {
            let names: [String; 3] = [row.try_get(1)?, row.try_get(2)?, row.try_get(3)?];
            Ok((row.try_get(0)?, names))
        };
        let all: Vec<_> = rows
            .iter()
            .map(read)
            .collect::<sqlx::Result<_>>()
            .map_err(failed)?;
        let known = KnownRelations::of(all.into_iter(), Some(&own));
        self.relations = (!hides && !puts_off).then_some(known);
        Ok(puts_off)
    }

    /// What the transaction of a session that waits for nothing has touched.
    pub(in crate::database) async fn held(
        &mut self,
        backend: Backend,
    ) -> Result<Holdings, ServerError> {
        let Some(relations) = &self.relations else {
            return Ok(Holdings::ANYTHING);
        };
        let locks = sqlx::query(relation_sql::HELD).bind(backend.pid);
        let rows = self.control.all(locks).await;
        let read = |row: &PgRow| Ok((row.try_get(0)?, row.try_get(1)?));
        let locks: sqlx::Result<Vec<_>> = rows.and_then(|rows| rows.iter().map(read).collect());
        let locks = locks.map_err(while_trying_to("ask what a session holds"))?;
        Ok(relations.held(locks.into_iter()))
    }

    pub(in crate::database) async fn terminate(
        &mut self,
        backend: Backend,
    ) -> Result<(), ServerError> {
        let terminate = sqlx::query(sql::END_BACKEND)
            .bind(backend.pid)
            .bind(backend.started_us);
        let failed = while_trying_to("cut a connection");
        self.control.tell(terminate).await.map_err(failed)
    }
}

impl PostgresConnection {
    pub(in crate::database) async fn prepare_for_stepping(
        &mut self,
        deadlock_timeout_ms: u32,
    ) -> Result<bool, ServerError> {
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

    /// What is known of every statement leaves nothing in a session.
    pub(in crate::database) async fn reset_session(
        &mut self,
        _look: bool,
    ) -> Result<Vec<String>, ServerError> {
        Ok(Vec::new())
    }

    pub(in crate::database) async fn look_for_deadlocks_at_once(
        &mut self,
    ) -> Result<(), ServerError> {
        let failed = while_trying_to("set a session's deadlock_timeout");
        let set = self.link.run(sql::LOOK_FOR_DEADLOCKS_AT_ONCE).await;
        set.map_err(failed)
    }

    pub(in crate::database) async fn look_for_deadlocks_soon(&mut self) -> Result<(), ServerError> {
        let set = sqlx::query(sql::SET_FOR_SESSION)
            .bind(sql::DEADLOCK_TIMEOUT)
            .bind(SOON);
        let failed = while_trying_to("set a session's deadlock_timeout");
        self.link.tell(set).await.map_err(failed)
    }

    pub(in crate::database) async fn settle_failure(&mut self) {
        // A lost connection has no locks, and its next statement will say so.
        let _ = self.link.ping().await;
    }
}

impl PostgresTextConnection {
    pub(in crate::database) async fn prepare_for_stepping(
        &mut self,
        deadlock_timeout_ms: u32,
    ) -> Result<bool, ServerError> {
        self.stepping.clear();
        for (setting, value) in sql::STEPPING_SETTINGS {
            let failed = while_preparing("prepare a session for stepping");
            match self
                .run(sql::SET_FOR_SESSION, &[Some(setting), Some(value)])
                .await
            {
                Err(failure) if failure.sqlstate() == Some("42704") => {}
                done => {
                    done.map_err(failed)?;
                    self.stepping.push((setting.into(), value.into()));
                }
            }
        }
        let timeout = format!("{deadlock_timeout_ms}ms");
        let values = [Some(sql::DEADLOCK_TIMEOUT), Some(timeout.as_str())];
        match self.run(sql::SET_FOR_SESSION, &values).await {
            Ok(_) => {
                self.stepping.push((sql::DEADLOCK_TIMEOUT.into(), timeout));
                Ok(true)
            }
            Err(failure) if failure.sqlstate() == Some("42501") => Ok(false),
            Err(failure) => Err(while_preparing("set a session's deadlock_timeout")(failure)),
        }
    }

    pub(in crate::database) async fn look_for_deadlocks_at_once(
        &mut self,
    ) -> Result<(), ServerError> {
        let failed = while_preparing("set a session's deadlock_timeout");
        match self.run(sql::LOOK_FOR_DEADLOCKS_AT_ONCE, &[]).await {
            // Behind an error a transaction can only be undone, and that does not wait.
            Err(failure) if failure.sqlstate() == Some("25P02") => Ok(()),
            set => set.map(drop).map_err(failed),
        }
    }

    pub(in crate::database) async fn look_for_deadlocks_soon(&mut self) -> Result<(), ServerError> {
        let failed = while_preparing("set a session's deadlock_timeout");
        let values = [Some(sql::DEADLOCK_TIMEOUT), Some(SOON)];
        let set = self.run(sql::SET_FOR_SESSION, &values).await;
        set.map(drop).map_err(failed)
    }

    /// Its client reads on until the server is ready for the next statement.
    pub(in crate::database) async fn settle_failure(&mut self) {}
}

async fn set_for_stepping(link: &mut Link) -> Result<(), ServerError> {
    for (setting, value) in sql::STEPPING_SETTINGS {
        let set = sqlx::query(sql::SET_FOR_SESSION).bind(setting).bind(value);
        let failed = while_trying_to("prepare a session for stepping");
        match link.tell(set).await {
            // A server from before there was such a setting does nothing of the kind.
            Err(error) if sqlstate(&error) == "42704" => {}
            done => done.map_err(failed)?,
        }
    }
    Ok(())
}
