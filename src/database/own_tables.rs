//! What is said about tables of the user's own: how they come to be, and what they are told and
//! asked.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;

use super::error::ServerError;
use crate::value::Table;

/// Why there are no tables.
#[derive(Debug, Error)]
pub enum SetUpError {
    /// Nothing of the user's was carried out, or the server is gone.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A statement was refused, or is none.
    #[error("{file}:{line}: {message}")]
    Statement {
        /// The name of the file.
        file: String,
        /// Where the statement begins, from 1.
        line: usize,
        /// The server's message, or a sentence.
        message: String,
    },
    /// The command did not succeed.
    #[error("the set-up command failed ({status})\n{output}")]
    Command {
        /// How it ended.
        status: String,
        /// Its last lines.
        output: String,
    },
}

/// What a set-up left, and cannot be put back after a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresettable {
    /// Its name, with its table.
    pub name: String,
    /// Why, as the rest of a sentence that begins with the name.
    pub why: String,
}

impl fmt::Display for Unresettable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.why)
    }
}

/// A row of `sim.outcomes`: how a step of an actor ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutcomeRow {
    /// The actor's number, from 1.
    pub actor: u32,
    /// The step of its flow, from 1.
    pub step: u32,
    /// What the step does, by the name of its script.
    pub operation: String,
    /// What `:buyer` was.
    pub buyer: i64,
    /// What `:checkout_key` was.
    pub checkout_key: i64,
    /// What the actor was told.
    pub outcome: String,
    /// How many tries it took.
    pub tries: u32,
    /// The variables of the script at its end, by name.
    pub variables: serde_json::Value,
}

/// A row of `sim.effects`: an effect outside the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectRow {
    /// The actor's number, from 1.
    pub actor: u32,
    /// The name of the effect.
    pub name: String,
    /// Its value; NULL if it has none.
    pub value: Option<String>,
}

/// Rows that an invariant answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvariantRows {
    /// The first of them, every value as text.
    pub table: Table,
    /// How many there are.
    pub total: u64,
}

/// The relations that a statement locks by itself, as arrays of the server's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnLocks {
    /// All of them.
    pub(super) relations: String,
    /// Those of which it changes rows.
    pub(super) changed: String,
}

/// What the bodies of functions and triggers touched that their statement does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TouchedBeyond {
    /// Tables, by name.
    pub tables: Vec<String>,
    /// The triggers of what the statement changes, and the functions that it names.
    pub bodies: Vec<String>,
    /// Whether rows that were there are locked by it, as an UPDATE does as well.
    pub locks_rows: bool,
    /// The tables as an array of the server's.
    pub(super) relations: String,
}

/// A sequence of the user's, as it is at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSequence {
    /// Its name, with its schema.
    pub name: Arc<str>,
    /// The number that it gave last, or gives first.
    pub value: i64,
    /// From one number to the next.
    pub step: i64,
    /// The least number that it gives.
    pub least: i64,
    /// The greatest.
    pub most: i64,
}
