//! What the steps of a schedule read and wrote, as far as replies and row changes tell.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::Value;

/// What a step reads.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct SeenRow {
    /// The table.
    pub table: Arc<str>,
    /// The row by what identifies it, such as `id 1`; `None` if the step looked through
    /// the table, or if it is not known which rows it saw.
    pub row: Option<Arc<str>>,
}

impl fmt::Display for SeenRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.row {
            Some(row) => write!(f, "{} with {row}", self.table),
            None => f.write_str(&self.table),
        }
    }
}

/// What a step changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRow {
    /// The table.
    pub table: Arc<str>,
    /// The row by what identifies it, such as `id 1`.
    pub row: Arc<str>,
    /// Its values before; `None` if it is new.
    pub before: Option<Vec<Value>>,
    /// Its values afterwards; `None` if it is gone.
    pub after: Option<Vec<Value>>,
}

/// What a step does to the transaction of its actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepClose {
    /// It goes on.
    Open,
    /// What was written since the last end is there for all.
    Commit,
    /// It never happened.
    Rollback,
}

/// One step of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryStep {
    /// The actor, from 0.
    pub actor: usize,
    /// What it read; empty if that is not known.
    pub reads: Vec<SeenRow>,
    /// What it changed; empty if that is not known.
    pub writes: Vec<WrittenRow>,
    /// The step before whose commits its reads look, where that is not this step itself:
    /// above read committed the one that took the snapshot.
    pub snapshot: Option<usize>,
    /// It changes the rows that it reads by what they are then: `SET n = n - 1`.
    pub rewrites: bool,
    /// Whether it ends the transaction.
    pub close: StepClose,
}
