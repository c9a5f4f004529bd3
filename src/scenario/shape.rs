//! The shape of a small shop that is explored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::refusal::{Invalid, enough_to_duplicate, invalid, range};
use crate::shop::{LockOrder, Retry};

/// More buyers have no letters. The other limits are no technical ones: more
/// would be no small shop any more.
pub const STEPPED_MAX: u32 = 26;
const PRODUCTS_MAX: u32 = 60;
const UNITS_MAX: u32 = 1_000_000;
const TRIES_MAX: u32 = 100;

/// The shape of a small shop, apart from strategy and isolation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shape {
    /// How many buyers.
    pub buyers: u32,
    /// How many products.
    pub products: u32,
    /// Units on hand of each.
    pub stock: u32,
    /// Lines of each cart, each of another product but for
    /// [`Shape::duplicate_lines`].
    pub lines: u32,
    /// Whether all lines of a cart are of one product.
    pub duplicate_lines: bool,
    /// Units on each line, by buyer; the last entry stands for all further
    /// buyers.
    pub units: Vec<u32>,
    /// In cart order each buyer begins with another product, so that two carts
    /// of two lines are opposite; sorted, all begin with the same.
    pub lock_order: LockOrder,
    /// Attempts of a checkout.
    pub max_tries: u32,
    /// Whether a script is tried again after a write that it has committed.
    #[serde(default, skip_serializing_if = "Retry::is_default")]
    pub retry: Retry,
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
            duplicate_lines: false,
            units: vec![1],
            lock_order: LockOrder::Sorted,
            max_tries: 1,
            retry: Retry::default(),
            crash: false,
        }
    }
}

impl Shape {
    /// Different products on each cart.
    #[must_use]
    pub const fn distinct_lines(&self) -> u32 {
        if self.duplicate_lines { 1 } else { self.lines }
    }

    /// Refuses a small shop that makes no sense.
    ///
    /// # Errors
    /// The first such setting.
    pub fn validate(&self) -> Result<(), Invalid> {
        range("buyers", self.buyers, 1, STEPPED_MAX)?;
        // Before the stock, which may follow from them.
        for &units in &self.units {
            range("units", units, 1, UNITS_MAX)?;
        }
        range("stock", self.stock, 1, UNITS_MAX)?;
        range("lines", self.lines, 1, PRODUCTS_MAX)?;
        enough_to_duplicate(self.duplicate_lines, self.lines)?;
        range("products", self.products, 1, PRODUCTS_MAX)?;
        range("max-tries", self.max_tries, 1, TRIES_MAX)?;
        if self.distinct_lines() > self.products {
            let problem = format!("it takes as many for {} lines", self.lines);
            return Err(invalid("products", self.products, problem));
        }
        if self.units.len() != 1 && self.units.len() != self.buyers as usize {
            let units: Vec<String> = match self.units.as_slice() {
                [] => vec!["none".into()],
                units => units.iter().map(u32::to_string).collect(),
            };
            let problem = format!(
                "give one number for all buyers, or one for each of {}",
                self.buyers
            );
            return Err(invalid("units", units.join(","), problem));
        }
        if self.buyers == 1 && !self.crash {
            let problem = "leaves nothing to interleave: it needs --crash".into();
            return Err(invalid("buyers", self.buyers, problem));
        }
        Ok(())
    }

    /// Units that the largest cart wants of a product: the stock where none is set, so
    /// that every cart fits and one of two buyers gets what both want.
    #[must_use]
    pub fn largest_cart(&self) -> u32 {
        let units = self.units.iter().take(self.buyers as usize).max();
        let lines = if self.duplicate_lines { self.lines } else { 1 };
        units.copied().unwrap_or(1).saturating_mul(lines)
    }

    /// Units on each line of a buyer's cart.
    #[must_use]
    pub fn units_of(&self, buyer: u32) -> u32 {
        let units = self.units.get(buyer as usize).or(self.units.last());
        units.copied().unwrap_or(1)
    }
}
