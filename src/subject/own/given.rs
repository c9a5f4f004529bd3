//! What a script is given: a value for each name that is bound before it begins.

use crate::shop::Cart;
use crate::subject::script::{Datum, shipped};

/// Lines of a cart that have variables of their own; `:products` and `:units_of` have all.
pub const LINES_NAMED: usize = shipped::LINES_MAX as usize;

/// What every script is given.
const ALWAYS: [&str; 2] = ["buyer", "checkout_key"];

/// What a script on the shop's tables is given besides.
const SHOP: [&str; 11] = [
    "lines",
    "product",
    "units",
    "product_1",
    "product_2",
    "product_3",
    "units_1",
    "units_2",
    "units_3",
    "products",
    "units_of",
];

/// How long the scenario says that a buyer thinks, in microseconds.
const THINK_TIME: &str = "think_us";

/// Which variables a script is given, besides `:buyer`, `:checkout_key` and `:think_us`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// On the shop's tables: what the buyer's cart holds.
    Cart,
    /// On tables of the user's own: these names with these values, as they are written.
    Defined(Vec<(String, String)>),
}

impl Given {
    /// The names.
    pub(super) fn names(&self) -> Vec<&str> {
        let always = ALWAYS.into_iter().chain([THINK_TIME]);
        match self {
            Self::Cart => always.chain(SHOP).collect(),
            Self::Defined(values) => always
                .chain(values.iter().map(|(name, _)| name.as_str()))
                .collect(),
        }
    }

    /// A value for each name.
    pub(super) fn bindings(&self, cart: &Cart, think_us: u64) -> Vec<(&str, Datum)> {
        let think_us = i64::try_from(think_us).unwrap_or(i64::MAX).into();
        let always = [(i64::from(cart.buyer) + 1).into(), cart.key.0.into()];
        let always = ALWAYS
            .into_iter()
            .zip(always)
            .chain([(THINK_TIME, think_us)]);
        match self {
            Self::Cart => always.chain(SHOP.into_iter().zip(of_cart(cart))).collect(),
            Self::Defined(values) => {
                let defined = values.iter();
                let defined =
                    defined.map(|(name, value)| (name.as_str(), Datum::answered(Some(value))));
                always.chain(defined).collect()
            }
        }
    }
}

/// The values of [`SHOP`].
fn of_cart(cart: &Cart) -> [Datum; SHOP.len()] {
    let line = |at: usize| cart.lines.get(at);
    let product = |at| {
        line(at).map_or(Datum::Null, |line| {
            i64::from(line.sku.0.cast_signed()).into()
        })
    };
    let units = |at| line(at).map_or(Datum::Null, |line| i64::from(line.units).into());
    let array = |values: Vec<String>| Datum::Text(format!("{{{}}}", values.join(",")).into());
    let products = cart.lines.iter().map(|l| l.sku.0.cast_signed().to_string());
    let units_of = cart.lines.iter().map(|line| line.units.to_string());
    let lines = i64::try_from(cart.lines.len()).unwrap_or(i64::MAX);
    [
        lines.into(),
        product(0),
        units(0),
        product(0),
        product(1),
        product(2),
        units(0),
        units(1),
        units(2),
        array(products.collect()),
        array(units_of.collect()),
    ]
}
