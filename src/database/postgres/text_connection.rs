//! One connection on which every value is text, as a [`Session`].

use super::relation_sql;
use super::sql::{self, Texts};
use super::text_link::TextLink;
use super::text_traffic::{TextTally, TextTraffic};
use super::wire::{TextRows, WireFailure};
use super::within::within;
use crate::database::fingerprint::Backend;
use crate::session::{Error, Result, Session};
use crate::shop::{Conflict, Sku};
use crate::statement::{Reply, Statement, Stock, TextBound, TextStatement};
use crate::value::{Table, Value};

use std::borrow::Cow;
use std::sync::Arc;

/// A connection of the run on which every value is text.
///
/// No future of it may be dropped before it is done, as of
/// [`PostgresConnection`](super::PostgresConnection).
#[derive(Debug)]
pub struct PostgresTextConnection {
    pub(super) link: TextLink,
    schema: String,
    texts: Box<Texts>,
    /// The settings that stepping has made in the session.
    pub(super) stepping: Vec<(String, String)>,
    pub(super) tally: TextTally,
}

impl PostgresTextConnection {
    pub(super) fn new(link: TextLink, schema: &str, traffic: Arc<TextTraffic>) -> Self {
        Self {
            link,
            schema: schema.to_owned(),
            texts: Box::new(Texts::within(schema)),
            stepping: Vec::new(),
            tally: TextTally::new(traffic),
        }
    }

    #[must_use]
    pub(in crate::database) fn backend(&self) -> Backend {
        self.link.backend()
    }

    pub(in crate::database) async fn close(self) {
        self.link.close().await;
    }

    /// Gives up the advisory locks of the session, which outlive a transaction.
    pub(in crate::database) async fn unlock(&mut self) -> Result<()> {
        self.run(sql::UNLOCK, &[]).await.map(drop).map_err(said)
    }

    /// As [`PostgresConnection::add_product`](super::PostgresConnection::add_product).
    pub(in crate::database) async fn add_product(&mut self, sku: Sku, stock: i64) -> Result<()> {
        let (id, stock) = (sku.0.cast_signed().to_string(), stock.to_string());
        let add = within(&self.schema, sql::ADD_PRODUCT);
        let added = self.run(add.as_str(), &[Some(&id), Some(&stock)]).await;
        added.map(drop).map_err(said)
    }

    /// Sends SQL of this program's own.
    pub(super) async fn run(
        &mut self,
        sql: &str,
        values: &[Option<&str>],
    ) -> std::result::Result<TextRows, WireFailure> {
        self.tally.note_sent();
        let done = self.link.run(sql, values).await;
        self.note(done)
    }

    /// Sends a statement of a script of which the server has planned as much as it can when `go`
    /// is over.
    pub(in crate::database) async fn execute_after(
        &mut self,
        statement: Statement,
        go: impl Future<Output = ()> + Send,
    ) -> Result<Reply> {
        let text = statement.as_text();
        let Some(text) = text.filter(|text| text.line > 0 && text.bound.is_none()) else {
            go.await;
            return self.execute(statement).await;
        };
        let values: Vec<Option<&str>> = text.values.iter().map(Option::as_deref).collect();
        self.tally.note_sent();
        let done = self.link.run_after(&text.sql, &values, go).await;
        self.note(done).map(|rows| reply(&rows)).map_err(said)
    }

    /// Has a statement planned, and nothing else.
    pub(in crate::database) async fn plan(&mut self, text: &TextStatement) -> Result<()> {
        let values: Vec<Option<&str>> = text.values.iter().map(Option::as_deref).collect();
        let sql = format!("{}{}", relation_sql::EXPLAIN, text.sql);
        self.run(&sql, &values).await.map(drop).map_err(said)
    }

    /// Whether this transaction has changed or removed rows of these relations.
    pub(in crate::database) async fn has_changed_rows(&mut self, relations: &str) -> Result<bool> {
        let rows = self
            .run(relation_sql::HAS_CHANGED, &[Some(relations)])
            .await;
        Ok(rows.map_err(said)?.get(0, 0) == Some("t"))
    }

    /// Counts what may have undone something.
    fn note(
        &self,
        done: std::result::Result<TextRows, WireFailure>,
    ) -> std::result::Result<TextRows, WireFailure> {
        let is_undone = |rows: &TextRows| rows.tag() == sql::ROLLBACK;
        if done.as_ref().map_or(true, is_undone) {
            self.tally.note_undone();
        }
        done
    }
}

impl Session for PostgresTextConnection {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        let Some(text) = statement.as_text() else {
            let Some(sql) = self.texts.of(&statement) else {
                return Ok(Reply::Done);
            };
            let values = sql::text_values(&statement);
            let values: Vec<Option<&str>> = values.iter().map(|value| Some(&**value)).collect();
            return known_reply(&self.run(sql.as_str(), &values).await.map_err(said)?);
        };
        let values: Vec<Option<&str>> = text.values.iter().map(Option::as_deref).collect();
        let rows = match text.line {
            0 => {
                let sql = within(&self.schema, &text.sql);
                self.run(sql.as_str(), &values).await
            }
            _ => self.run(&text.sql, &values).await,
        };
        let rows = rows.map_err(said)?;
        match text.bound {
            // A server tells by the tag that it undid what was to be made durable.
            Some(TextBound::Commit) if rows.tag() == sql::ROLLBACK => Err(Error::RolledBack),
            _ => Ok(reply(&rows)),
        }
    }
}

/// Of a known statement: the row of a product, or how many rows were changed.
fn known_reply(rows: &TextRows) -> Result<Reply> {
    if rows.columns().is_empty() {
        return Ok(rows.affected().map_or(Reply::Done, Reply::affected));
    }
    let number = |column| rows.get(0, column).and_then(|text| text.parse().ok());
    let read = || {
        Some(Stock {
            stock: number(0)?,
            version: number(1)?,
        })
    };
    match (rows.len(), rows.columns().len()) {
        // The snapshot of a statement of its own.
        (_, 1) => Ok(Reply::Done),
        (0, _) => Ok(Reply::stock(None)),
        _ => match read() {
            Some(stock) => Ok(Reply::stock(Some(stock))),
            None => Err(Error::WrongReply {
                wanted: "a product".into(),
                reply: reply(rows),
            }),
        },
    }
}

fn reply(rows: &TextRows) -> Reply {
    if rows.columns().is_empty() {
        return rows.affected().map_or(Reply::Done, Reply::affected);
    }
    let names = rows.columns().iter();
    let names = names.map(|column| Cow::Owned(column.name.clone()));
    let mut table = Table::empty(names.collect());
    let value = |value: Option<&str>| value.map_or(Value::Null, |text| Value::Text(text.into()));
    for row in 0..rows.len() {
        table.extend(rows.row(row).map(value));
    }
    Reply::Rows {
        affected: rows.affected().unwrap_or(rows.len() as u64),
        table: Some(Arc::new(table)),
    }
}

/// What a failure means to a caller of the statement.
fn said(failure: WireFailure) -> Error {
    let message = match failure {
        WireFailure::Refused(message) => message,
        WireFailure::Lost { reason, .. } => return Error::ConnectionLost(reason),
        WireFailure::Unsupported(message) => {
            return Error::Database {
                sqlstate: String::new(),
                message,
            };
        }
    };
    match (
        Conflict::from_sqlstate(&message.sqlstate),
        &*message.sqlstate,
    ) {
        (Some(conflict), _) => Error::Conflict(conflict),
        (None, "23514") => Error::CheckViolation,
        (None, _) => Error::Database {
            sqlstate: message.sqlstate.clone(),
            message: match &message.hint {
                Some(hint) => format!("{}; {hint}", message.message),
                None => message.message.clone(),
            },
        },
    }
}
