//! What the judge learns from before it judges: the ends of all serial orders.

use std::sync::Arc;

use super::end::{EndTable, SerialEnd};
use crate::value::Value;

/// How an actor is called in words, and which values of a row name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorName {
    /// Its letter, `A` first.
    pub letter: char,
    /// Values that stand for this actor wherever they are found, such as its checkout
    /// key. Words alone depend on them, no verdict does.
    pub keys: Vec<Value>,
}

/// The numbers that a sequence gave in the runs in which it was advanced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvancedSequence {
    /// The sequence.
    pub name: Arc<str>,
    /// The first number after it was advanced.
    pub first: i64,
    /// The last number that may belong to it. The ranges of two sequences have no
    /// number in common.
    pub last: i64,
}

/// The runs of one serial order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialRuns {
    /// The actors in their sequence; those that are not named took no part.
    pub order: Vec<usize>,
    /// Two runs from the same rows and the same values of every sequence.
    pub same: [SerialEnd; 2],
    /// A run with every sequence advanced, each by an offset of its own. An offset is a
    /// prime number, so that a remainder of an id changes as well.
    pub advanced: SerialEnd,
    /// Runs with one sequence advanced alone, each with the name of it. Needed only if
    /// `advanced` differs in more than generated numbers: they tell which sequence it was.
    pub alone: Vec<(Arc<str>, SerialEnd)>,
}

/// All that is known before the first schedule is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calibration {
    /// The actors, by number.
    pub actors: Vec<ActorName>,
    /// The rows from which every run begins.
    pub start: Vec<EndTable>,
    /// Every serial order of all actors and of each subset of them, the empty one too.
    pub serials: Vec<SerialRuns>,
    /// What the sequences gave in the advanced runs.
    pub sequences: Vec<AdvancedSequence>,
    /// Tables and `table.column`s that are not compared.
    pub ignore: Vec<Arc<str>>,
    /// `table.column`s of which the rank is compared and not the value.
    pub ordered: Vec<Arc<str>>,
}

/// Why a judge cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalibrationFault {
    /// A name that no table and no column has.
    #[error("{key} names {name}, and there is no such table or column")]
    UnknownName {
        /// The key of the file.
        key: &'static str,
        /// What it names.
        name: Arc<str>,
    },
    /// The serial orders are not those of these actors.
    #[error("no run of the serial order {order}")]
    NoSuchOrder {
        /// The order, in letters.
        order: String,
    },
    /// An end has not one answer for each actor.
    #[error("the end of a serial order has {found} answers for {actors} actors")]
    WrongActors {
        /// How many there are.
        actors: usize,
        /// How many answers.
        found: usize,
    },
}
