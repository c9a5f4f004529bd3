//! What is left of each product, seen from the outside.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::scenario::Scenario;
use crate::shop::{Cart, Sku};

/// What is promised of every product so far: units of sales whose COMMIT was
/// sent and has not failed. One plain addition for each line of a sale, without
/// a lock, so that no buyer waits for the account of another one.
pub(super) struct Shelves {
    promised: Vec<AtomicI64>,
    /// Units of every product whose COMMIT was confirmed.
    sold: Vec<AtomicI64>,
    supply: i64,
}

impl Shelves {
    pub(super) fn of(scenario: &Scenario) -> Self {
        Self::new(scenario.products, scenario.stock.into())
    }

    pub(super) fn new(products: u32, supply: i64) -> Self {
        let none_of_each = || (0..products).map(|_| AtomicI64::new(0)).collect();
        Self {
            promised: none_of_each(),
            sold: none_of_each(),
            supply,
        }
    }

    /// Whether so many units of a product are left, if every COMMIT that is
    /// under way becomes a sale.
    pub(super) fn hold(&self, sku: Sku, units: i64) -> bool {
        self.supply - self.promised(sku).load(Ordering::Relaxed) >= units
    }

    pub(super) fn promise(&self, cart: &Cart) {
        for line in cart.lines.iter() {
            let promised = self.promised(line.sku);
            promised.fetch_add(line.units.into(), Ordering::Relaxed);
        }
    }

    pub(super) fn take_back(&self, cart: &Cart) {
        for line in cart.lines.iter() {
            let promised = self.promised(line.sku);
            promised.fetch_sub(line.units.into(), Ordering::Relaxed);
        }
    }

    /// A sale is confirmed. Each unit above the supply is told to exactly one sale, so
    /// that those of all sales together are what is oversold.
    pub(super) fn sell(&self, cart: &Cart) -> Sale {
        let mut sale = Sale::default();
        for line in cart.lines.iter() {
            let units = i64::from(line.units);
            let sold = &self.sold[line.sku.0 as usize - 1];
            let after = sold.fetch_add(units, Ordering::Relaxed) + units;
            sale.units += u64::from(line.units);
            sale.oversold += (after - self.supply).clamp(0, units).unsigned_abs();
        }
        sale
    }

    /// Products are numbered from 1.
    pub(super) fn promised(&self, sku: Sku) -> &AtomicI64 {
        &self.promised[sku.0 as usize - 1]
    }
}

/// What one attempt sold for certain, in units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sale {
    pub(super) units: u64,
    /// Of them, those above what was in stock.
    pub(super) oversold: u64,
}
