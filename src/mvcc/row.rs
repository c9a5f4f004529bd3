//! A product's row: the chain of its versions, and the marks on each.

use crate::statement::{Statement, Stock};

/// How strong a row lock is, weakest first.
///
/// `FOR KEY SHARE` conflicts with `FOR UPDATE` alone, so an order can be placed
/// while another transaction changes the product's stock. Manual, 13.3.2,
/// table "Conflicting Row-Level Locks" (there is no `FOR SHARE` here).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    /// What a foreign key check takes.
    KeyShare,
    /// What an UPDATE takes that leaves the key alone.
    NoKeyUpdate,
    /// What `SELECT ... FOR UPDATE` takes.
    Update,
}

impl Mode {
    pub(super) fn conflicts(self, other: Self) -> bool {
        self.max(other) == Self::Update || (self, other) == (Self::NoKeyUpdate, Self::NoKeyUpdate)
    }
}

/// A transaction: PostgreSQL numbers those that write or lock, in the order in
/// which they first do so, and waits for several in the order of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owner {
    pub(super) xid: u64,
    pub(super) session: usize,
}

/// A live transaction's lock on one version.
#[derive(Debug, Clone, Copy)]
pub(super) struct Locker {
    pub(super) owner: Owner,
    pub(super) mode: Mode,
}

/// Where a version comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Committed as so many-th.
    Committed(u64),
    /// Written by a session whose transaction is open.
    Pending(usize),
}

/// The UPDATE that made the next version.
#[derive(Debug, Clone, Copy)]
pub(super) struct Replaced {
    pub(super) owner: Owner,
    /// [`Mode::Update`] where the transaction held `FOR UPDATE` on this very
    /// version: PostgreSQL keeps the stronger of both marks, and it stays
    /// after the commit (measured: a later foreign key check at repeatable
    /// read gets 40001 from it, although no key was changed).
    pub(super) mode: Mode,
    pub(super) committed: bool,
}

/// What stands in the way of a lock on a later version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// The asking transaction has marked the version already.
    Mine,
    /// A live transaction with a conflicting lock or update.
    Rival(Owner),
    /// A committed update that conflicts.
    Superseded,
}

/// One version of a product.
#[derive(Debug, Clone)]
pub(super) struct RowVersion {
    pub(super) value: Stock,
    pub(super) origin: Origin,
    pub(super) replaced: Option<Replaced>,
    /// Of live transactions only.
    pub(super) lockers: Vec<Locker>,
}

impl RowVersion {
    pub(super) const fn new(value: Stock, origin: Origin) -> Self {
        Self {
            value,
            origin,
            replaced: None,
            lockers: Vec::new(),
        }
    }

    pub(super) fn is_unmarked(&self) -> bool {
        self.replaced.is_none() && self.lockers.is_empty()
    }

    /// Whether a committed transaction has replaced it.
    pub(super) fn is_replaced(&self) -> bool {
        self.replaced.is_some_and(|replaced| replaced.committed)
    }

    /// The lock a session holds on it.
    pub(super) fn lock_of(&self, session: usize) -> Option<Mode> {
        let mine = |locker: &&Locker| locker.owner.session == session;
        self.lockers.iter().find(mine).map(|locker| locker.mode)
    }

    /// Whether its key counts as taken, so that even a foreign key check has
    /// to look closer.
    pub(super) fn is_key_taken(&self) -> bool {
        self.replaced.is_some_and(|r| r.mode == Mode::Update)
            || self.lockers.iter().any(|l| l.mode == Mode::Update)
    }

    /// The live transactions, but the session's own, that conflict with
    /// `mode`, in the order in which PostgreSQL waits for them.
    pub(super) fn rivals(&self, session: usize, mode: Mode) -> Vec<Owner> {
        let updater = self.replaced.filter(|replaced| !replaced.committed);
        let mut rivals: Vec<Owner> = self
            .lockers
            .iter()
            .map(|locker| (locker.owner, locker.mode))
            .chain(updater.map(|updater| (updater.owner, updater.mode)))
            .filter(|(owner, held)| owner.session != session && held.conflicts(mode))
            .map(|(owner, _)| owner)
            .collect();
        rivals.sort_unstable();
        rivals.dedup();
        rivals
    }

    /// What keeps `session` from locking it as a later version of the row that
    /// it set out to lock (`heap_lock_updated_tuple_rec`).
    pub(super) fn obstacle(&self, session: usize, mode: Mode) -> Option<Obstacle> {
        let mut marks: Vec<(Owner, Mode, bool)> = self
            .lockers
            .iter()
            .map(|locker| (locker.owner, locker.mode, false))
            .chain(self.replaced.map(|r| (r.owner, r.mode, r.committed)))
            .collect();
        marks.sort_unstable();
        marks.into_iter().find_map(|(owner, held, committed)| {
            let conflicts = held.conflicts(mode);
            match committed {
                true => conflicts.then_some(Obstacle::Superseded),
                false if owner.session == session => Some(Obstacle::Mine),
                false => conflicts.then_some(Obstacle::Rival(owner)),
            }
        })
    }

    /// Adds a lock, or makes the owner's lock stronger.
    pub(super) fn lock(&mut self, owner: Owner, mode: Mode) {
        match self.lockers.iter_mut().find(|l| l.owner == owner) {
            Some(locker) => locker.mode = locker.mode.max(mode),
            None => self.lockers.push(Locker { owner, mode }),
        }
    }
}

/// The versions of one product, oldest first.
pub(super) type Versions = Vec<RowVersion>;

/// The version that a snapshot sees: the session's own, or else the newest
/// that had been committed.
pub(super) fn visible(versions: &[RowVersion], session: usize, snapshot: u64) -> usize {
    let seen = |version: &RowVersion| match version.origin {
        Origin::Pending(writer) => writer == session,
        Origin::Committed(at) => at <= snapshot,
    };
    versions
        .iter()
        .rposition(seen)
        .expect("the first version is older than any snapshot")
}

/// The newest committed version.
pub(super) fn committed(versions: &[RowVersion]) -> &RowVersion {
    let at_rest = |version: &&RowVersion| matches!(version.origin, Origin::Committed(_));
    let newest = versions.iter().rev().find(at_rest);
    newest.expect("a product was committed before the first session")
}

/// An UPDATE of a product: what it asks of the row and what it makes of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Update {
    Write { stock: i64 },
    Swap { stock: i64, if_version: i64 },
    Decrement { units: i64 },
    Take { units: i64 },
}

impl Update {
    /// The UPDATE that a statement is, if it is one.
    pub(super) fn of(statement: &Statement) -> Option<Self> {
        Some(match *statement {
            Statement::WriteStock { stock, .. } => Self::Write { stock },
            Statement::SwapStock {
                stock, if_version, ..
            } => Self::Swap { stock, if_version },
            Statement::DecrementStock { units, .. } => Self::Decrement {
                units: units.into(),
            },
            Statement::TakeStock { units, .. } => Self::Take {
                units: units.into(),
            },
            _ => return None,
        })
    }

    /// The WHERE beyond the id.
    pub(super) const fn matches(self, row: Stock) -> bool {
        match self {
            Self::Write { .. } | Self::Decrement { .. } => true,
            Self::Swap { if_version, .. } => row.version == if_version,
            Self::Take { units } => row.stock >= units,
        }
    }

    /// The SET; `None` where a `bigint` cannot hold the result.
    pub(super) fn apply(self, row: Stock) -> Option<Stock> {
        Some(match self {
            Self::Write { stock } => Stock { stock, ..row },
            Self::Swap { stock, .. } => Stock {
                stock,
                version: row.version.checked_add(1)?,
            },
            Self::Decrement { units } | Self::Take { units } => Stock {
                stock: row.stock.checked_sub(units)?,
                ..row
            },
        })
    }
}
