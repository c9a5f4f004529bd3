//! Why an expression has no value.

use std::fmt;

use super::names::Slot;

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Worthless {
    /// The message of pgbench, or one of its kind.
    Because(String),
    /// A variable that is not set.
    Unset(Slot),
    /// A variable that holds a text that cannot be computed with.
    Text(Slot, String),
}

impl Worthless {
    pub(super) fn because<T>(message: impl fmt::Display) -> Result<T, Self> {
        Err(Self::Because(message.to_string()))
    }
}
