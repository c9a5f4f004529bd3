//! What there is to know about a strategy besides its code.

use crate::oracle::Verdict;

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
/// [`Isolation::ALL`](crate::shop::Isolation::ALL).
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
    pub(super) const SAFE: Self = Self::always(Verdict::Safe);

    /// The same everywhere.
    pub(super) const fn always(verdict: Verdict) -> Self {
        Self {
            one_line: [verdict; 3],
            several_lines: [verdict; 3],
            explored: [verdict; 3],
        }
    }

    /// Fails where each statement sees a new snapshot; holds above, because
    /// there the loser of a race gets 40001 and tries again.
    pub(super) const fn only_at_read_committed(verdict: Verdict) -> Self {
        let levels = [verdict, Verdict::Safe, Verdict::Safe];
        Self {
            one_line: levels,
            several_lines: levels,
            explored: levels,
        }
    }
}
