//! From violations to one word.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Violations;

/// Fewer signs of contention than this, and a clean ledger proves nothing.
pub const EVIDENCE_MIN: u64 = 10;

/// The one-word judgement of a run, worst first: the order is the severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// More was promised than there is.
    Oversells,
    /// The stock went down by less than was sold.
    LosesUpdates,
    /// An order is missing, or some of its lines are.
    LosesOrders,
    /// One checkout placed several orders.
    Duplicates,
    /// Stock went down without an order.
    Leaks,
    /// Buyers were refused what was there.
    Undersells,
    /// Nothing is proven either way.
    Inconclusive,
    /// Nothing was broken, and there was contention enough to break it.
    Safe,
}

impl Verdict {
    /// Every verdict, worst first.
    pub const ALL: [Self; 8] = [
        Self::Oversells,
        Self::LosesUpdates,
        Self::LosesOrders,
        Self::Duplicates,
        Self::Leaks,
        Self::Undersells,
        Self::Inconclusive,
        Self::Safe,
    ];

    /// The name on the command line, in files and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oversells => "oversells",
            Self::LosesUpdates => "loses-updates",
            Self::LosesOrders => "loses-orders",
            Self::Duplicates => "duplicates",
            Self::Leaks => "leaks",
            Self::Undersells => "undersells",
            Self::Inconclusive => "inconclusive",
            Self::Safe => "safe",
        }
    }

    /// Every verdict that the violations prove, worst first.
    #[must_use]
    pub fn proven(violations: &Violations) -> Vec<Self> {
        let proofs = [
            (Self::Oversells, violations.oversold),
            (Self::LosesUpdates, violations.lost_updates),
            (
                Self::LosesOrders,
                violations.missing_orders + violations.partial_orders,
            ),
            (Self::Duplicates, violations.duplicate_orders),
            (Self::Leaks, violations.leaked_stock),
            (Self::Undersells, violations.unsold),
        ];
        proofs
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(verdict, _)| verdict)
            .collect()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A reason why a clean ledger does not prove that a strategy is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// Fewer than [`EVIDENCE_MIN`] signs of contention.
    LittleContention,
    /// The run was stopped before every buyer had their turn, or the
    /// exploration before every schedule had.
    Interrupted,
    /// Schedules are left that were not tried.
    NotExhausted,
    /// A checkout whose COMMIT got no reply could not be looked up.
    UnknownUnresolved,
    /// Checkouts failed: how they would have been answered is not known.
    BuyersFailed,
    /// The buyers who were answered wanted less than there was, of every
    /// product.
    DemandBelowSupply,
    /// Units are left, and yet no buyer was refused for lack of stock.
    NothingRefused,
    /// The ledger could not be read.
    NotAudited,
}

/// A verdict with its grounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The worst that is proven, or `inconclusive`, or `safe`.
    pub verdict: Verdict,
    /// All that is proven, worst first.
    pub proven: Vec<Verdict>,
    /// Why it is not `safe` although nothing is proven, or would not be.
    pub doubts: Vec<Doubt>,
}

/// Judges: the worst that is proven; only if nothing is, doubts make the
/// verdict `inconclusive`; else it is `safe`.
#[must_use]
pub fn judge(violations: &Violations, doubts: Vec<Doubt>) -> Judgement {
    let proven = Verdict::proven(violations);
    let otherwise = if doubts.is_empty() {
        Verdict::Safe
    } else {
        Verdict::Inconclusive
    };
    Judgement {
        verdict: proven.first().copied().unwrap_or(otherwise),
        proven,
        doubts,
    }
}
