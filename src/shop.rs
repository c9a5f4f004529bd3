//! The vocabulary of the shop: plain values that every other layer speaks.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{State, Table};

/// A product for sale, by its primary key in `products`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Sku(pub u32);

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "product {}", self.0)
    }
}

/// The idempotency key of one checkout: every order that comes from the same
/// checkout carries the same key, however often the checkout is tried.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct CheckoutKey(pub i64);

/// One line of a cart: so many units of a product.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Line {
    /// What is wanted.
    pub sku: Sku,
    /// How many of it; at least 1.
    pub units: u32,
}

/// What the shop could sell of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supply {
    /// The product.
    pub sku: Sku,
    /// Units on hand before the first buyer, plus units restocked since.
    pub units: i64,
}

/// What one buyer wants, in the order in which the checkout will touch it.
/// A copy shares its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cart {
    /// The buyer's number, from 0.
    pub buyer: u32,
    /// The key that marks every order of this checkout.
    pub key: CheckoutKey,
    /// At least one line; none on tables of the user's own.
    pub lines: Arc<[Line]>,
    /// Which of its subject's operations the buyer carries out, from 0.
    pub operation: u32,
}

impl Cart {
    /// A unit of the product on each of so many lines: for attempts that are made before
    /// any buyer comes.
    #[must_use]
    pub fn for_warm_up(sku: Sku, lines: u32) -> Self {
        let line = Line { sku, units: 1 };
        Self {
            buyer: 0,
            key: CheckoutKey(0),
            lines: (0..lines).map(|_| line).collect(),
            operation: 0,
        }
    }

    /// The units that it wants of a product, over all its lines.
    #[must_use]
    pub fn wants(&self, sku: Sku) -> i64 {
        let lines = self.lines.iter().filter(|line| line.sku == sku);
        lines.map(|line| i64::from(line.units)).sum()
    }

    /// Each product once, in the order of the lines, with the units that it wants.
    pub fn wanted(&self) -> impl Iterator<Item = (Sku, i64)> {
        let is_first = |&(at, line): &(usize, &Line)| {
            let earlier = &self.lines[..at];
            earlier.iter().all(|other| other.sku != line.sku)
        };
        let firsts = self.lines.iter().enumerate().filter(is_first);
        firsts.map(|(_, line)| (line.sku, self.wants(line.sku)))
    }

    /// Units over all lines.
    #[must_use]
    pub fn units(&self) -> u64 {
        self.lines.iter().map(|line| u64::from(line.units)).sum()
    }
}

/// How the lines of a cart are ordered before a checkout touches them.
///
/// Two carts that hold the same products in opposite orders lock them in
/// opposite orders and deadlock (SQLSTATE 40P01); sorted carts never do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LockOrder {
    /// By product, whatever the buyer put in first.
    Sorted,
    /// As the buyer filled the cart.
    Cart,
}

impl LockOrder {
    /// The name used on the command line, in files and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sorted => "sorted",
            Self::Cart => "cart",
        }
    }
}

/// What becomes of a script whose statement lost a race after the script had committed a
/// write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// It has failed: another try would write a second time.
    #[default]
    Uncommitted,
    /// It begins again, as a caller does that repeats the whole of it.
    WholeScript,
}

impl Retry {
    /// The name used on the command line, in files and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uncommitted => "uncommitted",
            Self::WholeScript => "whole-script",
        }
    }

    /// Whether nothing was set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The isolation level of every transaction of a run, always set explicitly.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Default,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// Each statement sees what was committed before it began.
    #[default]
    ReadCommitted,
    /// Each transaction sees what was committed before its first query.
    RepeatableRead,
    /// As if the transactions had run one after the other.
    Serializable,
}

impl Isolation {
    /// Every level, weakest first.
    pub const ALL: [Self; 3] = [
        Self::ReadCommitted,
        Self::RepeatableRead,
        Self::Serializable,
    ];

    /// The name used on the command line, in files and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadCommitted => "read-committed",
            Self::RepeatableRead => "repeatable-read",
            Self::Serializable => "serializable",
        }
    }

    /// The same in words, as SQL writes it: `read committed`.
    #[must_use]
    pub fn in_words(self) -> String {
        self.name().replace('-', " ")
    }
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How one checkout ended. Sold out is a business answer, not an error.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The buyer was told that the order stands.
    Sold,
    /// The buyer was told that there is not enough.
    SoldOut,
    /// Every try was lost to concurrency.
    GaveUp,
    /// A fault: the database or the connection failed, and nothing was sold.
    Failed,
    /// No reply to COMMIT: it may have been sold or not.
    Unknown,
    /// The run ended before the buyer's first attempt.
    NotStarted,
}

impl Outcome {
    /// Every outcome, in the order in which reports list them.
    pub const ALL: [Self; 6] = [
        Self::Sold,
        Self::SoldOut,
        Self::GaveUp,
        Self::Failed,
        Self::Unknown,
        Self::NotStarted,
    ];

    /// The name used in CSV columns and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sold => "sold",
            Self::SoldOut => "sold_out",
            Self::GaveUp => "gave_up",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotStarted => "not_started",
        }
    }
}

/// Why an attempt was lost to concurrency; only these are tried again.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Conflict {
    /// SQLSTATE 40001: the snapshot or the serial order could not be kept.
    Serialization,
    /// SQLSTATE 40P01: chosen as the victim of a deadlock.
    Deadlock,
    /// SQLSTATE 55P03: a lock was not to be had at once or in time.
    LockTimeout,
    /// A versioned UPDATE matched no row: another session changed the product.
    StaleVersion,
}

impl Conflict {
    /// Every kind, in the order in which reports list them.
    pub const ALL: [Self; 4] = [
        Self::Serialization,
        Self::Deadlock,
        Self::LockTimeout,
        Self::StaleVersion,
    ];

    /// The name used in CSV columns and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Serialization => "serialization",
            Self::Deadlock => "deadlock",
            Self::LockTimeout => "lock_timeout",
            Self::StaleVersion => "stale_version",
        }
    }

    /// PostgreSQL's SQLSTATE, or how the conflict shows where there is none.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Serialization => "40001",
            Self::Deadlock => "40P01",
            Self::LockTimeout => "55P03",
            Self::StaleVersion => "0 rows",
        }
    }

    /// The conflict that an SQLSTATE stands for, if it is one.
    #[must_use]
    pub fn from_sqlstate(sqlstate: &str) -> Option<Self> {
        match sqlstate {
            "40001" => Some(Self::Serialization),
            "40P01" => Some(Self::Deadlock),
            "55P03" => Some(Self::LockTimeout),
            _ => None,
        }
    }
}

/// The table of products, as a [`State`] names it: `id`, `stock`.
pub const PRODUCTS: &str = "products";
/// The table of orders: `id`, `checkout_key`.
pub const ORDERS: &str = "orders";
/// The table of order lines: `order_id`, `product_id`, `units`.
pub const ORDER_LINES: &str = "order_lines";

/// The state of a shop: products by ascending SKU (without a stock where the column
/// is not kept), orders by ascending id, lines by ascending order.
pub fn state(
    products: impl IntoIterator<Item = (Sku, Option<i64>)>,
    orders: impl IntoIterator<Item = (i64, CheckoutKey)>,
    lines: impl IntoIterator<Item = (i64, Line)>,
) -> State {
    const fn table(columns: &'static [Cow<'static, str>]) -> Table {
        Table::empty(Cow::Borrowed(columns))
    }
    let mut of_products = table(&[Cow::Borrowed("id"), Cow::Borrowed("stock")]);
    for (sku, stock) in products {
        of_products.push([i64::from(sku.0).into(), stock.into()]);
    }
    let mut of_orders = table(&[Cow::Borrowed("id"), Cow::Borrowed("checkout_key")]);
    for (id, key) in orders {
        of_orders.push([id.into(), key.0.into()]);
    }
    let mut of_lines = table(&[
        Cow::Borrowed("order_id"),
        Cow::Borrowed("product_id"),
        Cow::Borrowed("units"),
    ]);
    for (id, line) in lines {
        let (sku, units) = (i64::from(line.sku.0), i64::from(line.units));
        of_lines.push([id.into(), sku.into(), units.into()]);
    }
    State::of(vec![
        (PRODUCTS.into(), of_products.into()),
        (ORDERS.into(), of_orders.into()),
        (ORDER_LINES.into(), of_lines.into()),
    ])
}
