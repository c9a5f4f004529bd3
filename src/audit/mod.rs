//! The invariants: what the database holds after a run, held against the
//! planned carts and against what the buyers were told.
//!
//! Nothing here comes from a counter that a strategy kept, and nothing here
//! knows which strategy ran.

mod scarcity;
mod tally;
mod verdict;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::shop::{Cart, CheckoutKey, Line, Outcome, Sku};

pub use scarcity::Scarcity;
pub use tally::Tally;
pub use verdict::{Doubt, EVIDENCE_MIN, Evidence, Judgement, Ruling, Verdict, judge};

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

/// The invariants that a ledger breaks, in total. All zero is a clean ledger.
/// Totals add what each product breaks; they never net one product against
/// another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violations {
    /// Units sold beyond the supply.
    pub oversold: u64,
    /// Units by which the stock went down less than was sold.
    pub lost_updates: u64,
    /// Units by which the stock went down more than was sold.
    pub leaked_stock: u64,
    /// Units below zero in the stock column.
    pub negative_stock: u64,
    /// Orders beyond the first of one checkout.
    pub duplicate_orders: u64,
    /// Orders whose lines are not the lines of their cart.
    pub partial_orders: u64,
    /// Checkouts that were told `sold` and have no order.
    pub missing_orders: u64,
    /// Orders that nobody was promised: no checkout asked for them, or its buyer
    /// was told that there is none.
    pub unpromised_orders: u64,
    /// Units of refused carts that would still have fitted at rest.
    pub unsold: u64,
}

impl Violations {
    /// Adds another run's or product's violations.
    pub fn add(&mut self, other: &Self) {
        self.oversold += other.oversold;
        self.lost_updates += other.lost_updates;
        self.leaked_stock += other.leaked_stock;
        self.negative_stock += other.negative_stock;
        self.duplicate_orders += other.duplicate_orders;
        self.partial_orders += other.partial_orders;
        self.missing_orders += other.missing_orders;
        self.unpromised_orders += other.unpromised_orders;
        self.unsold += other.unsold;
    }

    /// Whether nothing is broken.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// One product's account at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The product.
    pub sku: Sku,
    /// Initial plus restocked units.
    pub supply: i64,
    /// Units on order lines.
    pub sold: i64,
    /// Units that the stock column shows.
    pub stock: Option<i64>,
    /// Units on all carts.
    pub demand: i64,
}

impl Account {
    /// What this product breaks, by the rules of the catalogue:
    /// `oversold = sold - supply`, and the difference between `sold` and
    /// `supply - stock` is a lost update or leaked stock by its sign.
    #[must_use]
    pub fn violations(&self) -> Violations {
        let gone = self.stock.map(|stock| self.supply - stock);
        let missed = gone.map_or(0, |gone| self.sold - gone);
        Violations {
            oversold: positive(self.sold - self.supply),
            lost_updates: positive(missed),
            leaked_stock: positive(-missed),
            negative_stock: self.stock.map_or(0, |stock| positive(-stock)),
            ..Violations::default()
        }
    }
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// Every product's account, in the order of [`Plan::supply`].
    pub accounts: Vec<Account>,
    /// All violations, added up.
    pub total: Violations,
    /// How far the buyers who were answered put the supply to the test.
    pub scarcity: Scarcity,
}

/// Computes every violation of a ledger at rest.
///
/// # Panics
/// If `plan` has not one outcome for each cart: a defect of the caller.
#[must_use]
pub fn audit(ledger: &Ledger, plan: Plan<'_>) -> Findings {
    assert_eq!(plan.carts.len(), plan.told.len(), "one outcome a cart");
    let accounts = accounts(ledger, plan);
    let mut total = Violations::default();
    for account in &accounts {
        total.add(&account.violations());
    }
    audit_orders(ledger, plan, &mut total);
    total.unsold = unsold(&accounts, plan);
    Findings {
        scarcity: Scarcity::of(&accounts, plan),
        accounts,
        total,
    }
}

fn accounts(ledger: &Ledger, plan: Plan<'_>) -> Vec<Account> {
    let mut sold: HashMap<Sku, i64> = HashMap::new();
    for row in &ledger.lines {
        *sold.entry(row.line.sku).or_default() += i64::from(row.line.units);
    }
    let mut demand: HashMap<Sku, i64> = HashMap::new();
    for line in plan.carts.iter().flat_map(|cart| &cart.lines) {
        *demand.entry(line.sku).or_default() += i64::from(line.units);
    }
    let stock: HashMap<Sku, Option<i64>> =
        ledger.products.iter().map(|p| (p.sku, p.stock)).collect();
    let account = |supply: &Supply| Account {
        sku: supply.sku,
        supply: supply.units,
        sold: sold.get(&supply.sku).copied().unwrap_or(0),
        stock: stock.get(&supply.sku).copied().flatten(),
        demand: demand.get(&supply.sku).copied().unwrap_or(0),
    };
    plan.supply.iter().map(account).collect()
}

/// Duplicate, partial, missing and unpromised orders: the orders of each checkout
/// held against its cart and against what the buyer was told. Where that is not
/// known, both an order and none are as they should be.
fn audit_orders(ledger: &Ledger, plan: Plan<'_>, total: &mut Violations) {
    let buyer_of: HashMap<CheckoutKey, usize> = plan
        .carts
        .iter()
        .enumerate()
        .map(|(buyer, cart)| (cart.key, buyer))
        .collect();
    let mut orders_of = vec![0_u64; plan.carts.len()];
    let mut rest = ledger.lines.as_slice();
    for order in &ledger.orders {
        let lines = take_lines(&mut rest, order.id);
        let Some(&buyer) = buyer_of.get(&order.key) else {
            total.unpromised_orders += 1;
            continue;
        };
        orders_of[buyer] += 1;
        if !same_lines(lines, &plan.carts[buyer].lines) {
            total.partial_orders += 1;
        }
    }
    for (&orders, told) in orders_of.iter().zip(plan.told) {
        total.duplicate_orders += orders.saturating_sub(1);
        let is_promised = matches!(told, Outcome::Sold | Outcome::Unknown);
        total.missing_orders += u64::from(orders == 0 && *told == Outcome::Sold);
        total.unpromised_orders += u64::from(orders > 0 && !is_promised);
    }
}

/// Splits the lines of one order off the front of all lines that are left.
fn take_lines<'a>(rest: &mut &'a [OrderLineRow], order_id: i64) -> &'a [OrderLineRow] {
    let skip = rest.partition_point(|row| row.order_id < order_id);
    let end = skip + rest[skip..].partition_point(|row| row.order_id == order_id);
    let lines = &rest[skip..end];
    *rest = &rest[end..];
    lines
}

fn same_lines(rows: &[OrderLineRow], cart: &[Line]) -> bool {
    if rows.len() != cart.len() {
        return false;
    }
    let mut ordered: Vec<Line> = rows.iter().map(|row| row.line).collect();
    let mut wanted = cart.to_vec();
    ordered.sort_unstable();
    wanted.sort_unstable();
    ordered == wanted
}

/// Units of carts that were refused although they still fit as a whole into
/// what was left at rest, taken in buyer order until none fits.
fn unsold(accounts: &[Account], plan: Plan<'_>) -> u64 {
    let mut left: HashMap<Sku, i64> = accounts
        .iter()
        .map(|account| (account.sku, account.supply - account.sold))
        .collect();
    let refused = |told: &Outcome| matches!(told, Outcome::SoldOut | Outcome::GaveUp);
    let mut units = 0;
    for (cart, _) in plan
        .carts
        .iter()
        .zip(plan.told)
        .filter(|(_, told)| refused(told))
    {
        if take_if_fits(&mut left, cart) {
            units += cart.units();
        }
    }
    units
}

fn take_if_fits(left: &mut HashMap<Sku, i64>, cart: &Cart) -> bool {
    for line in &cart.lines {
        *left.entry(line.sku).or_default() -= i64::from(line.units);
    }
    let fits = cart.lines.iter().all(|line| left[&line.sku] >= 0);
    if !fits {
        for line in &cart.lines {
            *left.entry(line.sku).or_default() += i64::from(line.units);
        }
    }
    fits
}

fn positive(units: i64) -> u64 {
    u64::try_from(units).unwrap_or(0)
}
