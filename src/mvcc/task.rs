//! A statement on its way to a row, as plain data.

use super::row::{Mode, Owner, Update};
use super::tuple_lock::Wait;
use crate::session::Error;

/// What a statement wants of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Goal {
    /// UPDATE.
    Change(Update),
    /// SELECT ... FOR UPDATE.
    Read,
    /// The foreign key check of an order line, by its index among the lines
    /// that the transaction has placed; the check of the first line of the
    /// order was that of `first`.
    Reference { first: usize, line: usize },
}

/// A statement on its way to a row.
#[derive(Debug, Clone)]
pub(super) struct Errand {
    pub(super) goal: Goal,
    pub(super) row: usize,
    pub(super) stage: Stage,
    /// Which others to wait for, as seen when the session fell asleep, before the
    /// stage is entered again.
    pub(super) rivals: Vec<Owner>,
    /// The transaction that had replaced the version when the session fell asleep: if it
    /// commits, its versions are locked as well.
    pub(super) follows: Option<Owner>,
    /// Whether the later versions are locked.
    pub(super) followed: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Stage {
    /// Replace a version.
    Update(usize),
    /// Lock a version.
    Lock(usize),
    /// Lock the versions from `at` on that came after `from`; `writer` wrote
    /// the one at `at`.
    Follow {
        from: usize,
        at: usize,
        writer: Owner,
    },
    /// Look for the newest version from here on.
    Chase(usize),
}

/// What a stage led to.
pub(super) enum Move {
    Go(Stage),
    /// The version is locked or, by an UPDATE, replaced.
    Done(usize),
    /// The version was replaced by a transaction that has committed.
    Replaced(usize),
    Sleep(Wait),
    Failed(Error),
}

impl Goal {
    pub(super) const fn mode(self) -> Mode {
        match self {
            Self::Change(_) => Mode::NoKeyUpdate,
            Self::Read => Mode::Update,
            Self::Reference { .. } => Mode::KeyShare,
        }
    }
}

impl Errand {
    /// A statement that is about to touch the version that it sees.
    pub(super) const fn new(goal: Goal, row: usize, version: usize) -> Self {
        Self {
            goal,
            row,
            stage: match goal {
                Goal::Change(_) => Stage::Update(version),
                Goal::Read | Goal::Reference { .. } => Stage::Lock(version),
            },
            rivals: Vec::new(),
            follows: None,
            followed: false,
        }
    }
}
