//! What sessions came to that were released at the same time.

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::explore::trace::Trace;
use crate::oracle::{RowChange, Verdict};

/// So many ends are listed that break nothing.
const LISTED_MAX: usize = 8;

/// What came of releasing sessions at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Raced {
    /// The statements that take several rows.
    pub statements: Vec<RacedStatement>,
    /// How often sessions were released.
    pub runs: u64,
    /// How often the statements of two sessions stood side by side then; the others kept
    /// each other out.
    pub met: u64,
    /// The ends to which no schedule came, worst first, then the most frequent.
    pub ends: Vec<RacedEnd>,
    /// How often an end came that breaks nothing and that no schedule came to, beyond those
    /// that are listed.
    pub others: u64,
    /// Whether it was given up before its time: by a limit, by a signal, or because what was
    /// found is enough.
    pub cut_short: bool,
}

/// A statement that takes several rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RacedStatement {
    /// The session, by its letter.
    pub session: char,
    /// Its line in the session's script.
    pub line: u32,
}

/// An end to which no schedule came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RacedEnd {
    /// How often it came.
    pub count: u64,
    /// The first time: statements in the sequence of their answers. Its letters are no schedule
    /// that could be run again.
    pub example: Trace,
    /// The rows that were changed then.
    pub changes: Vec<RowChange>,
}

impl Raced {
    /// How often sessions came to an end that proves a verdict.
    #[must_use]
    pub fn proving(&self, verdict: Verdict) -> u64 {
        let proving = self.ends.iter().filter(|end| end.proves(verdict));
        proving.map(|end| end.count).sum()
    }

    /// How often sessions came to an end that breaks something and to which no schedule came.
    pub(super) fn breaking(&self) -> u64 {
        let breaking = self
            .ends
            .iter()
            .filter(|end| !end.example.proven.is_empty());
        breaking.map(|end| end.count).sum()
    }

    /// Counts an end to which no schedule came. Of those that break nothing only a few are kept.
    pub(super) fn note(&mut self, trace: Trace, changes: Vec<RowChange>) {
        let is_listed = !trace.proven.is_empty() || self.ends.len() < LISTED_MAX;
        match self.count(&trace) {
            true => {}
            false if is_listed => self.ends.push(RacedEnd {
                count: 1,
                example: trace,
                changes,
            }),
            false => self.others += 1,
        }
    }

    fn count(&mut self, trace: &Trace) -> bool {
        let same = |end: &&mut RacedEnd| {
            let known = &end.example;
            (&known.told, &known.findings, &known.digest)
                == (&trace.told, &trace.findings, &trace.digest)
        };
        let known = self.ends.iter_mut().find(same);
        known.map(|end| end.count += 1).is_some()
    }

    /// Puts the worst first.
    pub(super) fn sort(&mut self) {
        self.ends.sort_by_key(|end| {
            let worst = end.example.proven.first().copied();
            (worst.unwrap_or(Verdict::Safe), Reverse(end.count))
        });
    }
}

impl RacedEnd {
    /// Whether it proves a verdict.
    #[must_use]
    pub fn proves(&self, verdict: Verdict) -> bool {
        self.example.proven.contains(&verdict)
    }
}
