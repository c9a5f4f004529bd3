//! The judge of tables of the user's own by rules that the user states: queries that must
//! answer no row, and errors that only a race brings to a caller.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::{Finding, Findings};
use super::serial::{SerialJudgement, SerialVerdict};
use super::verdict::Verdict;
use crate::shop::{Conflict, Outcome};
use crate::value::{Table, Value};

/// A query that must answer no row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Invariant {
    /// What it is called.
    pub name: String,
    /// A SELECT; the rows that come are what is wrong.
    pub sql: String,
}

/// An invariant that does not hold, with the rows that say so.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Broken {
    /// The invariant, by its name.
    pub invariant: Arc<str>,
    /// The first rows.
    pub rows: Arc<Table>,
    /// How many rows came in all.
    pub total: u64,
}

/// An error that reached a caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Raised {
    /// The session, from 0.
    pub session: u32,
    /// Its SQLSTATE, or what stands for one.
    pub code: String,
    /// What the server said.
    pub message: String,
}

/// An effect outside the database, as `\effect` recorded it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct EffectSeen {
    /// The session, from 0.
    pub session: u32,
    /// What it is called.
    pub name: Arc<str>,
    /// With what; `None` is NULL.
    pub value: Option<String>,
}

/// What one session's step came to, as invariants can join it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StepTold {
    /// The session, from 0.
    pub session: u32,
    /// The step of its flow, from 0.
    pub step: u32,
    /// The operation that it carried out.
    pub operation: Arc<str>,
    /// `:buyer`.
    pub buyer: i64,
    /// `:checkout_key`.
    pub checkout_key: i64,
    /// What its caller was told.
    pub outcome: Outcome,
    /// Attempts made.
    pub tries: u32,
    /// Its variables as the last attempt left them, as text; `None` is NULL.
    pub variables: Vec<(Arc<str>, Option<String>)>,
}

/// What one end of tables of the user's own holds against it.
#[derive(Debug, Clone, Copy)]
pub struct OwnEnd<'e> {
    /// Invariants that do not hold.
    pub broken: &'e [Broken],
    /// Errors that reached callers.
    pub raised: &'e [Raised],
}

/// What shows where one session comes after the other: of that, no race is the cause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WithoutRace {
    /// Invariants that break, by name.
    pub broken: BTreeSet<String>,
    /// Errors that reach a caller, by their SQLSTATE.
    pub raised: BTreeSet<String>,
    /// Columns whose values the database gave, such as ids and times: table, column.
    pub generated: BTreeSet<(String, String)>,
}

/// What a caller was told, where nothing need be sold: the words of `sim.outcomes`.
#[must_use]
pub const fn answer_in_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Sold => "done",
        Outcome::SoldOut => "refused",
        Outcome::GaveUp => "gave up",
        Outcome::Failed => "failed",
        Outcome::Unknown => "unknown",
        Outcome::NotStarted => "not started",
    }
}

/// Holds an end against what was stated: `allowed` are SQLSTATEs that may reach a caller.
#[must_use]
pub fn judge_own(seen: OwnEnd<'_>, without_race: &WithoutRace, allowed: &[String]) -> Findings {
    let broken = seen.broken.iter().map(|broken| Finding {
        rule: Cow::Owned(broken.invariant.to_string()),
        count: broken.total,
        unit: Cow::Borrowed("row"),
        verdict: Some(Verdict::Violates),
    });
    let is_news = |raised: &&Raised| {
        !without_race.raised.contains(&raised.code) && !allowed.contains(&raised.code)
    };
    let raised = seen.raised.iter().filter(is_news).map(|raised| Finding {
        rule: Cow::Owned(format!("error {}", raised.code)),
        count: 1,
        unit: Cow::Borrowed("caller"),
        verdict: Some(Verdict::RaisesErrors),
    });
    Findings::collect(broken.chain(raised))
}

/// What an end that no serial order has proves.
#[must_use]
pub fn judge_serial(judgement: &SerialJudgement) -> Findings {
    let proven = match judgement.verdict {
        SerialVerdict::NotSerializable => Some(("not serializable", Verdict::NotSerializable)),
        SerialVerdict::NotAtomic => Some(("not atomic", Verdict::NotAtomic)),
        SerialVerdict::StaleAnswer => Some(("stale answer", Verdict::StaleAnswer)),
        SerialVerdict::Inconclusive | SerialVerdict::Serial => None,
    };
    let finding = |(rule, verdict): (&'static str, Verdict)| Finding {
        rule: Cow::Borrowed(rule),
        count: 1,
        unit: Cow::Borrowed("end"),
        verdict: Some(verdict),
    };
    Findings::collect(proven.map(finding))
}

/// The error that reached a caller, if one did. A race that was lost with all tries used up
/// is none; a deadlock is: the server ended a transaction that could have gone on.
#[must_use]
pub fn raised(session: u32, outcome: Outcome, code: &str, message: &str) -> Option<Raised> {
    let is_error = match outcome {
        Outcome::Failed => true,
        Outcome::GaveUp => code == Conflict::Deadlock.sign(),
        Outcome::Sold | Outcome::SoldOut | Outcome::Unknown | Outcome::NotStarted => false,
    };
    is_error.then(|| Raised {
        session,
        code: code.into(),
        message: message.into(),
    })
}

/// Columns whose values differ in two ends of one order of sessions: those of the second
/// began with other values of every sequence, and came later.
#[must_use]
pub fn generated(
    one: &crate::value::State,
    other: &crate::value::State,
) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for ((name, one), (_, other)) in one.tables().zip(other.tables()) {
        for (at, column) in one.columns.iter().enumerate() {
            if sorted(one, at) != sorted(other, at) {
                found.insert((name.to_owned(), column.to_string()));
            }
        }
    }
    found
}

fn sorted(table: &Table, column: usize) -> Vec<&Value> {
    let mut values: Vec<&Value> = table.rows().map(|row| &row[column]).collect();
    values.sort_unstable();
    values
}
