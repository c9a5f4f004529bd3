//! What the judge says of an end.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::anomaly::Anomaly;
use super::canon::EndDigest;
use super::end::PartKind;
use crate::shop::Outcome;
use crate::value::Value;

/// What the end of one schedule is, worst first: the order is the severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SerialVerdict {
    /// No serial order ends like this.
    NotSerializable,
    /// None does, and an actor that was told that nothing happened left rows behind.
    NotAtomic,
    /// Rows and outcomes are those of a serial order, the answers that were shown, or the
    /// outcome of an actor that wrote nothing, are not.
    StaleAnswer,
    /// Nothing is proven either way.
    Inconclusive,
    /// A serial order ends like this.
    Serial,
}

impl SerialVerdict {
    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotSerializable => "not-serializable",
            Self::NotAtomic => "not-atomic",
            Self::StaleAnswer => "stale-answer",
            Self::Inconclusive => "inconclusive",
            Self::Serial => "serial",
        }
    }
}

impl fmt::Display for SerialVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A row that both ends have, with values that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangedRow {
    /// As it is here.
    pub here: Vec<Value>,
    /// As the serial order leaves it.
    pub there: Vec<Value>,
    /// The numbers of the columns that differ.
    pub columns: Vec<usize>,
}

/// How one table, or the effects or shown values of one name, differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartDifference {
    /// Whether they are rows, effects or shown values.
    pub kind: PartKind,
    /// The name of the table, of the effect or of the shown value.
    pub name: String,
    /// The columns' names; of effects and shown values `actor` and `value`.
    pub columns: Vec<String>,
    /// Rows that are only here.
    pub only_here: Vec<Vec<Value>>,
    /// Rows that only the serial order has.
    pub only_there: Vec<Vec<Value>>,
    /// Rows that differ in some columns.
    pub changed: Vec<ChangedRow>,
}

/// An outcome that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeDifference {
    /// The actor.
    pub actor: usize,
    /// Here.
    pub here: Outcome,
    /// In the serial order.
    pub there: Outcome,
}

/// The difference to one serial end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndDifference {
    /// The parts that differ.
    pub parts: Vec<PartDifference>,
    /// The outcomes that differ.
    pub outcomes: Vec<OutcomeDifference>,
}

impl EndDifference {
    /// Rows and outcomes that differ.
    #[must_use]
    pub fn size(&self) -> usize {
        let of_part = |part: &PartDifference| {
            part.only_here.len() + part.only_there.len() + part.changed.len()
        };
        self.parts.iter().map(of_part).sum::<usize>() + self.outcomes.len()
    }
}

/// The serial end that has most in common with the one that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NearestEnd {
    /// The order of the actors.
    pub order: Vec<usize>,
    /// What differs. Empty if the order is forbidden by nothing but real time: an actor
    /// had its last reply before another one of it sent its first statement.
    pub difference: EndDifference,
    /// Whether real time forbids this order.
    pub is_against_time: bool,
}

/// What the judge says of one end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialJudgement {
    /// The verdict.
    pub verdict: SerialVerdict,
    /// A name for all ends that are the same up to generated values.
    pub digest: EndDigest,
    /// The serial order that ends alike, if there is one.
    pub order: Option<Vec<usize>>,
    /// The nearest serial end, unless one is equal.
    pub nearest: Option<NearestEnd>,
    /// Why nothing is proven, if the verdict is inconclusive.
    pub reasons: Vec<String>,
    /// All of it in a sentence.
    pub sentence: String,
}

/// What contradicts every serial order, as it is told and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contradiction {
    /// All of it in a sentence.
    pub sentence: String,
    /// The nearest serial end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<NearestEnd>,
    /// The circle of two actors that shows in the steps; `None` where none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anomaly: Option<Anomaly>,
}

impl Contradiction {
    /// Of an end that no serial order has; `None` of any other.
    #[must_use]
    pub fn of(judgement: &SerialJudgement, anomaly: Option<Anomaly>) -> Option<Self> {
        let is_one = matches!(
            judgement.verdict,
            SerialVerdict::NotSerializable | SerialVerdict::NotAtomic | SerialVerdict::StaleAnswer
        );
        is_one.then(|| Self {
            sentence: judgement.sentence.clone(),
            nearest: judgement.nearest.clone(),
            anomaly,
        })
    }
}
