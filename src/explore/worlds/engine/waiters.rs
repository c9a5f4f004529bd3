//! When the server is asked whether a statement waits.
//!
//! To ask costs a round trip of another connection. Most statements of a script may wait, as far
//! as is known of them, and never do: so one that has not been seen to wait is first given the
//! time to be answered. To ask late is never wrong, since a statement that waits goes on waiting.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// Nothing is known that could keep the statement waiting: an advisory lock may all the same, since
/// it outlives the transaction that took it.
const UNFORESEEN: Duration = Duration::from_millis(500);

/// The statement may wait, and has not been seen to.
const UNSEEN: Duration = Duration::from_millis(4);

/// The texts that have been seen to wait.
#[derive(Debug, Default)]
pub(super) struct Waiters(HashSet<Arc<str>>);

impl Waiters {
    /// How long a statement is given before the server is asked; `None` to ask at once. `text` is
    /// that of a statement of which nothing else is known.
    pub(super) fn asked_after(&self, may_wait: bool, text: Option<&Arc<str>>) -> Option<Duration> {
        match (may_wait, text) {
            (false, _) => Some(UNFORESEEN),
            (true, Some(text)) if !self.0.contains(text) => Some(UNSEEN),
            (true, _) => None,
        }
    }

    /// Notes that it waits.
    pub(super) fn note(&mut self, text: Option<Arc<str>>) {
        self.0.extend(text);
    }
}
