//! Whether two schedules left the same behind.

use std::fmt::{self, Write as _};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use super::ledger::{Ledger, OrderRow};
use super::serial::EndDigest;
use crate::shop::Line;
use crate::value::{State, Value};

/// A short name for what the tables of a shop hold: the first 16 hexadecimal digits
/// of a SHA-256. The id of an order, which a sequence gave, is no part of it; neither
/// is the sequence of orders, nor that of an order's lines.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// Of the state of a shop.
    ///
    /// # Panics
    /// If the tables are not those of the shop: a defect of the caller.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let ledger = Ledger::of(state);
        let order = |order: &OrderRow| {
            let rows = ledger.lines.iter();
            let own = rows.filter(|row| row.order_id == order.id);
            let mut lines: Vec<Line> = own.map(|row| row.line).collect();
            lines.sort_unstable();
            (order.key, lines)
        };
        let mut orders: Vec<_> = ledger.orders.iter().map(order).collect();
        orders.sort_unstable();
        let mut text = String::new();
        for product in &ledger.products {
            let stock = product
                .stock
                .map_or_else(|| "-".into(), |units| units.to_string());
            let _ = write!(text, "product {} {stock};", product.sku.0);
        }
        for (key, lines) in orders {
            let _ = write!(text, "order {}", key.0);
            for line in lines {
                let _ = write!(text, " {}x{}", line.units, line.sku.0);
            }
            text.push(';');
        }
        Self::of_text(&text)
    }

    /// Of any tables: of their rows in no order, without the columns that `is_left_out`
    /// names by table and column.
    #[must_use]
    pub fn of_tables(state: &State, is_left_out: impl Fn(&str, &str) -> bool) -> Self {
        let mut text = String::new();
        for (name, table) in state.tables() {
            let kept = |at: &usize| !is_left_out(name, &table.columns[*at]);
            let kept: Vec<usize> = (0..table.columns.len()).filter(kept).collect();
            let row = |row: &[Value]| kept.iter().map(|&at| row[at].clone()).collect();
            let mut rows: Vec<Vec<Value>> = table.rows().map(row).collect();
            rows.sort_unstable();
            let _ = write!(text, "{name:?} {rows:?};");
        }
        Self::of_text(&text)
    }

    fn of_text(text: &str) -> Self {
        let hash = sha2::Sha256::digest(text.as_bytes());
        let half = hash.iter().take(8).map(|byte| format!("{byte:02x}"));
        Self(half.collect())
    }
}

impl From<EndDigest> for Digest {
    fn from(digest: EndDigest) -> Self {
        Self(digest.to_string())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
