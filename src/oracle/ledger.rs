//! What a shop holds at rest, and what was planned and told: plain rows.

use crate::shop::{Cart, CheckoutKey, Line, Outcome, Sku};

/// What the database holds at rest, as plain rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Every product.
    pub products: Vec<ProductRow>,
    /// Every order, by ascending id.
    pub orders: Vec<OrderRow>,
    /// Every order line, by ascending order id.
    pub lines: Vec<OrderLineRow>,
}

/// A row of `products`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductRow {
    /// The product.
    pub sku: Sku,
    /// Units on hand; `None` where the strategy keeps no stock column, and
    /// then the rules that need it do not apply.
    pub stock: Option<i64>,
}

/// A row of `orders`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderRow {
    /// The primary key.
    pub id: i64,
    /// The checkout that placed it.
    pub key: CheckoutKey,
}

/// A row of `order_lines`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderLineRow {
    /// The order it belongs to.
    pub order_id: i64,
    /// What was promised.
    pub line: Line,
}

/// What the shop could sell of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supply {
    /// The product.
    pub sku: Sku,
    /// Units on hand before the first buyer, plus units restocked since.
    pub units: i64,
}

/// Everything an audit needs beside the ledger.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// Every product, each once.
    pub supply: &'a [Supply],
    /// Every buyer's cart, in buyer order.
    pub carts: &'a [Cart],
    /// How each buyer's checkout ended, in buyer order.
    pub told: &'a [Outcome],
}
