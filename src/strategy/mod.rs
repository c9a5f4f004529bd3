//! How an attempt reads, decides and writes: one file a strategy, one enum
//! that names them all.
//!
//! A strategy is plain async code over a [`Session`]. It knows no database
//! driver, no runtime and no clock. It answers what the buyer is told; an
//! attempt that it leaves open is rolled back by [`crate::checkout`]. To add
//! one, write its file and name it in [`Strategy`].

mod atomic;
mod autocommit;
mod blind_decrement;
mod check_constraint;
mod check_outside;
mod check_then_decrement;
mod check_then_update;
mod naive;
mod optimistic;
mod rehearsal;
mod row_lock;
mod version_ignored;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::audit::Verdict;
use crate::session::{Result, Session};
use crate::shop::{Cart, Isolation};

pub use rehearsal::rehearse;

/// Every strategy that is built, in the order in which `all` runs them:
/// controls first, each kind from the plainest to the most careful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// What the buyer is told at the end of an attempt that was not lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The order stands.
    Sold,
    /// There is not enough.
    SoldOut,
}

/// Whether a strategy is meant to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Meant to fail at some isolation level: it proves that the harness can
    /// see a failure.
    Control,
    /// Meant to hold at every isolation level.
    Fix,
}

/// What there is to know about a strategy besides its code.
#[derive(Debug)]
pub struct Profile {
    /// The name on the command line, in files and in reports.
    pub name: &'static str,
    /// Other names that people type.
    pub aliases: &'static [&'static str],
    /// The idea in one line, without a full stop.
    pub idea: &'static str,
    /// Control or fix.
    pub role: Role,
    /// Whether its table has `CHECK (stock >= 0)`.
    pub stock_check: bool,
    /// The flags of an exploration in which it breaks, where it breaks and the
    /// default one does not show it at every level.
    pub breaks_with: Option<&'static str>,
    /// The verdict to expect under contention.
    pub expected: Expected,
}

/// The verdict expected of a strategy when demand exceeds the stock and many
/// buyers overlap, for each isolation level in the order of
/// [`Isolation::ALL`].
#[derive(Debug)]
pub struct Expected {
    /// Carts of one line.
    pub one_line: [Verdict; 3],
    /// Carts of several lines.
    pub several_lines: [Verdict; 3],
    /// Carts of one line that want the last unit, explored.
    pub explored: [Verdict; 3],
}

impl Expected {
    const SAFE: Self = Self::always(Verdict::Safe);

    /// The same everywhere.
    const fn always(verdict: Verdict) -> Self {
        Self {
            one_line: [verdict; 3],
            several_lines: [verdict; 3],
            explored: [verdict; 3],
        }
    }

    /// Fails where each statement sees a new snapshot; holds above, because
    /// there the loser of a race gets 40001 and tries again.
    const fn only_at_read_committed(verdict: Verdict) -> Self {
        let levels = [verdict, Verdict::Safe, Verdict::Safe];
        Self {
            one_line: levels,
            several_lines: levels,
            explored: levels,
        }
    }
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

    /// The name on the command line, in files and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.profile().name
    }

    /// The verdict that the catalogue predicts for this cell, when demand
    /// exceeds the stock and buyers overlap.
    #[must_use]
    pub const fn expected(self, isolation: Isolation, lines_per_cart: u32) -> Verdict {
        let expected = &self.profile().expected;
        let levels = if lines_per_cart > 1 {
            &expected.several_lines
        } else {
            &expected.one_line
        };
        levels[isolation as usize]
    }

    /// The verdict that the catalogue predicts for an exploration of a few
    /// carts of one line that want the last unit, none of them cut.
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
