//! What a try knows of its transactions.

use super::dialogue::Completion;
use super::kind::SqlKind;

/// How the last transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastEnd {
    Committed,
    RolledBack,
    NotCommitted,
}

/// What is known of transactions.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) is_open: bool,
    /// Whether the open one has changed something.
    pub(super) has_written: bool,
    /// Whether a change is durable.
    pub(super) has_committed_write: bool,
    pub(super) last_end: Option<LastEnd>,
}

impl Books {
    pub(super) fn done(&mut self, kind: SqlKind, completion: &Completion) {
        match kind {
            SqlKind::Begin => (self.is_open, self.has_written) = (true, false),
            SqlKind::Commit if self.is_open => {
                let is_committed = !is_rollback(&completion.tag);
                self.has_committed_write |= is_committed && self.has_written;
                self.end(if is_committed {
                    LastEnd::Committed
                } else {
                    LastEnd::NotCommitted
                });
            }
            SqlKind::Rollback if self.is_open => self.end(LastEnd::RolledBack),
            _ if kind.may_write() && has_changed(completion) => {
                self.has_written |= self.is_open;
                self.has_committed_write |= !self.is_open;
            }
            _ => {}
        }
    }

    pub(super) fn failed(&mut self, kind: SqlKind) {
        if kind == SqlKind::Commit && self.is_open {
            self.end(LastEnd::NotCommitted);
        }
    }

    fn end(&mut self, how: LastEnd) {
        (self.is_open, self.has_written) = (false, false);
        self.last_end = Some(how);
    }
}

/// Whether it may have changed something: a tag that counts no changed row has not. A
/// SELECT over a WITH that writes does not say what that changed.
fn has_changed(completion: &Completion) -> bool {
    let verbs = ["INSERT", "UPDATE", "DELETE", "MERGE"];
    let counts = verbs.iter().any(|verb| completion.tag.starts_with(verb));
    !counts || completion.affected > 0
}

/// What COMMIT is answered where a statement of the transaction had failed.
fn is_rollback(tag: &str) -> bool {
    tag.eq_ignore_ascii_case("rollback")
}
