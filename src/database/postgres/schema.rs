//! The run's own schema: everything that a run creates lives in it, and
//! nothing else is touched.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Row, SqlStr};

use super::connection::PostgresConnection;
use super::error::{reason, sqlstate, while_trying_to};
use super::link::Link;
use super::relations::KnownRelations;
use super::server::PostgresServer;
use super::sql;
use super::text_connection::PostgresTextConnection;
use super::text_traffic::TextTraffic;
use super::within::within;
use crate::database::error::ServerError;
use crate::database::fingerprint::Fingerprint;
use crate::database::maker::Maker;
use crate::database::ready::Asking;
use crate::shop::{Isolation, Supply};

/// How long a lock on a table of the run may stand in the way.
const DROPPED_WITHIN: &str = "10s";
/// How long the run's other sessions may take to end, and the pause between two looks.
const GONE_WITHIN: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// The same for what another run left: this one waits for it.
const SWEPT_WITHIN: &str = "1s";

/// A schema of the run's own, with the connection that looks after it.
#[derive(Debug)]
pub struct PostgresSchema {
    server: PostgresServer,
    name: String,
    pub(super) control: Link,
    /// `None` before they are asked for, and where locks do not tell all.
    pub(super) relations: Option<KnownRelations>,
}

impl PostgresSchema {
    pub(in crate::database) async fn connect(
        server: PostgresServer,
        name: String,
    ) -> Result<Self, ServerError> {
        let control = server.connect(&name).await?;
        Ok(Self {
            server,
            name,
            control,
            relations: None,
        })
    }

    pub(in crate::database) async fn make(&mut self) -> Result<(), ServerError> {
        let mark = self.server.mark();
        let create = AssertSqlSafe(sql::create_schema(&self.name, mark.as_deref()));
        if let Err(error) = self.control.run(create).await {
            return Err(match sqlstate(&error).as_str() {
                "42501" => may_not_create(&mut self.control, &error).await,
                _ => while_trying_to("create a schema for the run")(error),
            });
        }
        Ok(())
    }

    pub(in crate::database) async fn sweep(&mut self) -> Vec<String> {
        let found = self.control.all(sqlx::query(sql::SCHEMAS_LEFT)).await;
        let mut dropped = Vec::new();
        for row in found.unwrap_or_default() {
            let words = (row.try_get(0), row.try_get::<String, _>(1));
            let (Ok(name), Ok(mark)) = words else {
                continue;
            };
            let is_left = Maker::parse(&mark).is_some_and(|maker| maker.is_dead());
            let remove = sql::drop_schemas_soon(std::slice::from_ref(&name), SWEPT_WITHIN);
            if !is_left {
                continue;
            }
            match self.control.run(AssertSqlSafe(remove)).await {
                Ok(()) => dropped.push(name),
                // Of a lost connection the next statement tells.
                Err(_) => drop(self.control.run(sql::ROLLBACK).await),
            }
        }
        dropped
    }

    /// `text` for the tables of this schema.
    pub(super) fn sql(&self, text: &str) -> SqlStr {
        within(&self.name, text)
    }

    #[must_use]
    pub(in crate::database) fn patience(&self) -> Duration {
        self.server.patience()
    }

    #[must_use]
    pub(in crate::database) fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub(in crate::database) fn address(&self) -> String {
        self.server.address()
    }

    pub(in crate::database) async fn fingerprint(&mut self) -> Result<Fingerprint, ServerError> {
        self.server.fingerprint(&mut self.control).await
    }

    pub(in crate::database) async fn lay_out(
        &mut self,
        supply: &[Supply],
        stock_check: bool,
    ) -> Result<(), ServerError> {
        let failed = |error| while_trying_to("create the run's tables")(error);
        let check = stock_check.then_some(sql::CHECK_STOCK);
        let tables = [
            sql::DROP_TABLES,
            sql::CREATE_PRODUCTS,
            sql::CREATE_ORDERS,
            sql::INDEX_ORDERS,
            sql::CREATE_ORDER_LINES,
            sql::INDEX_ORDER_LINES,
        ];
        for sql in tables.into_iter().chain(check) {
            let sql = self.sql(sql);
            self.control.run(sql).await.map_err(failed)?;
        }
        let (ids, units): (Vec<i32>, Vec<i64>) = supply
            .iter()
            .map(|supply| (supply.sku.0.cast_signed(), supply.units))
            .unzip();
        let stock_up = sqlx::query(self.sql(sql::STOCK_UP)).bind(ids).bind(units);
        self.control.tell(stock_up).await.map_err(failed)
    }

    pub(in crate::database) async fn reconnect_if_lost(&mut self) -> Result<(), ServerError> {
        if self.is_lost().await {
            self.control = self.server.connect(&self.name).await?;
        }
        Ok(())
    }

    pub(in crate::database) async fn is_lost(&mut self) -> bool {
        self.control.ping().await.is_err()
    }

    #[must_use]
    pub(in crate::database) fn connector(&self) -> PostgresConnector {
        PostgresConnector {
            server: self.server.clone(),
            name: self.name.clone(),
            path: Some(self.name.clone()),
            traffic: Arc::default(),
        }
    }

    pub(in crate::database) async fn close(self) {
        self.control.close().await;
    }
}

impl PostgresServer {
    pub(in crate::database) async fn drop_schema(&self, name: &str) -> Result<(), ServerError> {
        let failed = |error| while_trying_to("drop the run's schema")(error);
        let mut connection = self.connect(name).await?;
        end_others(&mut connection, name).await.map_err(failed)?;
        let drop = sql::drop_schemas_soon(&[name.to_owned()], DROPPED_WITHIN);
        let drop = AssertSqlSafe(drop);
        connection.run(drop).await.map_err(failed)?;
        connection.close().await;
        Ok(())
    }
}

/// Ends the other sessions of the run, and waits until they are gone: what one of them was asked
/// for last, such as the schema itself, may be committed after the word to end, and would be made
/// after it was dropped. A process that is stopped never goes: what it holds says so next.
async fn end_others(control: &mut Link, name: &str) -> sqlx::Result<()> {
    let asking = Asking::begin();
    loop {
        let told = control.one(sqlx::query(sql::END_OTHERS_OF_RUN).bind(name));
        let there: i64 = told.await?.try_get(0)?;
        if there == 0 || !asking.again(GONE_WITHIN, LOOK_AGAIN).await {
            return Ok(());
        }
    }
}

/// Opens the run's connections.
#[derive(Debug, Clone)]
pub struct PostgresConnector {
    server: PostgresServer,
    name: String,
    /// Where statements that are only text find their tables; `None` where the server says.
    path: Option<String>,
    traffic: Arc<TextTraffic>,
}

impl PostgresConnector {
    /// For the sessions of scripts in a database of their own.
    pub(super) const fn of_database(
        server: PostgresServer,
        name: String,
        traffic: Arc<TextTraffic>,
    ) -> Self {
        Self {
            server,
            name,
            path: None,
            traffic,
        }
    }

    pub(in crate::database) async fn connect(
        &self,
        isolation: Isolation,
    ) -> Result<PostgresConnection, ServerError> {
        let mut link = self.server.connect(&self.name).await?;
        let level = isolation.in_words();
        let set = sqlx::query(sql::SET_FOR_SESSION)
            .bind("default_transaction_isolation")
            .bind(level);
        let failed = while_trying_to("set up a connection");
        link.tell(set).await.map_err(failed)?;
        Ok(PostgresConnection::new(link, &self.name))
    }

    pub(in crate::database) async fn connect_for_text(
        &self,
        isolation: Isolation,
    ) -> Result<PostgresTextConnection, ServerError> {
        let level = isolation.in_words();
        // As the defaults of the session: not even RESET leads to another schema.
        let path = self.path.as_deref();
        let settings: Vec<(&str, &str)> =
            std::iter::once(("default_transaction_isolation", level.as_str()))
                .chain(path.map(|path| ("search_path", path)))
                .collect();
        let link = self.server.connect_for_text(&self.name, &settings).await?;
        let traffic = Arc::clone(&self.traffic);
        Ok(PostgresTextConnection::new(
            link,
            path.unwrap_or("public"),
            traffic,
        ))
    }
}

async fn may_not_create(control: &mut Link, refused: &sqlx::Error) -> ServerError {
    let answer = control.one(sqlx::query(sql::SERVER_AND_ROLE)).await;
    let name = |column: usize| {
        let row = answer.as_ref().ok()?;
        row.try_get::<String, _>(column).ok()
    };
    ServerError::MayNotCreateSchema {
        role: name(1).unwrap_or_default(),
        database: name(2).unwrap_or_default(),
        reason: reason(refused),
    }
}
