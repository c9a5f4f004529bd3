//! A ledger with everything that an audit compares it with, and random ones.

use checkout_sim::oracle::{
    Audit, Findings, Ledger, OrderLineRow, OrderRow, Plan, ProductRow, audit,
};
use checkout_sim::shop::{self, Cart, CheckoutKey, Line, Outcome, Sku, Supply};
use checkout_sim::value::State;
use proptest::collection::vec;
use proptest::prelude::{Just, any, prop, prop_oneof};
use proptest::sample::Index;
use proptest::strategy::Strategy;

use super::second_opinion::wanted;

/// A ledger with everything an audit compares it with.
#[derive(Debug, Clone)]
pub struct World {
    pub supply: Vec<Supply>,
    pub carts: Vec<Cart>,
    pub told: Vec<Outcome>,
    pub ledger: Ledger,
}

impl World {
    pub fn findings(&self) -> Findings {
        self.audit().findings
    }

    pub fn audit(&self) -> Audit {
        let plan = Plan {
            supply: &self.supply,
            carts: &self.carts,
            told: &self.told,
        };
        audit(&self.state(), plan)
    }

    pub fn state(&self) -> State {
        let ledger = &self.ledger;
        let products = ledger.products.iter().map(|row| (row.sku, row.stock));
        let orders = ledger.orders.iter().map(|row| (row.id, row.key));
        let lines = ledger.lines.iter().map(|row| (row.order_id, row.line));
        shop::state(products, orders, lines)
    }

    pub fn product(&mut self, sku: Sku) -> &mut i64 {
        let mut products = self.ledger.products.iter_mut();
        let product = products.find(|p| p.sku == sku).expect("a known product");
        product.stock.as_mut().expect("a stock column")
    }

    /// Puts an order for `lines` into the ledger; the stock stays.
    pub fn place(&mut self, key: CheckoutKey, lines: &[Line]) {
        let id = self.ledger.orders.last().map_or(1, |order| order.id + 1);
        self.ledger.orders.push(OrderRow { id, key });
        let rows = lines
            .iter()
            .map(|&line| OrderLineRow { order_id: id, line });
        self.ledger.lines.extend(rows);
    }

    pub fn put_back(&mut self, lines: &[Line]) {
        for line in lines {
            *self.product(line.sku) += i64::from(line.units);
        }
    }

    pub fn take(&mut self, lines: &[Line]) {
        for line in lines {
            *self.product(line.sku) -= i64::from(line.units);
        }
    }
}

pub fn line(sku: u32, units: u32) -> Line {
    let sku = Sku(sku);
    Line { sku, units }
}

pub fn cart(buyer: u32, lines: Vec<Line>) -> Cart {
    // Keys that are neither the buyer's number nor in buyer order.
    let key = CheckoutKey(1000 - 7 * i64::from(buyer));
    let lines = lines.into();
    Cart {
        buyer,
        key,
        lines,
        operation: 0,
    }
}

pub fn carts_of(all_lines: Vec<Vec<Line>>) -> Vec<Cart> {
    (0..).zip(all_lines).map(|(b, l)| cart(b, l)).collect()
}

/// Shelves filled with `units[k]` of product k + 1, and no buyer told anything.
pub fn shop(units: &[i64], carts: Vec<Cart>) -> World {
    let supply: Vec<Supply> = (1..)
        .zip(units)
        .map(|(id, &units)| Supply {
            sku: Sku(id),
            units,
        })
        .collect();
    let on_shelf = |s: &Supply| ProductRow {
        sku: s.sku,
        stock: Some(s.units),
    };
    World {
        ledger: Ledger {
            products: supply.iter().map(on_shelf).collect(),
            ..Ledger::default()
        },
        told: vec![Outcome::NotStarted; carts.len()],
        supply,
        carts,
    }
}

/// Serves the buyers one after the other, in the sequence of `turns`: an order and
/// less stock if the whole cart fits, else sold out.
pub fn serve(world: &mut World, turns: &[usize]) {
    for &buyer in turns {
        let cart = world.carts[buyer].clone();
        let enough = |l: &Line, w: &mut World| wanted(&cart, l.sku) <= *w.product(l.sku);
        if cart.lines.iter().all(|line| enough(line, world)) {
            world.take(&cart.lines);
            world.place(cart.key, &cart.lines);
            world.told[buyer] = Outcome::Sold;
        } else {
            world.told[buyer] = Outcome::SoldOut;
        }
    }
}

pub fn any_outcome() -> impl Strategy<Value = Outcome> {
    (0..Outcome::ALL.len()).prop_map(|n| Outcome::ALL[n])
}

pub fn any_lines(products: u32) -> impl Strategy<Value = Vec<Line>> {
    vec(
        (1..=products, 1..=3_u32).prop_map(|(s, u)| line(s, u)),
        1..=3,
    )
}

/// Carts over `products` products; one cart may name a product twice.
pub fn any_carts(products: u32) -> impl Strategy<Value = Vec<Cart>> {
    vec(any_lines(products), 1..=7).prop_map(carts_of)
}

/// An order: of which cart, and what it holds if not just what the cart holds.
/// One in six belongs to no buyer.
pub type AnyOrder = (Index, Option<Vec<Line>>, bool);

pub fn any_order(products: u32) -> impl Strategy<Value = AnyOrder> {
    let other = prop_oneof![
        3 => Just(None),
        1 => any_lines(products).prop_map(Some),
        1 => Just(Some(Vec::new())),
    ];
    (any::<Index>(), other, prop::bool::weighted(1.0 / 6.0))
}

/// Anything at all: stock, orders, lines and outcomes that have nothing to do
/// with each other.
pub fn any_world() -> impl Strategy<Value = World> {
    (1..=4_u32).prop_flat_map(|products| {
        let n = products as usize;
        let shelves = (
            vec(0..=9_i64, n),
            vec(prop::option::weighted(0.8, -4..=9_i64), n),
        );
        (
            shelves,
            any_carts(products),
            vec(any_order(products), 0..=7),
        )
            .prop_flat_map(|(shelves, carts, orders)| {
                let told = vec(any_outcome(), carts.len());
                (Just(shelves), Just(carts), Just(orders), told)
            })
            .prop_map(|((supply, stock), carts, orders, told)| {
                let mut world = shop(&supply, carts);
                world.told = told;
                for (product, stock) in world.ledger.products.iter_mut().zip(stock) {
                    product.stock = stock;
                }
                for (whose, other, nobodys) in orders {
                    let cart = whose.get(&world.carts).clone();
                    let key = if nobodys { CheckoutKey(-1) } else { cart.key };
                    world.place(key, &other.unwrap_or_else(|| cart.lines.to_vec()));
                }
                world
            })
    })
}
