//! One enum that names every strategy.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::profile::{Answer, Profile};
use super::{
    atomic, autocommit, blind_decrement, check_constraint, check_outside, check_then_decrement,
    check_then_update, naive, optimistic, row_lock, version_ignored,
};
use crate::cell::{Cell, Subject};
use crate::oracle::Verdict;
use crate::session::{Result, Session};
use crate::shop::{Cart, Isolation};

/// Every strategy that is built, in the order in which `all` runs them:
/// controls first, each kind from the plainest to the most careful.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each variant's file says what it is")]
pub enum Strategy {
    Naive,
    BlindDecrement,
    CheckThenUpdate,
    CheckThenDecrement,
    VersionIgnored,
    CheckOutside,
    Autocommit,
    Optimistic,
    RowLock,
    Atomic,
    CheckConstraint,
}

impl Strategy {
    /// Every strategy.
    pub const ALL: [Self; 11] = [
        Self::Naive,
        Self::BlindDecrement,
        Self::CheckThenUpdate,
        Self::CheckThenDecrement,
        Self::VersionIgnored,
        Self::CheckOutside,
        Self::Autocommit,
        Self::Optimistic,
        Self::RowLock,
        Self::Atomic,
        Self::CheckConstraint,
    ];

    /// Name, idea and expectations.
    #[must_use]
    pub const fn profile(self) -> &'static Profile {
        match self {
            Self::Naive => &naive::PROFILE,
            Self::BlindDecrement => &blind_decrement::PROFILE,
            Self::CheckThenUpdate => &check_then_update::PROFILE,
            Self::CheckThenDecrement => &check_then_decrement::PROFILE,
            Self::VersionIgnored => &version_ignored::PROFILE,
            Self::CheckOutside => &check_outside::PROFILE,
            Self::Autocommit => &autocommit::PROFILE,
            Self::Optimistic => &optimistic::PROFILE,
            Self::RowLock => &row_lock::PROFILE,
            Self::Atomic => &atomic::PROFILE,
            Self::CheckConstraint => &check_constraint::PROFILE,
        }
    }

    /// Carries out one attempt: one transaction, or whatever the strategy
    /// takes for one.
    ///
    /// # Errors
    /// The first statement that was not carried out, or
    /// [`crate::shop::Conflict::StaleVersion`].
    pub async fn attempt<S: Session>(
        self,
        session: &mut S,
        isolation: Isolation,
        cart: &Cart,
    ) -> Result<Answer> {
        match self {
            Self::Naive => naive::attempt(session, isolation, cart).await,
            Self::BlindDecrement => blind_decrement::attempt(session, isolation, cart).await,
            Self::CheckThenUpdate => check_then_update::attempt(session, isolation, cart).await,
            Self::CheckThenDecrement => {
                check_then_decrement::attempt(session, isolation, cart).await
            }
            Self::VersionIgnored => version_ignored::attempt(session, isolation, cart).await,
            Self::CheckOutside => check_outside::attempt(session, isolation, cart).await,
            Self::Autocommit => autocommit::attempt(session, cart).await,
            Self::Optimistic => optimistic::attempt(session, isolation, cart).await,
            Self::RowLock => row_lock::attempt(session, isolation, cart).await,
            Self::Atomic => atomic::attempt(session, isolation, cart).await,
            Self::CheckConstraint => check_constraint::attempt(session, isolation, cart).await,
        }
    }

    /// The same as a subject.
    #[must_use]
    pub const fn subject(self) -> Subject {
        Subject::of(self.name())
    }

    /// The cell of this strategy at a level.
    #[must_use]
    pub const fn at(self, level: Isolation) -> Cell {
        Cell {
            subject: self.subject(),
            level,
        }
    }

    /// The name on the command line, in files and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.profile().name
    }

    /// The verdict that the catalogue predicts at a level, when demand exceeds the
    /// stock and buyers overlap.
    #[must_use]
    pub const fn expected(self, isolation: Isolation, lines_per_cart: u32) -> Verdict {
        let expected = &self.profile().expected;
        let levels = match lines_per_cart {
            0..=1 => &expected.one_line,
            2.. => &expected.several_lines,
        };
        levels[isolation as usize]
    }

    /// The verdict that the catalogue predicts for an exploration of a few carts of
    /// one line that want the last unit, none of them cut.
    #[must_use]
    pub const fn expected_explored(self, isolation: Isolation) -> Verdict {
        self.profile().expected.explored[isolation as usize]
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl From<Strategy> for Subject {
    fn from(strategy: Strategy) -> Self {
        strategy.subject()
    }
}
