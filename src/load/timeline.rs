//! What ended when.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shop::Outcome;

/// Finer slices than this show nothing but noise, in microseconds.
const SLICE_MIN_US: u64 = 1_000;

/// More do not fit side by side on a page.
const SLICES_MAX: u64 = 60;

/// How many checkouts ended in each slice of time, from the first arrival on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    /// The length of a slice in microseconds: 1, 2 or 5 times a power of ten.
    pub slice_us: u64,
    /// Checkouts that sold.
    pub sold: Vec<u64>,
    /// Checkouts that ended in any other way.
    pub others: Vec<u64>,
}

impl Timeline {
    /// An empty one for a run that took so long.
    pub(super) fn of(elapsed_us: u64) -> Self {
        let slice_us = slice_us(elapsed_us);
        let slices = usize::try_from(elapsed_us / slice_us + 1).unwrap_or(1);
        Self {
            slice_us,
            sold: vec![0; slices],
            others: vec![0; slices],
        }
    }

    /// Notes when a checkout ended, counted from the first arrival.
    pub(super) fn note(&mut self, outcome: Outcome, at_us: u64) {
        let slices = match outcome {
            Outcome::Sold => &mut self.sold,
            _ => &mut self.others,
        };
        let slice = usize::try_from(at_us / self.slice_us).unwrap_or(usize::MAX);
        let last = slices.len() - 1;
        slices[slice.min(last)] += 1;
    }
}

/// The finest slice of which no more than [`SLICES_MAX`] make up the whole.
fn slice_us(elapsed_us: u64) -> u64 {
    let mut power = SLICE_MIN_US;
    loop {
        for slice in [power, 2 * power, 5 * power] {
            if elapsed_us / slice < SLICES_MAX {
                return slice;
            }
        }
        power *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_round_and_few() {
        let cases = [
            (0, 1_000),
            (59_999, 1_000),
            (60_000, 2_000),
            (119_999, 2_000),
            (120_000, 5_000),
            (299_999, 5_000),
            (300_000, 10_000),
            (1_000_000, 20_000),
            (3_600_000_000, 100_000_000),
        ];
        for (elapsed, slice) in cases {
            assert_eq!(slice_us(elapsed), slice, "{elapsed}");
        }
    }

    #[test]
    fn a_buyer_that_ends_late_is_counted_in_the_last_slice() {
        let mut timeline = Timeline::of(2_500);
        for at in [0, 999, 1_000, 2_999, 9_000] {
            timeline.note(Outcome::Sold, at);
        }
        timeline.note(Outcome::GaveUp, 1_500);
        assert_eq!(timeline.sold, [2, 1, 2]);
        assert_eq!(timeline.others, [0, 1, 0]);
    }
}
