//! The shape of a small case that is explored.

use serde::{Deserialize, Serialize};

use crate::shop::LockOrder;

/// The shape of a case, apart from strategy and isolation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// How many buyers.
    pub buyers: u32,
    /// How many products.
    pub products: u32,
    /// Units on hand of each.
    pub stock: u32,
    /// Lines of each cart, each of another product.
    pub lines: u32,
    /// Units on each line, by buyer; the last entry stands for all further
    /// buyers.
    pub units: Vec<u32>,
    /// In cart order each buyer begins with another product, so that two carts
    /// of two lines are opposite; sorted, all begin with the same.
    pub lock_order: LockOrder,
    /// Attempts of a checkout.
    pub max_tries: u32,
    /// Whether one connection may be cut, once a schedule.
    pub crash: bool,
}

impl Default for Shape {
    /// Two buyers, one try each, and the last unit of one product.
    fn default() -> Self {
        Self {
            buyers: 2,
            products: 1,
            stock: 1,
            lines: 1,
            units: vec![1],
            lock_order: LockOrder::Sorted,
            max_tries: 1,
            crash: false,
        }
    }
}

impl Shape {
    /// Units on each line of a buyer's cart.
    #[must_use]
    pub fn units_of(&self, buyer: u32) -> u32 {
        let units = self.units.get(buyer as usize).or(self.units.last());
        units.copied().unwrap_or(1)
    }
}
