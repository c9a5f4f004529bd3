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

/// The name of a service, and what stands before the name of one of its variants.
pub const SERVICE: &str = "service";

/// As [`Subject::variant`], of the name of a subject.
pub(crate) fn variant_in(name: &str) -> Option<&str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match name.strip_prefix(SERVICE)?.strip_prefix(':') {
        Some(variant) => (!variant.is_empty() && variant.chars().all(is_plain)).then_some(variant),
        None => (name == SERVICE).then_some(name),
    }
}

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

    /// Which variant of its program a service is: the name behind the colon, or the name itself.
    /// `None` of what is no service.
    #[must_use]
    pub fn variant(self) -> Option<&'static str> {
        variant_in(self.0)
    }

    /// Whether it is a service, which is called over HTTP.
    #[must_use]
    pub fn is_service(self) -> bool {
        self.variant().is_some()
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

impl Cell {
    /// Where its transactions run: `at read-committed`, or `over HTTP` at whichever level the
    /// service sets.
    #[must_use]
    pub fn place(self) -> String {
        match self.subject.is_service() {
            true => "over HTTP".into(),
            false => format!("at {}", self.level),
        }
    }
}

impl fmt::Display for Cell {
    /// `naive at read-committed`; of a service, which sets its level itself, the name alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject.is_service() {
            true => f.pad(self.subject.name()),
            false => f.pad(&format!("{} {}", self.subject, self.place())),
        }
    }
}
