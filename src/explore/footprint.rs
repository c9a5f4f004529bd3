//! Which statements can change places, and nothing else changes.

use crate::effect::{Effect, Kind, Rows};
use crate::shop::{Isolation, Sku};

/// A set of products, as bits; those beyond 63 share the last bit.
type Products = u64;

/// What the next statement of a session may read, lock, publish or free.
///
/// It errs on the side of too much: a footprint that is too large costs a few
/// schedules, one that is too small could miss one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Read in the last committed state, without a lock.
    reads: Products,
    /// Locked against other writers, or waited for.
    locks: Products,
    /// Locked against foreign-key checks too (`SELECT ... FOR UPDATE`), or
    /// such a lock freed.
    excludes: Products,
    /// Locked by a foreign-key check (`FOR KEY SHARE`).
    shares: Products,
    /// Locks given up, by an end of the transaction or by an error.
    frees: Products,
    /// Changes made visible.
    publishes: Products,
    /// Anything at all made visible: a snapshot taken before does not see it.
    commits: bool,
    /// The transaction's snapshot is taken here.
    takes_snapshot: bool,
    /// Locks may be given up.
    may_free: bool,
}

impl Footprint {
    /// Conflicts with everything.
    pub const EVERYTHING: Self = Self {
        reads: Products::MAX,
        locks: Products::MAX,
        excludes: Products::MAX,
        shares: Products::MAX,
        frees: Products::MAX,
        publishes: Products::MAX,
        commits: true,
        takes_snapshot: true,
        may_free: true,
    };

    /// Whether two statements of different sessions give the same replies and
    /// leave the same state in either order. `others_wait` says whether any session is
    /// blocked: then whatever may free a lock may set off a chain, and is taken to touch
    /// everything.
    #[must_use]
    pub const fn is_independent(&self, other: &Self, others_wait: bool) -> bool {
        let (one, other) = (self.among(others_wait), other.among(others_wait));
        !one.disturbs(other) && !other.disturbs(one)
    }

    const fn among(&self, others_wait: bool) -> &Self {
        match others_wait && self.may_free {
            true => &Self::EVERYTHING,
            false => self,
        }
    }

    /// One direction of the relation.
    const fn disturbs(&self, other: &Self) -> bool {
        self.publishes & (other.reads | other.locks) != 0
            || (self.locks | self.frees) & (other.locks | other.frees) != 0
            || self.excludes & other.shares != 0
            || (self.commits && other.takes_snapshot)
    }
}

/// What a session has done in its transaction so far, as far as the footprint
/// of its next statement depends on it.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::explore) struct History {
    is_open: bool,
    has_snapshot: bool,
    has_written: bool,
    locked: Products,
    excluded: Products,
    shared: Products,
}

impl History {
    /// The footprint of the next statement.
    ///
    /// Serializable transactions notice each other through what they read, in
    /// ways that no small table captures: there everything conflicts.
    pub(in crate::explore) fn footprint(
        &self,
        isolation: Isolation,
        effect: Effect<'_>,
    ) -> Footprint {
        let kind = effect.kind;
        if matches!(kind, Kind::Begin | Kind::Think | Kind::Effect) {
            return Footprint::default();
        }
        let touch = Touch::of(effect);
        let may_free = touch.locks != 0 || !self.is_open || kind.ends();
        let is_known = isolation != Isolation::Serializable && kind != Kind::Opaque;
        if !is_known {
            return Footprint::EVERYTHING;
        }
        // A statement outside a transaction commits by itself.
        let commits_now = !self.is_open && !kind.ends();
        let (locked, excluded) = (self.locked | touch.locks, self.excluded | touch.excludes);
        let commits = commits_now || kind == Kind::Commit;
        Footprint {
            reads: touch.reads,
            locks: touch.locks,
            // A session that wants to exclude others waits for the end of these, too.
            shares: touch.shares | if may_free { self.shared } else { 0 },
            excludes: if may_free { excluded } else { touch.excludes },
            frees: if may_free { locked } else { 0 },
            publishes: if commits { locked } else { 0 },
            commits: commits && (self.has_written || kind.writes()),
            takes_snapshot: isolation != Isolation::ReadCommitted
                && !self.has_snapshot
                && !kind.ends(),
            may_free,
        }
    }

    /// Notes a statement that was carried out, or that failed.
    pub(in crate::explore) fn note(&mut self, effect: Effect<'_>, failed: bool) {
        match effect.kind {
            Kind::Begin => {
                *self = Self {
                    is_open: true,
                    ..Self::default()
                };
            }
            kind if kind.ends() => *self = Self::default(),
            Kind::Think | Kind::Effect => {}
            _ if failed => (self.locked, self.excluded, self.shared) = (0, 0, 0),
            kind if self.is_open => {
                let touch = Touch::of(effect);
                self.has_snapshot = true;
                self.has_written |= kind.writes();
                self.locked |= touch.locks;
                self.excluded |= touch.excludes;
                self.shared |= touch.shares;
            }
            _ => {}
        }
    }
}

/// The products that a statement touches, taken by itself.
#[derive(Default)]
struct Touch {
    reads: Products,
    locks: Products,
    excludes: Products,
    shares: Products,
}

impl Touch {
    fn of(effect: Effect<'_>) -> Self {
        let bit = |sku: Sku| 1_u64 << sku.0.min(63);
        let rows = match effect.rows {
            Rows::None => 0,
            Rows::Product(sku) => bit(sku),
            Rows::Order(cart) => cart.lines.iter().fold(0, |bits, line| bits | bit(line.sku)),
            Rows::All => Products::MAX,
        };
        let if_so = |touches: bool| if touches { rows } else { 0 };
        let (kind, is_opaque) = (effect.kind, effect.kind == Kind::Opaque);
        Self {
            reads: if_so(kind == Kind::Read || is_opaque),
            locks: if_so(matches!(kind, Kind::Lock | Kind::Write) || is_opaque),
            excludes: if_so(kind.may_exclude()),
            shares: if_so(kind == Kind::Insert || is_opaque),
        }
    }
}
