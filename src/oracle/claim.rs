//! What a cell is to show.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::verdict::Verdict;

/// How a bound on context switches is written, before its number.
const WITHIN: &str = "safe<=";

/// What a cell is to show: a verdict, or as much of `safe` as a bounded search can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Exactly this.
    Verdict(Verdict),
    /// Nothing was found, and all schedules of at most so many context switches by choice were
    /// run; whether others were does not matter. Written `safe<=2`.
    SafeWithin(usize),
}

impl Claim {
    /// The verdict that it is about.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Verdict(verdict) => verdict,
            Self::SafeWithin(_) => Verdict::Safe,
        }
    }

    /// What is written like a bound: `None` where the text is not.
    ///
    /// # Errors
    /// A bound without a number, in words.
    #[must_use]
    pub fn bounded(text: &str) -> Option<Result<Self, String>> {
        let is_bound = text.starts_with("safe") && text.contains(['<', '>', '=']);
        let number = || text.strip_prefix(WITHIN)?.parse().ok();
        is_bound.then(|| {
            number().map(Self::SafeWithin).ok_or_else(|| {
                format!(
                    "\"{text}\": a bound is written {WITHIN}N, where N is a number of context \
                     switches, such as {WITHIN}2"
                )
            })
        })
    }
}

impl From<Verdict> for Claim {
    fn from(verdict: Verdict) -> Self {
        Self::Verdict(verdict)
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verdict(verdict) => verdict.fmt(f),
            Self::SafeWithin(switches) => f.pad(&format!("{WITHIN}{switches}")),
        }
    }
}

impl Serialize for Claim {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Claim {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Some(bounded) = Self::bounded(&text) {
            return bounded.map_err(D::Error::custom);
        }
        let named = Verdict::ALL.iter().find(|verdict| verdict.name() == text);
        let unknown = || D::Error::custom(format!("there is no verdict \"{text}\""));
        named
            .map(|verdict| Self::Verdict(*verdict))
            .ok_or_else(unknown)
    }
}

impl JsonSchema for Claim {
    fn schema_name() -> Cow<'static, str> {
        "Claim".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A verdict; or `safe<=2`: nothing was found, and all schedules of at \
                            most so many context switches by choice were run.",
            "anyOf": [
                { "enum": Verdict::ALL.map(Verdict::name) },
                { "type": "string", "pattern": "^safe<=[0-9]+$" },
            ],
        })
    }
}
