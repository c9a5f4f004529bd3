//! What one run yields: enough to judge it and to draw it later.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::latency::Latency;
use super::timeline::Timeline;
use crate::oracle::{self, Account, Broken, Findings, Judgement, Tally, WithoutRace};
use crate::scenario::FaultCounts;
use crate::session::{Error, Result};
use crate::shop::{Conflict, Outcome};
use crate::statement::Reply;
use crate::subject::service::ServiceAnswer;

/// One run of one strategy at one isolation level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunResult {
    /// The run's number, from 1.
    pub run: u32,
    /// The verdict and its grounds.
    pub judgement: Judgement,
    /// What the database breaks.
    pub findings: Findings,
    /// The accounts of the products that break something.
    pub broken: Vec<Account>,
    /// How the checkouts ended, after `unknown` ones were looked up.
    pub outcomes: Tally,
    /// What the unknown ones turned out to be.
    pub resolved: Resolved,
    /// Signs that buyers got in each other's way.
    pub evidence: Signs,
    /// What the checkouts took, added up.
    pub effort: Effort,
    /// What went wrong that has nothing to do with concurrency.
    pub faults: Faults,
    /// From the first arrival to the last goodbye, in microseconds.
    pub elapsed_us: u64,
    /// Processor time that `sim` itself took meanwhile, on all cores, in
    /// microseconds.
    pub client_cpu_us: u64,
    /// How long the busiest lane of `sim` had something to do, in microseconds:
    /// it ran, or waited for a processor. No longer than that was `sim` what
    /// replies had to wait for. Zero where the system does not tell; only Linux
    /// does.
    pub client_busy_us: u64,
    /// Where the time went.
    pub timing: Timing,
    /// What it came to besides on tables of the user's own; `None` in the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnRun>,
    /// Faults that were put in between the service and its database; `None` where none were asked
    /// for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_in: Option<FaultCounts>,
}

/// What a run on tables of the user's own came to besides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OwnRun {
    /// Invariants that do not hold, each with its first rows.
    pub broken: Vec<Broken>,
    /// Errors that reached callers, by their SQLSTATE or what stands for one.
    pub errors: BTreeMap<String, CallerError>,
    /// What shows where the same buyers come one after the other, on one connection; `None`
    /// where that was not tried: nothing was broken and no error reached a caller, the run ended
    /// early, or the service runs already.
    pub without_race: Option<WithoutRace>,
    /// Whether the service runs already: then nothing can be put back, and what shows without a
    /// race is not known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_visited: bool,
}

/// An error that reached callers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallerError {
    /// How many callers.
    pub count: u64,
    /// What the first of them was told.
    pub message: String,
}

/// What the unknown outcomes turned out to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resolved {
    /// The order is in the database.
    pub sold: u64,
    /// It is not, and never will be.
    pub failed: u64,
}

impl Resolved {
    pub(super) const fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Sold => self.sold += 1,
            Outcome::Failed => self.failed += 1,
            _ => {}
        }
    }
}

/// Signs that buyers got in each other's way where it mattered. A clean ledger
/// without them proves nothing.
///
/// A sign is an attempt whose answer could have been another one: it was refused
/// or lost although what it lacks was still there when it first looked. An
/// overlap where there is enough for all counts nothing, since a checkout that
/// never checks passes it as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signs {
    /// Attempts that were refused because a sale that was committed while they
    /// ran took the last units.
    pub overlapping: u64,
    /// Attempts that were lost to concurrency meanwhile.
    pub conflicts: u64,
    /// Statements that were seen waiting for a lock; sampled, so a lower bound.
    /// They are no signs in the shop: a wait that mattered ends in an attempt that is one.
    pub blocked_waits: u64,
    /// How often the run looked for such statements.
    pub looks: u64,
    /// Whether they are of tables of the user's own: there a sign is an attempt during which
    /// another one with its key committed a write, one that was lost, or a blocked wait.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_own_tables: bool,
}

impl Signs {
    /// All signs.
    #[must_use]
    pub const fn total(&self) -> u64 {
        let waits = if self.of_own_tables {
            self.blocked_waits
        } else {
            0
        };
        self.overlapping + self.conflicts + waits
    }

    /// What a judgement rests on.
    #[must_use]
    pub const fn as_of_load(&self) -> oracle::Evidence {
        oracle::Evidence::Load {
            signs: self.total(),
        }
    }

    /// Adds another run's.
    pub const fn add(&mut self, other: &Self) {
        self.overlapping += other.overlapping;
        self.conflicts += other.conflicts;
        self.blocked_waits += other.blocked_waits;
        self.looks += other.looks;
        self.of_own_tables |= other.of_own_tables;
    }
}

/// What the checkouts took, added up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Effort {
    /// Attempts made.
    pub attempts: u64,
    /// Attempts lost to concurrency, by kind.
    pub conflicts: BTreeMap<Conflict, u64>,
    /// Every SQLSTATE that came back, those of conflicts included.
    pub sqlstates: BTreeMap<String, u64>,
    /// Checkouts by the number of tries they took.
    pub checkouts_by_tries: BTreeMap<u32, u64>,
    /// Time that attempts held a connection, in microseconds.
    pub service_us: u64,
    /// The part of it in attempts that were lost, in microseconds.
    pub wasted_us: u64,
}

impl Effort {
    /// Lost attempts of every kind.
    #[must_use]
    pub fn lost_attempts(&self) -> u64 {
        self.conflicts.values().sum()
    }

    /// Adds another run's.
    pub fn add(&mut self, other: &Self) {
        self.attempts += other.attempts;
        self.service_us += other.service_us;
        self.wasted_us += other.wasted_us;
        add_counts(&mut self.conflicts, &other.conflicts);
        add_counts(&mut self.sqlstates, &other.sqlstates);
        add_counts(&mut self.checkouts_by_tries, &other.checkouts_by_tries);
    }
}

fn add_counts<K: Ord + Clone>(to: &mut BTreeMap<K, u64>, from: &BTreeMap<K, u64>) {
    for (key, count) in from {
        *to.entry(key.clone()).or_default() += count;
    }
}

/// What went wrong that has nothing to do with concurrency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Faults {
    /// Messages of failed and unknown checkouts, and how often each came.
    pub messages: BTreeMap<String, u64>,
    /// Why the run ended early, if the server was lost.
    pub server_lost: Option<String>,
    /// Whether a signal asked the run to end early.
    pub interrupted: bool,
    /// Why the ledger could not be read, if so.
    pub not_audited: Option<String>,
}

impl Faults {
    /// Whether the harness or the database failed.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.messages.is_empty() || self.server_lost.is_some() || self.not_audited.is_some()
    }
}

/// Where the time went.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timing {
    /// From the scheduled arrival to the end, waiting for a connection
    /// included, by outcome.
    pub latency: BTreeMap<Outcome, Latency>,
    /// Holding a connection, a checkout.
    pub service: Latency,
    /// Waiting for a connection, a checkout.
    pub queued: Latency,
    /// From the scheduled arrival to the moment the buyer came.
    pub schedule_lag: Latency,
    /// From the scheduled arrival to the end, of the buyers who did not want
    /// the product that most want; empty where none stands out.
    pub unrelated: Latency,
    /// The statements of a script, by their lines in its file; the requests to a service, by their
    /// numbers; empty for what is neither.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lines: BTreeMap<LinePlace, LineTiming>,
    /// What ended when.
    pub timeline: Timeline,
}

/// Where a statement stands in a script: its line, from 1, of several operations behind the
/// name of its own; written `12` or `cancel:12`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinePlace {
    /// The operation; `None` where there is one alone.
    pub operation: Option<String>,
    /// From 1.
    pub line: u32,
}

impl fmt::Display for LinePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.operation {
            Some(operation) => write!(f, "{operation}:{}", self.line),
            None => write!(f, "{}", self.line),
        }
    }
}

impl Serialize for LinePlace {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LinePlace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (operation, line) = match text.rsplit_once(':') {
            Some((operation, line)) => (Some(operation.to_owned()), line),
            None => (None, &*text),
        };
        let line = line.parse().map_err(D::Error::custom)?;
        Ok(Self { operation, line })
    }
}

impl JsonSchema for LinePlace {
    fn schema_name() -> Cow<'static, str> {
        "line".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(.*:)?[0-9]+$" })
    }
}

/// The statement on one line of a script, in all attempts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LineTiming {
    /// From sending it to its answer, whatever the answer was.
    pub latency: Latency,
    /// Answers that were a conflict.
    pub lost: u64,
    /// Answers that were any other error.
    pub failed: u64,
}

impl LineTiming {
    /// Notes one answer.
    pub(super) fn note(&mut self, latency_us: u64, reply: &Result<Reply>) {
        self.latency.record_us(latency_us);
        match reply {
            Ok(_) => {}
            Err(Error::Conflict(_)) => self.lost += 1,
            Err(_) => self.failed += 1,
        }
    }

    /// Notes one reply of a service, or that there was none.
    pub(super) fn note_request(&mut self, latency_us: u64, answer: Option<ServiceAnswer>) {
        self.latency.record_us(latency_us);
        match answer {
            Some(ServiceAnswer::Done | ServiceAnswer::Refused) => {}
            Some(ServiceAnswer::Again) => self.lost += 1,
            Some(ServiceAnswer::Failed) | None => self.failed += 1,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.latency.add(&other.latency);
        self.lost += other.lost;
        self.failed += other.failed;
    }
}

impl Timing {
    /// Adds another run's, but for the timeline: runs follow each other.
    pub fn add(&mut self, other: &Self) {
        for (outcome, latency) in &other.latency {
            self.latency.entry(*outcome).or_default().add(latency);
        }
        self.service.add(&other.service);
        self.queued.add(&other.queued);
        self.schedule_lag.add(&other.schedule_lag);
        self.unrelated.add(&other.unrelated);
        for (line, timing) in &other.lines {
            self.lines.entry(line.clone()).or_default().add(timing);
        }
    }
}
