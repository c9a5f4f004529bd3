//! The rules of the shop, and each product's account.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::{Finding, Findings, Rule};
use super::verdict::Verdict;
use crate::shop::Sku;

/// The rules of the shop, in the order of the columns that count their breaches.
pub static RULES: [Rule; 9] = [
    Rule {
        name: "oversold",
        title: "oversold",
        short: "over",
        unit: "unit",
        verdict: Some(Verdict::Oversells),
        meaning: "units on order lines beyond what there was to sell",
    },
    Rule {
        name: "lost_updates",
        title: "lost updates",
        short: "lost",
        unit: "unit",
        verdict: Some(Verdict::LosesUpdates),
        meaning: "units by which the stock went down less than was sold",
    },
    Rule {
        name: "leaked_stock",
        title: "leaked stock",
        short: "leak",
        unit: "unit",
        verdict: Some(Verdict::Leaks),
        meaning: "units by which the stock went down more than was sold",
    },
    Rule {
        name: "negative_stock",
        title: "negative stock",
        short: "below",
        unit: "unit",
        verdict: None,
        meaning: "units below zero in the stock column",
    },
    Rule {
        name: "duplicate_orders",
        title: "duplicate orders",
        short: "twice",
        unit: "order",
        verdict: Some(Verdict::Duplicates),
        meaning: "orders beyond the first of one checkout",
    },
    Rule {
        name: "partial_orders",
        title: "partial orders",
        short: "partial",
        unit: "order",
        verdict: Some(Verdict::LosesOrders),
        meaning: "orders that hold only some of their cart's lines",
    },
    Rule {
        name: "missing_orders",
        title: "missing orders",
        short: "missing",
        unit: "order",
        verdict: Some(Verdict::LosesOrders),
        meaning: "orders that are not there although a buyer was told \"sold\"",
    },
    Rule {
        name: "unpromised_orders",
        title: "unpromised orders",
        short: "unasked",
        unit: "order",
        verdict: Some(Verdict::InventsOrders),
        meaning: "orders that no checkout asked for, or whose buyer was told that there is none",
    },
    Rule {
        name: "unsold",
        title: "unsold",
        short: "unsold",
        unit: "unit",
        verdict: Some(Verdict::Undersells),
        meaning: "units of buyers who were turned away although their whole cart still fitted",
    },
];

/// The rule that a finding is about, with the words for it: one of [`RULES`], or, of a
/// rule that is not known here, its own name and unit.
#[must_use]
pub fn rule(finding: &Finding) -> &'static Rule {
    static OTHERS: Mutex<BTreeMap<String, &'static Rule>> = Mutex::new(BTreeMap::new());
    // An invariant of the user's may have the name of a rule of the shop.
    let is = |rule: &&Rule| rule.name == finding.rule && rule.unit == finding.unit;
    if let Some(known) = RULES.iter().find(is) {
        return known;
    }
    let kept = |text: &str| -> &'static str { Box::leak(text.into()) };
    let mut others = OTHERS.lock().unwrap_or_else(PoisonError::into_inner);
    others.entry(finding.rule.to_string()).or_insert_with(|| {
        let name = kept(&finding.rule);
        Box::leak(Box::new(Rule {
            name,
            title: name,
            short: name,
            unit: kept(&finding.unit),
            verdict: finding.verdict,
            meaning: match finding.verdict {
                Some(Verdict::Violates) => "rows that an invariant answers, and should not",
                Some(Verdict::NotSerializable | Verdict::NotAtomic | Verdict::StaleAnswer) => {
                    "ends that no serial order has"
                }
                Some(Verdict::RaisesErrors) => "callers that an error reached",
                _ => "a rule that this version does not know",
            },
        }))
    })
}

/// How far each of [`RULES`] is broken, while the books are added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
    /// Orders that were promised to no buyer: no checkout asked for them, or its buyer
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

    /// As findings.
    #[must_use]
    pub fn findings(&self) -> Findings {
        let counts: [u64; RULES.len()] = [
            self.oversold,
            self.lost_updates,
            self.leaked_stock,
            self.negative_stock,
            self.duplicate_orders,
            self.partial_orders,
            self.missing_orders,
            self.unpromised_orders,
            self.unsold,
        ];
        Findings::of(RULES.iter().zip(counts))
    }
}

/// One product's account at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Whether it breaks nothing.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations() == Violations::default()
    }

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

fn positive(units: i64) -> u64 {
    u64::try_from(units).unwrap_or(0)
}
