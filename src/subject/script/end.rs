//! How a try of a script ends.

use std::fmt;
use std::sync::Arc;

use super::place::FilePlace;

/// What the server said of a statement that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlFailure {
    /// Five characters.
    pub sqlstate: String,
    /// The server's message.
    pub message: String,
}

impl SqlFailure {
    /// Whether the statement lost a race: a serialization failure, a deadlock, or a lock
    /// that was not available at once.
    #[must_use]
    pub fn is_lost_race(&self) -> bool {
        matches!(&*self.sqlstate, "40001" | "40P01" | "55P03")
    }
}

impl fmt::Display for SqlFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SQLSTATE {}: {}", self.sqlstate, self.message)
    }
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptEnd {
    /// The actor is told that it is done.
    Done,
    /// The actor is told that it was refused.
    Refused,
    /// It is to be tried again: the error of the statement that lost a race, or `None`
    /// where the script says so.
    Again(Option<SqlFailure>),
    /// The actor is told of an error.
    Failed(ScriptFault),
}

/// An error that ended a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptFault {
    /// The name of the file.
    pub file: Arc<str>,
    /// The command.
    pub place: FilePlace,
    /// What happened.
    pub cause: FaultCause,
}

impl fmt::Display for ScriptFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FilePlace { line, column } = self.place;
        write!(f, "{}:{line}:{column}: {}", self.file, self.cause)
    }
}

/// What ended a try with an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultCause {
    /// A statement failed, and the next command reads neither `ERROR` nor `SQLSTATE`; a
    /// lost race is one if a write had been committed before it.
    Sql(SqlFailure),
    /// `\gset` had another number of rows than one.
    NotOneRow(usize),
    /// An expression has no value.
    Worthless(String),
    /// A variable is not set.
    Unset(Arc<str>),
    /// The name of a column, with the prefix, is no name of a variable.
    Column(String),
    /// The end was reached without a word of the outcome.
    NoOutcome,
    /// More than one outcome was said.
    Outcomes,
    /// The end was reached inside a transaction.
    LeftOpen,
    /// COMMIT was answered by ROLLBACK or by an error, and no other outcome was said.
    NotCommitted,
}

impl fmt::Display for FaultCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sql(failure) => failure.fmt(f),
            Self::NotOneRow(rows) => write!(f, "\\gset takes one row, and {rows} came"),
            Self::Worthless(message) => f.write_str(message),
            Self::Unset(name) => write!(f, "the variable :{name} is not set"),
            Self::Column(name) => write!(
                f,
                "{name:?} is no name of a variable: name the column with AS"
            ),
            Self::NoOutcome => f.write_str("the end, and no outcome was said"),
            Self::Outcomes => f.write_str("the end, and several outcomes were said"),
            Self::LeftOpen => f.write_str("the end, and a transaction is open"),
            Self::NotCommitted => f.write_str("the last transaction was not committed"),
        }
    }
}

/// The variables that say how a try ended.
pub(super) const OUTCOMES: [&str; 3] = ["outcome_done", "outcome_refused", "outcome_again"];
