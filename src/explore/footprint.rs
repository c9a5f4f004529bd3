//! Which statements can change places, and nothing else changes.

use crate::database::Holdings;
use crate::effect::{Effect, Kind, Rows};
use crate::shop::{Isolation, Sku};
use crate::statement::TextReach;

/// A set of products, as bits; those beyond 63 share the last bit.
type Products = u64;

/// What a statement reads, locks, publishes or frees: of one that is known, by what it says, of
/// which product; of one that is only text, by what its transaction holds when it has run, of
/// which relation.
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
    /// The sets are of relations ([`Holdings`]), not of products.
    of_relations: bool,
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
        of_relations: false,
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

    const fn touches_any(&self) -> bool {
        self.reads | self.locks | self.excludes | self.shares | self.frees | self.publishes != 0
    }

    const fn among(&self, others_wait: bool) -> &Self {
        match others_wait && self.may_free {
            true => &Self::EVERYTHING,
            false => self,
        }
    }

    /// One direction of the relation.
    const fn disturbs(&self, other: &Self) -> bool {
        let are_comparable = self.of_relations == other.of_relations;
        !are_comparable && self.touches_any() && other.touches_any()
            || self.publishes & (other.reads | other.locks) != 0
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
    /// What text has touched, as far as it was looked at.
    held: Holdings,
    /// Text has run since.
    is_stale: bool,
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
        if !is_known || self.is_stale {
            return Footprint::EVERYTHING;
        }
        if !self.held.is_nothing() {
            return self.after_text(kind);
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
            of_relations: false,
        }
    }

    /// The footprint of a statement that ends a transaction in which text has run.
    fn after_text(&self, kind: Kind) -> Footprint {
        let Holdings { read, written, .. } = self.held;
        if !kind.ends() || self.is_mixed() || self.held.is_anything {
            return Footprint::EVERYTHING;
        }
        let is_commit = kind == Kind::Commit;
        Footprint {
            // A lock on a whole table waits for the end of its readers.
            shares: read | written,
            frees: written,
            publishes: if is_commit { written } else { 0 },
            commits: is_commit && written != 0,
            may_free: true,
            of_relations: true,
            ..Footprint::default()
        }
    }

    /// The footprint of text that has run without an error and without a wait, where its
    /// transaction holds this since: all that it has touched is there, with what was touched
    /// before it. `self` is from before it ran.
    pub(in crate::explore) fn ran(&self, isolation: Isolation, held: Holdings) -> Footprint {
        let is_unknown = isolation == Isolation::Serializable || held.is_anything;
        if is_unknown || self.is_mixed() || !self.is_open {
            return Footprint::EVERYTHING;
        }
        Footprint {
            reads: held.read,
            locks: held.written,
            may_free: true,
            takes_snapshot: isolation != Isolation::ReadCommitted && !self.has_snapshot,
            of_relations: true,
            ..Footprint::default()
        }
    }

    /// Whether known statements have touched products: those and relations are not compared.
    const fn is_mixed(&self) -> bool {
        self.locked | self.excluded | self.shared != 0
    }

    /// Whether text has run since its transaction was looked at.
    pub(in crate::explore) const fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Notes what the transaction holds now.
    pub(in crate::explore) const fn look_at(&mut self, held: Holdings) {
        self.held = held;
        self.is_stale = false;
    }

    /// Notes a statement that was carried out, or that failed; of one that is only text, how far
    /// it may have reached.
    pub(in crate::explore) fn note(
        &mut self,
        effect: Effect<'_>,
        reach: Option<TextReach>,
        failed: bool,
    ) {
        match effect.kind {
            Kind::Begin => {
                *self = Self {
                    is_open: true,
                    ..Self::default()
                };
            }
            kind if kind.ends() => *self = Self::default(),
            Kind::Think | Kind::Effect => {}
            // Behind a savepoint an error gives up some locks, and not all.
            Kind::Opaque => {
                self.is_stale = true;
                self.has_snapshot |= !failed && reach == Some(TextReach::Query);
            }
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
        let kind = effect.kind;
        Self {
            reads: if_so(kind == Kind::Read),
            locks: if_so(matches!(kind, Kind::Lock | Kind::Write)),
            excludes: if_so(kind.may_exclude()),
            shares: if_so(kind == Kind::Insert),
        }
    }
}
