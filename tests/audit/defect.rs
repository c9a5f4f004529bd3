//! Defects that can be planted in a correct shop, each with what it must show.

use checkout_sim::audit::{Verdict, Violations};
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
    /// Somebody wrote a stale stock.
    StockTooHigh(i64),
    /// Somebody took stock and placed no order.
    StockTooLow(i64),
    /// There were fewer units than were sold, and the stock column says so.
    BelowZero(i64),
    /// There were fewer units than were sold, and the stock column hides it.
    HiddenByFloor(i64),
    /// A buyer was turned away.
    Refused(Outcome),
}

/// Plants the defect in a shop in which everybody bought and much is left, and
/// answers what must show and how it must be judged.
pub fn plant(world: &mut World, defect: Defect, buyer: usize) -> (Violations, Verdict) {
    let cart = world.carts[buyer].clone();
    let first = cart.lines[0];
    let units = cart.units();
    let none = Violations::default();
    match defect {
        Defect::OrderTwice => {
            world.place(cart.key, &cart.lines);
            world.take(&cart.lines);
            (
                Violations {
                    duplicate_orders: 1,
                    ..none
                },
                Verdict::Duplicates,
            )
        }
        Defect::OrderTwiceTakeOnce => {
            world.place(cart.key, &cart.lines);
            let shows = Violations {
                duplicate_orders: 1,
                lost_updates: units,
                ..none
            };
            (shows, Verdict::LosesUpdates)
        }
        Defect::LineLost => {
            drop_line(world, cart.key);
            *world.product(first.sku) += i64::from(first.units);
            (
                Violations {
                    partial_orders: 1,
                    ..none
                },
                Verdict::LosesOrders,
            )
        }
        Defect::LineLostUnitsTaken => {
            drop_line(world, cart.key);
            let leaked_stock = u64::from(first.units);
            (
                Violations {
                    partial_orders: 1,
                    leaked_stock,
                    ..none
                },
                Verdict::LosesOrders,
            )
        }
        Defect::OrderLost => {
            drop_order(world, cart.key);
            cart.lines
                .iter()
                .for_each(|l| *world.product(l.sku) += i64::from(l.units));
            (
                Violations {
                    missing_orders: 1,
                    ..none
                },
                Verdict::LosesOrders,
            )
        }
        Defect::OrderLostUnitsTaken => {
            drop_order(world, cart.key);
            let shows = Violations {
                missing_orders: 1,
                leaked_stock: units,
                ..none
            };
            (shows, Verdict::LosesOrders)
        }
        Defect::Refused(told) => {
            drop_order(world, cart.key);
            cart.lines
                .iter()
                .for_each(|l| *world.product(l.sku) += i64::from(l.units));
            world.told[buyer] = told;
            (
                Violations {
                    unsold: units,
                    ..none
                },
                Verdict::Undersells,
            )
        }
        on_the_shelf => plant_on_the_shelf(world, on_the_shelf, first.sku),
    }
}

/// The defects of one product's stock and supply.
pub fn plant_on_the_shelf(world: &mut World, defect: Defect, sku: Sku) -> (Violations, Verdict) {
    let none = Violations::default();
    match defect {
        Defect::StockTooHigh(k) => {
            *world.product(sku) += k;
            (
                Violations {
                    lost_updates: k.cast_unsigned(),
                    ..none
                },
                Verdict::LosesUpdates,
            )
        }
        Defect::StockTooLow(k) => {
            *world.product(sku) -= k;
            (
                Violations {
                    leaked_stock: k.cast_unsigned(),
                    ..none
                },
                Verdict::Leaks,
            )
        }
        Defect::BelowZero(k) | Defect::HiddenByFloor(k) => {
            let sold = sold_of(world, sku);
            let mut supply = world.supply.iter_mut();
            supply.find(|s| s.sku == sku).expect("known").units = sold - k;
            let k = k.cast_unsigned();
            if matches!(defect, Defect::HiddenByFloor(_)) {
                *world.product(sku) = 0;
                let shows = Violations {
                    oversold: k,
                    lost_updates: k,
                    ..none
                };
                return (shows, Verdict::Oversells);
            }
            *world.product(sku) = -k.cast_signed();
            let shows = Violations {
                oversold: k,
                negative_stock: k,
                ..none
            };
            (shows, Verdict::Oversells)
        }
        _ => unreachable!("planted by its caller"),
    }
}

pub fn id_of(world: &World, key: CheckoutKey) -> i64 {
    let mut orders = world.ledger.orders.iter();
    orders.find(|order| order.key == key).expect("an order").id
}

pub fn drop_line(world: &mut World, key: CheckoutKey) {
    let id = id_of(world, key);
    let mut lines = world.ledger.lines.iter();
    let first = lines.position(|row| row.order_id == id).expect("a line");
    world.ledger.lines.remove(first);
}

pub fn drop_order(world: &mut World, key: CheckoutKey) {
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
    ]
}
