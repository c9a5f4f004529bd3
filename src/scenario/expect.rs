//! Which verdict each cell of a scenario is to show.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

use super::named::{ByName, Named};
use super::text::from_text;
use crate::cell::{Cell, Subject};
use crate::oracle::{Claim, Verdict};
use crate::shop::Isolation;
use crate::subject;

/// The verdicts of one table: by strategy, for all isolation levels or for
/// each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Verdicts(BTreeMap<Subject, ByLevel>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum ByLevel {
    Same(Claim),
    Each(BTreeMap<Isolation, Claim>),
}

impl Verdicts {
    /// What a cell is to show, if the table says so.
    #[must_use]
    pub fn of(&self, cell: Cell) -> Option<Claim> {
        let named = self.0.get(&cell.subject);
        // What is said of all operations of a subject holds for each meeting of them.
        match named.or_else(|| self.0.get(&subject::whole_of(cell.subject)))? {
            ByLevel::Same(claim) => Some(*claim),
            ByLevel::Each(levels) => levels.get(&cell.level).copied(),
        }
    }

    /// A cell that is to be safe within a bound on context switches, with the key of its level
    /// where it has one.
    #[must_use]
    pub fn bounded(&self) -> Option<(Subject, Option<Isolation>)> {
        let is_bounded = |claim: &Claim| matches!(claim, Claim::SafeWithin(_));
        self.0.iter().find_map(|(subject, claims)| match claims {
            ByLevel::Same(claim) => is_bounded(claim).then_some((*subject, None)),
            ByLevel::Each(levels) => {
                let mut levels = levels.iter();
                let (level, _) = levels.find(|(_, claim)| is_bounded(claim))?;
                Some((*subject, Some(*level)))
            }
        })
    }

    /// Whether it says nothing of any cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The strategies that it names.
    pub fn subjects(&self) -> impl Iterator<Item = Subject> {
        self.0.keys().copied()
    }

    /// The isolation levels that it names for a strategy.
    pub fn levels(&self, subject: Subject) -> impl Iterator<Item = Isolation> {
        let levels = match self.0.get(&subject) {
            Some(ByLevel::Each(levels)) => Some(levels.keys().copied()),
            Some(ByLevel::Same(_)) | None => None,
        };
        levels.into_iter().flatten()
    }
}

impl<'de> Deserialize<'de> for Verdicts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table;
        impl<'de> Visitor<'de> for Table {
            type Value = Verdicts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a table of verdicts by strategy")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Verdicts, A::Error> {
                let mut verdicts = BTreeMap::new();
                while let Some(ByName(subject)) = map.next_key()? {
                    verdicts.insert(subject, map.next_value()?);
                }
                Ok(Verdicts(verdicts))
            }
        }
        deserializer.deserialize_map(Table)
    }
}

impl<'de> Deserialize<'de> for ByLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Levels;
        impl<'de> Visitor<'de> for Levels {
            type Value = ByLevel;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a verdict, or a table of verdicts by isolation level")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<ByLevel, E> {
                claim(name).map(ByLevel::Same).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ByLevel, A::Error> {
                let mut levels = BTreeMap::new();
                while let Some(ByName(level)) = map.next_key()? {
                    let Said(claim) = map.next_value()?;
                    levels.insert(level, claim);
                }
                Ok(ByLevel::Each(levels))
            }
        }
        deserializer.deserialize_any(Levels)
    }
}

/// What a cell is to show, as it is written in a file.
struct Said(Claim);

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, claim).map(Self)
    }
}

fn claim(text: &str) -> Result<Claim, String> {
    let bounded = Claim::bounded(text);
    bounded.unwrap_or_else(|| Verdict::parse(text).map(Claim::Verdict))
}

impl JsonSchema for Verdicts {
    fn schema_name() -> Cow<'static, str> {
        "verdicts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let claim = generator.subschema_for::<Claim>();
        let by_level = Isolation::ALL.map(|level| (level.name().to_owned(), json!(claim)));
        let levels = json!({
            "type": "object",
            "properties": serde_json::Map::from_iter(by_level),
            "additionalProperties": false,
        });
        let cell = json!({ "anyOf": [claim, levels] });
        let cells = subject::ALL.map(|subject| (subject.name().to_owned(), cell.clone()));
        json_schema!({
            "type": "object",
            "properties": serde_json::Map::from_iter(cells),
            "patternProperties": { "\\.sql$|/": cell },
            "additionalProperties": false,
        })
    }
}
