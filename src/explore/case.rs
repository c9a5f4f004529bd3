//! What is explored: a few buyers, and what they meet on: a small shop, or tables of the
//! user's own.

use std::cmp::Ordering;
use std::sync::Arc;

use super::arena::End;
use super::judged::Judged;
use super::own::OwnGround;
use super::schedule::letter;
use crate::flow::Terms;
use crate::oracle::{Digest, Doubt, Plan, Verdict, audit};
use crate::scenario::{OwnTables, Shape};
use crate::shop::{Cart, CheckoutKey, Line, LockOrder, Sku, Supply};
use crate::subject::{self, Part, parts_of_words};

/// A few buyers with a cell, ready to be stepped.
#[derive(Debug, Clone)]
pub struct Case {
    /// How every checkout is made.
    pub terms: Terms,
    /// Every buyer's cart.
    pub carts: Vec<Cart>,
    /// What they meet on.
    pub ground: CaseGround,
    /// Whether one connection may be cut, once a schedule.
    pub crash: bool,
}

/// What buyers meet on.
#[derive(Debug, Clone)]
pub enum CaseGround {
    /// A small shop that has this.
    Shop(Vec<Supply>),
    /// Tables of the user's own.
    Own(Arc<OwnGround>),
}

impl Case {
    /// What the shop has; nothing on tables of the user's own.
    #[must_use]
    pub fn supply(&self) -> &[Supply] {
        match &self.ground {
            CaseGround::Shop(supply) => supply,
            CaseGround::Own(_) => &[],
        }
    }

    /// The user's own tables, where that is what buyers meet on.
    #[must_use]
    pub fn own(&self) -> Option<&OwnGround> {
        match &self.ground {
            CaseGround::Shop(_) => None,
            CaseGround::Own(own) => Some(own),
        }
    }

    /// What each session does, by the name of its operation; nothing of a shop, where each
    /// checks out.
    #[must_use]
    pub fn operations(&self) -> Vec<String> {
        let names = self.own().map(|own| match own.operations.as_slice() {
            [] => subject::operations(self.terms.cell.subject).unwrap_or_default(),
            of_service => of_service.to_vec(),
        });
        let names = names.unwrap_or_default();
        let carts = self.carts.iter();
        carts
            .filter_map(|cart| Some(names.get(cart.operation as usize)?.to_string()))
            .collect()
    }

    /// Holds what a schedule left behind against the rules.
    #[must_use]
    pub fn judge(&self, end: &End) -> Judged {
        match &self.ground {
            CaseGround::Own(own) => own.judged(end),
            CaseGround::Shop(supply) => {
                let plan = Plan {
                    supply,
                    carts: &self.carts,
                    told: &end.told,
                };
                let audit = audit(&end.state, plan);
                Judged {
                    accounts: audit.accounts,
                    findings: audit.findings,
                    digest: Digest::of(&end.state),
                    is_changed: true,
                    serial: None,
                    undecided: None,
                }
            }
        }
    }

    /// Whether the catalogue knows that many buyers with carts of as many lines
    /// break this strategy at this level: then the few buyers of one small shop that do not
    /// prove nothing.
    #[must_use]
    pub fn breaks_elsewhere(&self) -> bool {
        let lines = self.carts.iter().map(|cart| cart.lines.len()).max();
        let lines = lines.map_or(0, |lines| u32::try_from(lines).unwrap_or(u32::MAX));
        let known = subject::expected(self.terms.cell, lines);
        known.is_some_and(Verdict::is_broken)
    }

    /// Why these buyers cannot be in each other's way, or not far enough to
    /// oversell, in a shop: two of them must want the same product (one is enough where its
    /// connection can be cut), and all together more units than there are. A cart that
    /// wants more than there is of a product takes no part in that: a checkout that
    /// looks at the stock refuses it in every schedule.
    #[must_use]
    pub fn doubt(&self) -> Option<Doubt> {
        if self.own().is_some() {
            return None;
        }
        let fits = |cart: &&Cart| {
            let mut supply = self.supply().iter();
            supply.all(|supply| cart.wants(supply.sku) <= supply.units)
        };
        let fitting: Vec<&Cart> = self.carts.iter().filter(fits).collect();
        let of_all: Vec<&Cart> = self.carts.iter().collect();
        match (self.demand(&fitting), self.demand(&of_all)) {
            (Ordering::Greater, _) => None,
            (_, Ordering::Greater) => Some(Doubt::CartsDoNotFit),
            (_, Ordering::Equal) => Some(Doubt::DemandEqualsSupply),
            (_, Ordering::Less) => Some(Doubt::DemandBelowSupply),
        }
    }

    /// What these carts want, against what there is: of the product that is scarcest.
    fn demand(&self, carts: &[&Cart]) -> Ordering {
        let demand = self.supply().iter().map(|supply| {
            let wanted: Vec<i64> = carts.iter().map(|cart| cart.wants(supply.sku)).collect();
            let buyers = wanted.iter().filter(|units| **units > 0).count();
            match buyers > 1 || self.crash {
                true => wanted.iter().sum::<i64>().cmp(&supply.units),
                false => Ordering::Less,
            }
        });
        demand.max().unwrap_or(Ordering::Less)
    }
}

/// A few sessions on tables of the user's own: those of a meeting, or so many of one script.
#[must_use]
pub fn own_case(terms: Terms, shape: &Shape, tables: &OwnTables) -> Case {
    let same = |_| Part {
        operation: 0,
        again: None,
    };
    let met = match tables.sessions.as_slice() {
        [] => subject::parts(terms.cell.subject).map(|parts| parts.to_vec()),
        // They were checked when they were read.
        named => parts_of_words("the service", &tables.operations(), named).ok(),
    };
    let parts = met.unwrap_or_else(|| (0..shape.buyers).map(same).collect());
    let cart = |(session, part): (u32, &Part)| {
        let buyer = part.again.unwrap_or(session);
        Cart {
            buyer,
            key: CheckoutKey(i64::from(buyer) + 1),
            lines: match tables.service {
                None => [].into(),
                // It is told which product, and how many.
                Some(_) => shape.cart(buyer).lines,
            },
            operation: part.operation,
        }
    };
    let ground = OwnGround::new(tables);
    Case {
        terms,
        carts: (0..).zip(&parts).map(cart).collect(),
        ground: CaseGround::Own(Arc::new(ground)),
        crash: shape.crash,
    }
}

impl Shape {
    /// The shape with strategy and isolation.
    #[must_use]
    pub fn case(&self, terms: Terms) -> Case {
        Case {
            terms,
            carts: self.carts(),
            ground: CaseGround::Shop(
                (1..=self.products)
                    .map(|id| Supply {
                        sku: Sku(id),
                        units: self.stock.into(),
                    })
                    .collect(),
            ),
            crash: self.crash,
        }
    }

    /// Whether the catalogue speaks of it: carts of one line, of which any two want
    /// more of one product than there is.
    #[must_use]
    pub fn is_in_catalogue(&self) -> bool {
        let (carts, stock) = (self.carts(), i64::from(self.stock));
        let collide = |a: &Cart, b: &Cart| {
            let mut wanted = a.wanted().map(|(sku, units)| (units, b.wants(sku)));
            wanted.any(|(a, b)| b > 0 && a + b > stock)
        };
        let mut pairs = carts.iter().enumerate();
        let all_collide = pairs.all(|(at, a)| carts[at + 1..].iter().all(|b| collide(a, b)));
        self.lines == 1 && !self.crash && all_collide
    }

    /// What each buyer wants, as in `A 1, 2 · B 2, 3`: the products of the cart in
    /// the order of its lines. `None` where all want product 1.
    #[must_use]
    pub fn carts_in_words(&self) -> Option<String> {
        let carts = self.carts();
        let is_plain = |cart: &Cart| cart.lines.iter().all(|line| line.sku == Sku(1));
        let in_words = |cart: &Cart| {
            let skus: Vec<String> = cart
                .lines
                .iter()
                .map(|line| line.sku.0.to_string())
                .collect();
            format!("{} {}", letter(cart.buyer as usize), skus.join(", "))
        };
        let all: Vec<String> = carts.iter().map(in_words).collect();
        (!carts.iter().all(is_plain)).then(|| all.join(" · "))
    }

    fn carts(&self) -> Vec<Cart> {
        (0..self.buyers).map(|buyer| self.cart(buyer)).collect()
    }

    fn cart(&self, buyer: u32) -> Cart {
        let units = self.units_of(buyer);
        // Carts of several lines overlap in part where there are more products than
        // lines: 1 and 2, 2 and 3. Sorted carts of one line all want product 1.
        let first = match self.lock_order {
            LockOrder::Sorted if self.distinct_lines() < 2 => 0,
            LockOrder::Sorted | LockOrder::Cart => buyer,
        };
        let step = u32::from(!self.duplicate_lines);
        let skus = (0..self.lines).map(|line| (first + step * line) % self.products + 1);
        let mut lines: Vec<Line> = skus
            .map(|sku| Line {
                sku: Sku(sku),
                units,
            })
            .collect();
        if self.lock_order == LockOrder::Sorted {
            lines.sort_by_key(|line| line.sku);
        }
        Cart {
            buyer,
            key: CheckoutKey(i64::from(buyer) + 1),
            lines: lines.into(),
            operation: 0,
        }
    }
}
