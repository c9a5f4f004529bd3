//! What cannot be followed.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a subject cannot be followed through its schedules: its verdict is `unsupported`, unless
/// something is proven to be broken. Nothing that fails is meant, neither of the server nor of
/// `sim`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unfollowed {
    /// What it does that cannot be followed: a clause.
    pub reason: String,
    /// What to try: a clause that begins with a verb.
    pub advice: String,
}

impl Unfollowed {
    /// For this reason; `advice` says what to try.
    pub fn new(reason: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            advice: advice.into(),
        }
    }
}

/// `reason; advice`.
impl fmt::Display for Unfollowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.reason, self.advice)
    }
}
