//! The one word for what was found.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The one-word judgement of a run, worst first: the order is the severity.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A rule that the user states does not hold.
    Violates,
    /// No serial order ends like this: one session after the other.
    NotSerializable,
    /// None does, and a session that was told that nothing happened left something behind.
    NotAtomic,
    /// More was promised than there is.
    Oversells,
    /// The stock went down by less than was sold.
    LosesUpdates,
    /// An order is missing, or some of its lines are.
    LosesOrders,
    /// There is an order that was promised to no buyer.
    InventsOrders,
    /// One checkout placed several orders.
    Duplicates,
    /// Stock went down without an order.
    Leaks,
    /// Buyers were refused what was there.
    Undersells,
    /// An error reaches a caller that reaches none where one session comes after the other.
    RaisesErrors,
    /// What was written is that of a serial order, what a caller was shown or told is not.
    StaleAnswer,
    /// What a session does cannot be followed, so that its schedules prove nothing.
    Unsupported,
    /// Nothing is proven either way.
    Inconclusive,
    /// Nothing was broken, and there was contention enough to break it.
    Safe,
}

impl Verdict {
    /// Every verdict, worst first.
    pub const ALL: [Self; 15] = [
        Self::Violates,
        Self::NotSerializable,
        Self::NotAtomic,
        Self::Oversells,
        Self::LosesUpdates,
        Self::LosesOrders,
        Self::InventsOrders,
        Self::Duplicates,
        Self::Leaks,
        Self::Undersells,
        Self::RaisesErrors,
        Self::StaleAnswer,
        Self::Unsupported,
        Self::Inconclusive,
        Self::Safe,
    ];

    /// Whether it says that something is broken: that is proven then. Nothing else is, but
    /// for [`Verdict::Safe`].
    #[must_use]
    pub fn is_broken(self) -> bool {
        self < Self::Unsupported
    }

    /// The name on the command line, in files and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Violates => "violates",
            Self::NotSerializable => "not-serializable",
            Self::NotAtomic => "not-atomic",
            Self::Oversells => "oversells",
            Self::LosesUpdates => "loses-updates",
            Self::LosesOrders => "loses-orders",
            Self::InventsOrders => "invents-orders",
            Self::Duplicates => "duplicates",
            Self::Leaks => "leaks",
            Self::Undersells => "undersells",
            Self::RaisesErrors => "raises-errors",
            Self::StaleAnswer => "stale-answer",
            Self::Unsupported => "unsupported",
            Self::Inconclusive => "inconclusive",
            Self::Safe => "safe",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
