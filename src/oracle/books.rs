//! The shop's own audit: the rows of its tables held against carts and answers.

use std::collections::HashMap;

use super::finding::Findings;
use super::ledger::{Ledger, OrderLineRow, Plan};
use super::scarcity::Scarcity;
use super::violations::{Account, Violations};
use crate::shop::{Cart, CheckoutKey, Line, Outcome, Sku, Supply};
use crate::value::State;

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Every product's account, in the order of [`Plan::supply`].
    pub accounts: Vec<Account>,
    /// What is broken.
    pub findings: Findings,
    /// How far the answered buyers put the supply to the test.
    pub scarcity: Scarcity,
}

/// Computes every violation of a shop at rest.
///
/// # Panics
/// If `plan` has not one outcome for each cart, or `state` is not that of a shop: a
/// defect of the caller.
#[must_use]
pub fn audit(state: &State, plan: Plan<'_>) -> Audit {
    assert_eq!(plan.carts.len(), plan.told.len(), "one outcome a cart");
    let ledger = &Ledger::of(state);
    let accounts = accounts(ledger, plan);
    let mut total = Violations::default();
    for account in &accounts {
        total.add(&account.violations());
    }
    audit_orders(ledger, plan, &mut total);
    total.unsold = unsold(&accounts, plan);
    Audit {
        scarcity: Scarcity::of(&accounts, plan),
        accounts,
        findings: total.findings(),
    }
}

fn accounts(ledger: &Ledger, plan: Plan<'_>) -> Vec<Account> {
    let mut sold: HashMap<Sku, i64> = HashMap::new();
    for row in &ledger.lines {
        *sold.entry(row.line.sku).or_default() += i64::from(row.line.units);
    }
    let mut demand: HashMap<Sku, i64> = HashMap::new();
    for (sku, units) in plan.carts.iter().flat_map(Cart::wanted) {
        *demand.entry(sku).or_default() += units;
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
    let of = |left: &HashMap<Sku, i64>, sku| left.get(&sku).copied().unwrap_or(0);
    let fits = cart.wanted().all(|(sku, units)| of(left, sku) >= units);
    for (sku, units) in cart.wanted().filter(|_| fits) {
        left.insert(sku, of(left, sku) - units);
    }
    fits
}

/// Whether an order of this checkout is in the tables.
#[must_use]
pub fn has_order(state: &State, key: CheckoutKey) -> bool {
    Ledger::of(state)
        .orders
        .iter()
        .any(|order| order.key == key)
}

/// The stock of each product; 0 where the column is not kept.
#[must_use]
pub fn stock(state: &State) -> Vec<(Sku, i64)> {
    let products = Ledger::of(state).products.into_iter();
    products
        .map(|row| (row.sku, row.stock.unwrap_or(0)))
        .collect()
}
