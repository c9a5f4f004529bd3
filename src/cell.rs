//! What is tested: a subject at an isolation level.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::shop::Isolation;

/// A way to write the checkout, by its name on the command line, in files and in
/// reports. It is a name and no more: [`crate::subject`] knows which names can be
/// run, and a saved result may hold one that cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Subject(&'static str);

/// Names that came from outside; each is kept once, for as long as the process runs.
static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

impl Subject {
    /// The subject of a name that is written in the program.
    #[must_use]
    pub const fn of(name: &'static str) -> Self {
        Self(name)
    }

    /// The subject of a name that came from outside.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = names.get(name) {
            return Self(known);
        }
        let kept: &'static str = Box::leak(name.into());
        names.insert(kept);
        Self(kept)
    }

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(Self::from_name(&name))
    }
}

/// A subject at an isolation level.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Cell {
    /// What is tested.
    #[serde(rename = "strategy")]
    pub subject: Subject,
    /// The isolation level of its transactions.
    #[serde(rename = "isolation")]
    pub level: Isolation,
}

impl fmt::Display for Cell {
    /// `naive at read-committed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} at {}", self.subject, self.level))
    }
}
