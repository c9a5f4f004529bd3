//! Defects that can be planted in a correct shop, each with what it must show.

use checkout_sim::oracle::{Verdict, Violations};
use checkout_sim::shop::{CheckoutKey, Outcome, Sku};
use proptest::prelude::{Just, prop_oneof};
use proptest::strategy::Strategy;

use super::second_opinion::sold_of;
use super::world::World;

/// More than any one cart wants.
pub const LEFT_OVER: i64 = 10;

/// One thing done wrong in a shop that is otherwise correct.
#[derive(Debug, Clone, Copy)]
pub enum Defect {
    /// The order is placed twice, and the stock taken twice.
    OrderTwice,
    /// The order is placed twice; the stock is taken once.
    OrderTwiceTakeOnce,
    /// A line is lost, and its units are back on the shelf.
    LineLost,
    /// A line is lost after its units were taken.
    LineLostUnitsTaken,
    /// The order is lost, and its units are back on the shelf.
    OrderLost,
    /// The order is lost after its units were taken.
    OrderLostUnitsTaken,
    /// A checkout wrote a stale stock.
    StockTooHigh(i64),
    /// A checkout took stock and placed no order.
    StockTooLow(i64),
    /// There were fewer units than were sold, and the stock column says so.
    BelowZero(i64),
    /// There were fewer units than were sold, and the stock column hides it.
    HiddenByFloor(i64),
    /// A buyer was turned away.
    Refused(Outcome),
    /// A buyer has an order and was told something else.
    Denied(Outcome),
    /// There is an order that no checkout asked for.
    OutOfNowhere,
}

/// Plants the defect in a shop in which every buyer bought and much is left, and
/// answers what must show and how it must be judged.
pub fn plant(world: &mut World, defect: Defect, buyer: usize) -> (Violations, Verdict) {
    let cart = world.carts[buyer].clone();
    let first = cart.lines[0];
    let mut shows = Violations::default();
    let verdict = match defect {
        Defect::OrderTwice => {
            world.place(cart.key, &cart.lines);
            world.take(&cart.lines);
            shows.duplicate_orders = 1;
            Verdict::Duplicates
        }
        Defect::OrderTwiceTakeOnce => {
            world.place(cart.key, &cart.lines);
            shows.duplicate_orders = 1;
            shows.lost_updates = cart.units();
            Verdict::LosesUpdates
        }
        Defect::LineLost => {
            drop_line(world, cart.key);
            world.put_back(&[first]);
            shows.partial_orders = 1;
            Verdict::LosesOrders
        }
        Defect::LineLostUnitsTaken => {
            drop_line(world, cart.key);
            shows.partial_orders = 1;
            shows.leaked_stock = first.units.into();
            Verdict::LosesOrders
        }
        Defect::OrderLost | Defect::OrderLostUnitsTaken | Defect::Refused(_) => {
            return lose_order(world, defect, buyer);
        }
        Defect::Denied(told) => {
            world.told[buyer] = told;
            shows.unpromised_orders = 1;
            // Much is left, and this buyer was sent away.
            if matches!(told, Outcome::SoldOut | Outcome::GaveUp) {
                shows.unsold = cart.units();
            }
            Verdict::InventsOrders
        }
        Defect::OutOfNowhere => {
            world.place(CheckoutKey(-1), &cart.lines);
            world.take(&cart.lines);
            shows.unpromised_orders = 1;
            Verdict::InventsOrders
        }
        on_the_shelf => return plant_on_the_shelf(world, on_the_shelf, first.sku),
    };
    (shows, verdict)
}

/// The defects that leave a buyer without an order.
fn lose_order(world: &mut World, defect: Defect, buyer: usize) -> (Violations, Verdict) {
    let cart = world.carts[buyer].clone();
    drop_order(world, cart.key);
    let mut shows = Violations::default();
    if matches!(defect, Defect::OrderLostUnitsTaken) {
        shows.leaked_stock = cart.units();
    } else {
        world.put_back(&cart.lines);
    }
    if let Defect::Refused(told) = defect {
        world.told[buyer] = told;
        shows.unsold = cart.units();
        return (shows, Verdict::Undersells);
    }
    shows.missing_orders = 1;
    (shows, Verdict::LosesOrders)
}

/// The defects of one product's stock and supply.
fn plant_on_the_shelf(world: &mut World, defect: Defect, sku: Sku) -> (Violations, Verdict) {
    let mut shows = Violations::default();
    let verdict = match defect {
        Defect::StockTooHigh(k) => {
            *world.product(sku) += k;
            shows.lost_updates = k.cast_unsigned();
            Verdict::LosesUpdates
        }
        Defect::StockTooLow(k) => {
            *world.product(sku) -= k;
            shows.leaked_stock = k.cast_unsigned();
            Verdict::Leaks
        }
        Defect::BelowZero(k) => {
            sell_too_many(world, sku, k);
            *world.product(sku) = -k;
            shows.oversold = k.cast_unsigned();
            shows.negative_stock = k.cast_unsigned();
            Verdict::Oversells
        }
        Defect::HiddenByFloor(k) => {
            sell_too_many(world, sku, k);
            *world.product(sku) = 0;
            shows.oversold = k.cast_unsigned();
            shows.lost_updates = k.cast_unsigned();
            Verdict::Oversells
        }
        _ => unreachable!("planted by its caller"),
    };
    (shows, verdict)
}

/// Makes the supply `k` units smaller than what was sold.
fn sell_too_many(world: &mut World, sku: Sku, k: i64) {
    let sold = sold_of(world, sku);
    let mut supply = world.supply.iter_mut();
    supply.find(|s| s.sku == sku).expect("known").units = sold - k;
}

fn id_of(world: &World, key: CheckoutKey) -> i64 {
    let mut orders = world.ledger.orders.iter();
    orders.find(|order| order.key == key).expect("an order").id
}

fn drop_line(world: &mut World, key: CheckoutKey) {
    let id = id_of(world, key);
    let mut lines = world.ledger.lines.iter();
    let first = lines.position(|row| row.order_id == id).expect("a line");
    world.ledger.lines.remove(first);
}

fn drop_order(world: &mut World, key: CheckoutKey) {
    let id = id_of(world, key);
    world.ledger.orders.retain(|order| order.id != id);
    world.ledger.lines.retain(|row| row.order_id != id);
}

pub fn any_defect() -> impl Strategy<Value = Defect> {
    // At most what is left on each shelf, so that no stock falls below zero
    // where that is not the defect.
    let k = || 1..=LEFT_OVER;
    prop_oneof![
        Just(Defect::OrderTwice),
        Just(Defect::OrderTwiceTakeOnce),
        Just(Defect::LineLost),
        Just(Defect::LineLostUnitsTaken),
        Just(Defect::OrderLost),
        Just(Defect::OrderLostUnitsTaken),
        k().prop_map(Defect::StockTooHigh),
        k().prop_map(Defect::StockTooLow),
        k().prop_map(Defect::BelowZero),
        k().prop_map(Defect::HiddenByFloor),
        Just(Defect::Refused(Outcome::SoldOut)),
        Just(Defect::Refused(Outcome::GaveUp)),
        Just(Defect::Denied(Outcome::SoldOut)),
        Just(Defect::Denied(Outcome::GaveUp)),
        Just(Defect::Denied(Outcome::Failed)),
        Just(Defect::Denied(Outcome::NotStarted)),
        Just(Defect::OutOfNowhere),
    ]
}
