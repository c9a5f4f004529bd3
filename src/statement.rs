//! The language of the seam: what a checkout can ask of a database, as values.
//!
//! A strategy produces statements, a session answers them, and what stands
//! between (a recorder, a scheduler) can look at them without knowing SQL.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use std::borrow::Cow;
use std::sync::Arc;

use crate::shop::{Cart, Isolation, Sku};
use crate::value::{Table, Value};

/// One step of an attempt. Every statement is one round trip to the database,
/// except [`Statement::Think`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// Open a transaction.
    Begin(Isolation),
    /// Read a product's stock and version, without a lock.
    ReadStock(Sku),
    /// Read a product's stock and version and lock its row until the end of
    /// the transaction (`SELECT ... FOR UPDATE`).
    LockStock(Sku),
    /// Set the stock to a value computed by the client.
    WriteStock {
        /// The product.
        sku: Sku,
        /// Its new stock.
        stock: i64,
    },
    /// Set the stock and raise the version, if the version is still the one
    /// that was read; otherwise no row is touched.
    SwapStock {
        /// The product.
        sku: Sku,
        /// Its new stock.
        stock: i64,
        /// The version that was read.
        if_version: i64,
    },
    /// Subtract units from the stock, however many are left.
    DecrementStock {
        /// The product.
        sku: Sku,
        /// How many.
        units: u32,
    },
    /// Subtract units from the stock if so many are left; otherwise no row is
    /// touched.
    TakeStock {
        /// The product.
        sku: Sku,
        /// How many.
        units: u32,
    },
    /// Insert the order and all its lines, as one statement.
    PlaceOrder(Cart),
    /// Any other statement, as text with its values.
    Sql(Arc<TextStatement>),
    /// The buyer, or the payment, takes its time: as long as the load says. Only the
    /// full-speed session sleeps; no statement reaches the database.
    Think,
    /// The same for so many microseconds.
    Pause(u64),
    /// Something happens outside the database, such as a call of a provider: it stays, whatever
    /// becomes of the transaction. No statement reaches the database.
    Effect {
        /// What it is called.
        name: Arc<str>,
        /// With what; `None` is NULL.
        value: Option<String>,
    },
    /// Take the transaction's snapshot (`SELECT 1`). No strategy sends it: at
    /// repeatable read and serializable it is the first of the steps that a
    /// statement outside a transaction is.
    Snapshot,
    /// Make the transaction durable.
    Commit,
    /// Undo the transaction.
    Rollback,
}

impl Statement {
    /// How long it pauses, in microseconds; `None` for every other statement.
    #[must_use]
    pub const fn pause_us(&self) -> Option<u64> {
        match self {
            Self::Pause(pause_us) => Some(*pause_us),
            _ => None,
        }
    }

    /// The name and the value of an effect outside the database; `None` for every other
    /// statement.
    #[must_use]
    pub const fn as_effect(&self) -> Option<(&Arc<str>, &Option<String>)> {
        match self {
            Self::Effect { name, value } => Some((name, value)),
            _ => None,
        }
    }

    /// The text, of a statement that is only text.
    #[must_use]
    pub fn as_text(&self) -> Option<&TextStatement> {
        match self {
            Self::Sql(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is only text.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(self, Self::Sql(_))
    }
}

/// A statement of which nothing is known but its text. The tables of the run go by their
/// names without a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextStatement {
    /// With `$1`, `$2`, ... for its values.
    pub sql: Arc<str>,
    /// Each goes to the server as text, whatever type it finds for it; `None` is NULL.
    pub values: Vec<Option<String>>,
    /// Whether it opens or ends a transaction.
    pub bound: Option<TextBound>,
    /// Whether it changes rows, by its words: a function that it calls may do so too.
    pub changes: bool,
    /// What it looks at of the shop.
    pub look: TextLook,
    /// How far it may reach, where it bounds no transaction.
    pub reach: TextReach,
    /// Its line in the file that it comes from, from 1; 0 of this program's own, whose tables
    /// are named with their schema before they are sent.
    pub line: u32,
}

/// What a statement that is only text looks at of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextLook {
    /// It may look at anything.
    Unknown,
    /// It looks at the stock of these products, each once; at no stock where there are none.
    Products(Vec<Sku>),
}

impl TextStatement {
    /// Whether it may take rows one by one, each with a lock that lasts: it changes rows that
    /// were there, or locks those that it reads.
    #[must_use]
    pub fn takes_rows(&self) -> bool {
        let words = self.sql.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<String> = words
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let has = |wanted: &str| words.iter().any(|word| word == wanted);
        // An INSERT that does nothing else takes no row that another session could want first.
        has("update") || has("delete") || has("merge") || has("for") && has("share")
    }
}

/// How a statement that is only text bounds a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextBound {
    /// It opens one.
    Begin,
    /// It makes it durable; after a failed statement it undoes it, and the session
    /// answers [`Error::RolledBack`](crate::session::Error::RolledBack).
    Commit,
    /// It undoes it.
    Rollback,
}

/// How far a statement that is only text may reach, as far as its words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextReach {
    /// It reads or changes rows: the locks of its transaction tell of which tables.
    Query,
    /// It sets something for its session, or locks a table, and its locks tell the rest.
    Session,
    /// Anything.
    Anything,
    /// Anything, and what later statements of any session do may not be what it was.
    Lasting,
}

/// What a product's row held when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stock {
    /// Units on hand; a broken checkout can make this negative.
    pub stock: i64,
    /// How often a versioned update has succeeded.
    pub version: i64,
}

/// What a session answers when a statement succeeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Done; there is nothing more to say.
    Done,
    /// Rows were read or changed.
    Rows {
        /// How many.
        affected: u64,
        /// What was read of them; `None` where no row was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        table: Option<Arc<Table>>,
    },
}

const STOCK: [Cow<'static, str>; 2] = [Cow::Borrowed("stock"), Cow::Borrowed("version")];

impl Reply {
    /// So many rows were changed.
    #[must_use]
    pub const fn affected(rows: u64) -> Self {
        Self::Rows {
            affected: rows,
            table: None,
        }
    }

    /// The row of a product was read; `None` where there is none.
    #[must_use]
    pub fn stock(row: Option<Stock>) -> Self {
        let mut table = Table::empty(Cow::Borrowed(&STOCK));
        if let Some(Stock { stock, version }) = row {
            table.push([stock.into(), version.into()]);
        }
        Self::Rows {
            affected: row.is_some().into(),
            table: Some(Arc::new(table)),
        }
    }

    /// The row of a product that was read; `None` where the reply is another one.
    #[must_use]
    pub fn as_stock(&self) -> Option<Stock> {
        let &[Value::Int(stock), Value::Int(version)] = self.table()?.rows().next()? else {
            return None;
        };
        Some(Stock { stock, version })
    }

    /// What was read.
    #[must_use]
    pub fn table(&self) -> Option<&Table> {
        match self {
            Self::Done => None,
            Self::Rows { table, .. } => table.as_deref(),
        }
    }
}
