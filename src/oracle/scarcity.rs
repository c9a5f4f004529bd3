//! How far the buyers put the supply to the test.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::judgement::Doubt;
use super::ledger::Plan;
use super::violations::Account;
use crate::shop::{Outcome, Sku};

/// How far the answered buyers put the supply to the test. An answer
/// is `sold`, `sold_out` or `gave_up`: a buyer whose checkout failed, or never
/// began, took part in no race. Of several products the most tested one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scarcity {
    /// They wanted less than there was, of every product.
    Enough,
    /// They wanted exactly what there was of a product, and no more of any: a
    /// checkout that never looks at the stock passes that too.
    Exact,
    /// They wanted more than there was, yet units are left and none of them was
    /// refused for lack of stock: the race for the last unit never came.
    Untested,
    /// They wanted more than there was, and it was sold, or refused to one of
    /// them.
    Tested,
}

impl Scarcity {
    /// What it leaves open where nothing is broken.
    #[must_use]
    pub const fn doubt(self) -> Option<Doubt> {
        match self {
            Self::Enough => Some(Doubt::DemandBelowSupply),
            Self::Exact => Some(Doubt::DemandEqualsSupply),
            Self::Untested => Some(Doubt::NothingRefused),
            Self::Tested => None,
        }
    }

    pub(super) fn of(accounts: &[Account], plan: Plan<'_>) -> Self {
        let mut products: HashMap<Sku, Wanted> = HashMap::new();
        for (cart, told) in plan.carts.iter().zip(plan.told) {
            let is_answered = matches!(told, Outcome::Sold | Outcome::SoldOut | Outcome::GaveUp);
            for (sku, units) in cart.wanted().filter(|_| is_answered) {
                let wanted = products.entry(sku).or_default();
                wanted.units += units;
                wanted.is_refused |= *told == Outcome::SoldOut;
            }
        }
        let of_product = |account: &Account| {
            let wanted = products.get(&account.sku).copied().unwrap_or_default();
            match wanted.units.cmp(&account.supply) {
                Ordering::Less => Self::Enough,
                Ordering::Equal => Self::Exact,
                Ordering::Greater if account.sold < account.supply && !wanted.is_refused => {
                    Self::Untested
                }
                Ordering::Greater => Self::Tested,
            }
        };
        let all = accounts.iter().map(of_product);
        all.max().unwrap_or(Self::Enough)
    }
}

/// What the answered buyers wanted of one product.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    units: i64,
    /// Whether one of them was told that it is sold out.
    is_refused: bool,
}
