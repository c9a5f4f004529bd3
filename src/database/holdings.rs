//! What a transaction holds, as far as another session can notice.

/// A set of relations, as bits. Each has a bit of its own as long as there are bits; those
/// that come later share one. The bits are the same for every schema of the process.
pub type Relations = u64;

/// What a transaction has touched so far, by the locks that its server process holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Relations that it has read, and nothing more.
    pub read: Relations,
    /// Relations of which it has changed or locked rows, and what else it keeps others
    /// from: advisory locks have a bit too.
    pub written: Relations,
    /// It may have touched anything: a lock that keeps readers or writers of a whole table
    /// out, a table of the system's, or a database in which locks do not tell all.
    pub is_anything: bool,
}

impl Holdings {
    /// It may have touched anything.
    pub const ANYTHING: Self = Self {
        read: Relations::MAX,
        written: Relations::MAX,
        is_anything: true,
    };

    /// Whether it has touched nothing.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.read | self.written == 0 && !self.is_anything
    }
}
