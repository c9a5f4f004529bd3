//! What is explored: a few buyers, their carts, and a stock.

use std::cmp::Ordering;

use super::arena::End;
use crate::audit::{Doubt, Findings, Plan, Supply, audit};
use crate::checkout::Terms;
use crate::scenario::Shape;
use crate::shop::{Cart, CheckoutKey, Line, LockOrder, Sku};

/// A case, ready to be stepped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// How every checkout is made.
    pub terms: Terms,
    /// Every buyer's cart.
    pub carts: Vec<Cart>,
    /// What the shop has.
    pub supply: Vec<Supply>,
    /// Whether one connection may be cut, once a schedule.
    pub crash: bool,
}

impl Case {
    /// Holds what a schedule left behind against the invariants.
    #[must_use]
    pub fn audit(&self, end: &End) -> Findings {
        let plan = Plan {
            supply: &self.supply,
            carts: &self.carts,
            told: &end.told,
        };
        audit(&end.ledger, plan)
    }

    /// Why these buyers cannot be in each other's way, or not far enough to
    /// oversell: two of them must want the same product (one is enough where its
    /// connection can be cut), and all together more units than there are.
    #[must_use]
    pub fn doubt(&self) -> Option<Doubt> {
        let demand = self.supply.iter().map(|supply| {
            let wanted: Vec<i64> = self
                .carts
                .iter()
                .map(|cart| wanted(cart, supply.sku))
                .collect();
            let buyers = wanted.iter().filter(|units| **units > 0).count();
            match buyers > 1 || self.crash {
                true => wanted.iter().sum::<i64>().cmp(&supply.units),
                false => Ordering::Less,
            }
        });
        match demand.max().unwrap_or(Ordering::Less) {
            Ordering::Less => Some(Doubt::DemandBelowSupply),
            Ordering::Equal => Some(Doubt::DemandEqualsSupply),
            Ordering::Greater => None,
        }
    }
}

fn wanted(cart: &Cart, sku: Sku) -> i64 {
    let lines = cart.lines.iter().filter(|line| line.sku == sku);
    lines.map(|line| i64::from(line.units)).sum()
}

impl Shape {
    /// The shape with strategy and isolation.
    #[must_use]
    pub fn case(&self, terms: Terms) -> Case {
        Case {
            terms,
            carts: (0..self.buyers).map(|buyer| self.cart(buyer)).collect(),
            supply: (1..=self.products)
                .map(|id| Supply {
                    sku: Sku(id),
                    units: self.stock.into(),
                })
                .collect(),
            crash: self.crash,
        }
    }

    fn cart(&self, buyer: u32) -> Cart {
        let units = self.units_of(buyer);
        let first = match self.lock_order {
            LockOrder::Sorted => 0,
            LockOrder::Cart => buyer,
        };
        let step = u32::from(!self.duplicate_lines);
        let skus = (0..self.lines).map(|line| (first + step * line) % self.products + 1);
        Cart {
            buyer,
            key: CheckoutKey(i64::from(buyer) + 1),
            lines: skus
                .map(|sku| Line {
                    sku: Sku(sku),
                    units,
                })
                .collect(),
        }
    }
}
