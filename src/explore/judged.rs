//! What a schedule came to.

use std::sync::Arc;

use crate::oracle::serial::SerialJudgement;
use crate::oracle::{Account, Digest, Findings};

/// What a schedule came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Each product's account; none on tables of the user's own.
    pub accounts: Vec<Account>,
    /// What is broken.
    pub findings: Findings,
    /// What the database holds; of tables of the user's own, and what callers were told.
    pub digest: Digest,
    /// Whether it is not as at the start; of a shop always.
    pub is_changed: bool,
    /// On tables of the user's own: whether it is as if one session had come after the other.
    pub serial: Option<Arc<SerialJudgement>>,
    /// Why that cannot be told, if it cannot.
    pub undecided: Option<Undecided>,
}

/// Why it cannot be told whether an end is that of a serial order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecided {
    /// Something differs between two equal runs of a serial order, and the reason is not known.
    Unexplained,
    /// Too many generated values look alike.
    Alike,
}
