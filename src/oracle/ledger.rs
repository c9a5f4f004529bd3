//! What a shop holds at rest, and what was planned and told: plain rows.

use crate::shop::{Cart, CheckoutKey, Line, ORDER_LINES, ORDERS, Outcome, PRODUCTS, Sku, Supply};
use crate::value::{State, Value};

/// The tables of the shop at rest, as typed rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Every product.
    pub products: Vec<ProductRow>,
    /// Every order, by ascending id.
    pub orders: Vec<OrderRow>,
    /// Every order line, by ascending order id.
    pub lines: Vec<OrderLineRow>,
}

impl Ledger {
    /// Reads the tables of a state.
    ///
    /// # Panics
    /// If they are not those of the shop: a defect of the world that it came from.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let int = |value: &Value| value.int().expect("a number");
        let small = |value: &Value| u32::try_from(int(value)).expect("a small number");
        let product = |row: &[Value]| ProductRow {
            sku: Sku(small(&row[0])),
            stock: row[1].int(),
        };
        let order = |row: &[Value]| OrderRow {
            id: int(&row[0]),
            key: CheckoutKey(int(&row[1])),
        };
        let line = |row: &[Value]| OrderLineRow {
            order_id: int(&row[0]),
            line: Line {
                sku: Sku(small(&row[1])),
                units: small(&row[2]),
            },
        };
        Self {
            products: state.rows(PRODUCTS).map(product).collect(),
            orders: state.rows(ORDERS).map(order).collect(),
            lines: state.rows(ORDER_LINES).map(line).collect(),
        }
    }
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
