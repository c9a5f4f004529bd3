//! The language of the seam: what a checkout can ask of a database, as values.
//!
//! A strategy produces statements, a session answers them, and what stands
//! between (a recorder, a scheduler) can look at them without knowing SQL.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shop::{Cart, Isolation, Sku};

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
    /// The buyer, or the payment, takes its time. Only the full-speed session
    /// sleeps; no statement reaches the database.
    Think,
    /// Take the transaction's snapshot (`SELECT 1`). No strategy sends it: at
    /// repeatable read and serializable it is the first of the steps that a
    /// statement outside a transaction is.
    Snapshot,
    /// Make the transaction durable.
    Commit,
    /// Undo the transaction.
    Rollback,
}

/// What a product's row held when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stock {
    /// Units on hand; a broken checkout can make this negative.
    pub stock: i64,
    /// How often a versioned update has succeeded.
    pub version: i64,
}

/// What a session answers when a statement succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Done; there is nothing more to say.
    Done,
    /// The row that was read.
    Stock(Stock),
    /// How many rows the statement touched.
    Rows(u64),
}
