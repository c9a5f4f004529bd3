//! Whether a transaction is open, and whether a Sync would commit anything.

use crate::database::wire::TransactionStatus;

/// Whether a command tag says that a transaction was undone.
pub(in crate::explore::worlds) fn is_rollback(tag: &str) -> bool {
    tag == "ROLLBACK"
}

/// The transaction of a session, as far as the server's words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TransactionState {
    /// A statement began it.
    is_block: bool,
    /// A statement was executed outside a block since the last ReadyForQuery.
    is_dirty: bool,
}

impl TransactionState {
    pub(super) const NONE: Self = Self {
        is_block: false,
        is_dirty: false,
    };

    pub(super) const fn is_block(self) -> bool {
        self.is_block
    }

    /// Whether a Sync commits what was executed.
    pub(super) const fn is_dirty(self) -> bool {
        self.is_dirty
    }

    /// Whether the end of the session rolls anything back.
    pub(super) const fn is_open(self) -> bool {
        self.is_block || self.is_dirty
    }

    /// A command is complete. ROLLBACK is also the tag of a return to a savepoint; after
    /// it a Sync may count as a commit that commits nothing.
    pub(super) fn complete(&mut self, tag: &[u8]) {
        match tag {
            b"BEGIN" | b"START TRANSACTION" => {
                *self = Self {
                    is_block: true,
                    is_dirty: false,
                };
            }
            b"COMMIT" | b"ROLLBACK" | b"PREPARE TRANSACTION" => *self = Self::NONE,
            _ => self.is_dirty = !self.is_block,
        }
    }

    /// Rows were taken, and more may come.
    pub(super) fn suspend(&mut self) {
        self.is_dirty = !self.is_block;
    }

    /// An error has ended the implicit transaction.
    pub(super) fn fail(&mut self) {
        self.is_dirty = false;
    }

    /// The server is ready.
    pub(super) fn ready(&mut self, status: TransactionStatus) {
        *self = Self {
            is_block: status != TransactionStatus::Idle,
            is_dirty: false,
        };
    }
}
