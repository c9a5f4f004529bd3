//! What scripts leave in their sessions.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unfollowed::Unfollowed;

/// What a script leaves in its session when it has ended: a connection of a pool hands that on to
/// its next user. It is put back before each schedule, and proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct LeftInSession {
    /// The script, by the name of its operation.
    pub operation: String,
    /// What it is, and its name: `advisory lock 7`, `setting work_mem`.
    pub what: BTreeSet<String>,
}

impl LeftInSession {
    pub(super) fn of(operation: String, what: Vec<String>) -> Self {
        Self {
            operation,
            what: what.into_iter().collect(),
        }
    }
}

/// Adds what was found to what is known, script by script.
pub(super) fn add_left(all: &mut Vec<LeftInSession>, found: &[LeftInSession]) {
    for found in found.iter().filter(|found| !found.what.is_empty()) {
        let known = all.iter_mut().find(|it| it.operation == found.operation);
        match known {
            Some(known) => known.what.extend(found.what.iter().cloned()),
            None => all.push(found.clone()),
        }
    }
    all.sort();
}

/// Where a session waits although every other one has ended.
pub(super) fn waits_for_ever(left: &[LeftInSession]) -> Unfollowed {
    let left = left.iter().map(|left| {
        let what: Vec<&str> = left.what.iter().map(String::as_str).collect();
        format!(
            "; {} leaves in its session: {}",
            left.operation,
            what.join(", ")
        )
    });
    let left: String = left.collect();
    Unfollowed::new(
        format!("a session waits for another one that has ended{left}"),
        "let each script give up what it holds before it ends: a lock of the transaction \
         (pg_advisory_xact_lock) goes by itself",
    )
}
