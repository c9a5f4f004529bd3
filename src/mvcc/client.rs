//! One session, with the transaction it is in.

use super::row::Owner;
use super::task::Errand;
use super::tuple_lock::{Place, Wait};
use crate::shop::{CheckoutKey, Isolation, Line};

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Outside a transaction.
    Idle,
    /// In a transaction of its own making.
    Open,
    /// In the transaction that a single statement is.
    Single,
    /// In a transaction in which a statement failed.
    Failed,
}

/// One session, with the transaction it is in.
#[derive(Debug, Clone)]
pub(super) struct Party {
    pub(super) state: Standing,
    pub(super) isolation: Isolation,
    /// What was committed before it, by count; `None` before the first query.
    pub(super) snapshot: Option<u64>,
    /// Set by the first lock or write.
    pub(super) owner: Option<Owner>,
    /// Rows that it has locked or changed.
    pub(super) touched: Vec<usize>,
    /// Orders placed and not committed yet, by their numbers.
    pub(super) orders: Vec<(i64, CheckoutKey)>,
    /// Their lines.
    pub(super) lines: Vec<(i64, Line)>,
    /// Sessions that wait for its end, first come, first.
    pub(super) waiters: Vec<usize>,
    /// The version in front of which it is next.
    pub(super) next_at: Option<Place>,
    /// The statement that waits.
    pub(super) task: Option<Errand>,
    /// For what it waits.
    pub(super) wait: Option<Wait>,
    /// Sessions that were last said to block it.
    pub(super) reported: Vec<usize>,
}

impl Party {
    pub(super) const fn new() -> Self {
        Self {
            state: Standing::Idle,
            isolation: Isolation::ReadCommitted,
            snapshot: None,
            owner: None,
            touched: Vec::new(),
            orders: Vec::new(),
            lines: Vec::new(),
            waiters: Vec::new(),
            next_at: None,
            task: None,
            wait: None,
            reported: Vec::new(),
        }
    }
}
