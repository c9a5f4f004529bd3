//! What attempts contend for, and what each of them has at stake.

use super::overlap::{Keys, Overlap};
use super::shelves::{Sale, Shelves};
use super::stake::Stake;
use crate::effect::Effect;
use crate::shop::Cart;
use crate::statement::Reply;
use crate::subject::Attempt;

/// What attempts contend for.
pub(super) enum Contest {
    /// The units of the shop.
    Shop(Shelves),
    /// Whatever is behind a key, on tables of the user's own.
    Own(Keys),
}

/// What one attempt has at stake.
pub(super) enum AtStake<'c> {
    Shop(Stake<'c>),
    Own(Overlap<'c>),
}

impl Contest {
    pub(super) fn enter<'c>(&'c self, cart: &'c Cart) -> AtStake<'c> {
        match self {
            Self::Shop(shelves) => AtStake::Shop(Stake::of(shelves, cart)),
            Self::Own(keys) => AtStake::Own(Overlap::of(keys, cart.buyer)),
        }
    }

    pub(super) const fn is_own(&self) -> bool {
        matches!(self, Self::Own(_))
    }

    /// Whether something was committed that changed a row, as far as statements tell; of
    /// the shop its books tell.
    pub(super) fn has_changed(&self) -> bool {
        match self {
            Self::Shop(_) => true,
            Self::Own(keys) => keys.has_any(),
        }
    }
}

impl AtStake<'_> {
    /// The attempt is about to send this statement.
    pub(super) fn note(&mut self, effect: Effect<'_>) {
        match self {
            Self::Shop(stake) => stake.note(effect),
            Self::Own(overlap) => overlap.note(effect),
        }
    }

    /// The statement was carried out.
    pub(super) fn note_reply(&mut self, reply: &Reply) {
        match self {
            Self::Shop(stake) => stake.note_reply(reply),
            Self::Own(overlap) => overlap.note_reply(reply),
        }
    }

    /// What the attempt sold, now that it is over. To be asked once.
    pub(super) fn sale(&self, attempt: &Attempt) -> Sale {
        match self {
            Self::Shop(stake) => stake.sale(attempt),
            Self::Own(_) => Sale {
                units: u64::from(*attempt == Attempt::Sold),
                oversold: 0,
            },
        }
    }

    /// The attempt is over. Answers whether its answer could have been another one.
    pub(super) fn end(self, attempt: &Attempt) -> bool {
        match self {
            Self::Shop(stake) => stake.end(attempt),
            Self::Own(overlap) => overlap.end(attempt),
        }
    }
}
