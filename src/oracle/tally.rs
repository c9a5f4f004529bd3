//! How many checkouts ended how, and the law that none may be lost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shop::Outcome;

/// The number of checkouts with each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the outcomes")]
pub struct Tally {
    pub sold: u64,
    pub sold_out: u64,
    pub gave_up: u64,
    pub failed: u64,
    pub unknown: u64,
    pub not_started: u64,
}

impl Tally {
    /// Counts outcomes.
    #[must_use]
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mut tally = Self::default();
        for outcome in outcomes {
            *tally.slot(*outcome) += 1;
        }
        tally
    }

    /// How many ended so.
    #[must_use]
    pub fn get(&self, outcome: Outcome) -> u64 {
        let mut copy = *self;
        *copy.slot(outcome)
    }

    /// Adds another run's tally.
    pub fn add(&mut self, other: &Self) {
        for outcome in Outcome::ALL {
            *self.slot(outcome) += other.get(outcome);
        }
    }

    /// All checkouts.
    #[must_use]
    pub fn total(&self) -> u64 {
        Outcome::ALL.iter().map(|outcome| self.get(*outcome)).sum()
    }

    /// Asserts the conservation of outcomes: `buyers = sold + sold_out +
    /// gave_up + failed + unknown + not_started`.
    ///
    /// # Panics
    /// If a buyer was lost or counted twice: a defect of the harness, and no
    /// result of the run could be trusted.
    pub fn assert_conserved(&self, buyers: u64) {
        assert_eq!(
            self.total(),
            buyers,
            "outcomes are not conserved: {self:?} for {buyers} buyers"
        );
    }

    fn slot(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Sold => &mut self.sold,
            Outcome::SoldOut => &mut self.sold_out,
            Outcome::GaveUp => &mut self.gave_up,
            Outcome::Failed => &mut self.failed,
            Outcome::Unknown => &mut self.unknown,
            Outcome::NotStarted => &mut self.not_started,
        }
    }
}
