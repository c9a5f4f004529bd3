//! What a run says and is told.

use std::sync::Arc;

use super::datum::Datum;
use super::end::{ScriptEnd, SqlFailure};
use super::kind::SqlKind;
use super::place::FilePlace;
use crate::statement::TextReach;

/// What a try begins with. Each try of an attempt begins with the same, but for `kept`:
/// so its variables are put back, and it draws the same numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Start<'a> {
    /// The values of the names that the script was parsed with.
    pub bound: &'a [(&'a str, Datum)],
    /// What the try before it left of the variables that are kept ([`kept`](super::Run::kept)); empty
    /// for the first try.
    pub kept: &'a [(Arc<str>, Datum)],
    /// The seed of random draws, and the value of `default_seed` and `random_seed`.
    pub seed: i64,
    /// Whether a lost race begins the script again although a write of it was committed.
    pub repeats_writes: bool,
}

/// What the server answered to a statement that succeeded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// The command tag: `SELECT 1`, `COMMIT`, ...
    pub tag: String,
    /// How many rows the tag counts; 0 where it counts none.
    pub affected: u64,
    /// The names of the columns, as the server names them.
    pub columns: Vec<String>,
    /// The rows: a text, or `None` for NULL, of each column.
    pub rows: Vec<Vec<Option<String>>>,
}

/// What the server answered to a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerAnswer {
    /// It succeeded.
    Done(Completion),
    /// It failed.
    Failed(SqlFailure),
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Send a statement, and tell the answer by [`answer`](super::Run::answer).
    Send {
        /// With `$1`, `$2`, ...; the same for the same command in every run.
        sql: Arc<str>,
        /// The values of the parameters: a text, or `None` for NULL.
        binds: Vec<Option<String>>,
        /// What it does, by its words.
        kind: SqlKind,
        /// How far it may reach, by its words.
        reach: TextReach,
        /// Where it stands.
        place: FilePlace,
        /// Its number among the commands of the script.
        command: usize,
    },
    /// Let some time pass, in microseconds.
    Sleep(u64),
    /// Record an effect outside the database.
    Effect {
        /// Its name.
        name: Arc<str>,
        /// Its value.
        value: Datum,
        /// Where it stands.
        place: FilePlace,
    },
    /// The try has ended. Where [`is_open`](super::Run::is_open) says so, a transaction is left to be
    /// rolled back.
    Ended(ScriptEnd),
}
