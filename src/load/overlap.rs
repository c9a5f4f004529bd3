//! What an attempt on tables of the user's own has at stake: whether another one committed
//! meanwhile that may have been in its way.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::effect::{Effect, Kind};
use crate::statement::Reply;
use crate::subject::Attempt;

/// Which attempts may be in each other's way: those of buyers with one key. Each key counts
/// what was committed.
pub(super) struct Keys {
    /// By buyer; empty where all have the same key.
    of_buyer: Vec<u32>,
    committed: Vec<AtomicU64>,
}

impl Keys {
    /// All buyers have one key.
    pub(super) fn alike() -> Self {
        Self {
            of_buyer: Vec::new(),
            committed: vec![AtomicU64::default()],
        }
    }

    /// Buyers whose values are equal have one key.
    pub(super) fn of(values: &[Option<String>]) -> Self {
        let mut known: HashMap<&Option<String>, u32> = HashMap::new();
        let key = |value| {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            *known.entry(value).or_insert(next)
        };
        let of_buyer = values.iter().map(key).collect();
        Self {
            of_buyer,
            committed: known.iter().map(|_| AtomicU64::default()).collect(),
        }
    }

    fn of_one(&self, buyer: u32) -> &AtomicU64 {
        let key = self.of_buyer.get(buyer as usize).copied().unwrap_or(0);
        &self.committed[key as usize]
    }

    /// Whether anything was committed that changed a row, as far as the words of statements
    /// tell.
    pub(super) fn has_any(&self) -> bool {
        let mut all = self.committed.iter();
        all.any(|committed| committed.load(Ordering::Relaxed) > 0)
    }
}

/// One attempt among those with its key.
///
/// Its answer could have been another one if it was lost to concurrency, or if another
/// attempt with its key committed a write between its first statement and its last answer.
pub(super) struct Overlap<'k> {
    committed: &'k AtomicU64,
    /// What was committed before its first statement; `None` before that.
    before: Option<u64>,
    /// Of what was committed since, its own.
    own: u64,
    is_open: bool,
    has_written: bool,
    sent: Kind,
    changes: bool,
}

impl<'k> Overlap<'k> {
    pub(super) fn of(keys: &'k Keys, buyer: u32) -> Self {
        Self {
            committed: keys.of_one(buyer),
            before: None,
            own: 0,
            is_open: false,
            has_written: false,
            sent: Kind::Think,
            changes: false,
        }
    }

    /// The attempt is about to send this statement.
    pub(super) fn note(&mut self, effect: Effect<'_>) {
        if self.before.is_none() {
            self.before = Some(self.committed.load(Ordering::Relaxed));
        }
        (self.sent, self.changes) = (effect.kind, effect.changes);
        match effect.kind {
            Kind::Begin => (self.is_open, self.has_written) = (true, false),
            // Whatever the answer is, the transaction is over.
            Kind::Commit | Kind::Rollback => self.is_open = false,
            _ => {}
        }
    }

    /// The statement was carried out.
    pub(super) fn note_reply(&mut self, reply: &Reply) {
        let has_changed = self.changes && !matches!(reply, Reply::Rows { affected: 0, .. });
        match self.sent {
            Kind::Commit if self.has_written => self.commit(),
            Kind::Commit | Kind::Rollback => {}
            _ if has_changed && self.is_open => self.has_written = true,
            _ if has_changed => self.commit(),
            _ => {}
        }
    }

    fn commit(&mut self) {
        self.committed.fetch_add(1, Ordering::Relaxed);
        (self.own, self.has_written) = (self.own + 1, false);
    }

    /// The attempt is over. Answers whether its answer could have been another one.
    pub(super) fn end(self, attempt: &Attempt) -> bool {
        match (attempt, self.before) {
            (Attempt::Conflict(_), _) => true,
            (Attempt::Unknown(_), _) | (_, None) => false,
            (_, Some(before)) => self.committed.load(Ordering::Relaxed) > before + self.own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::{Looks, Rows};
    use crate::shop::Conflict;

    fn effect(kind: Kind) -> Effect<'static> {
        Effect {
            kind,
            rows: Rows::All,
            changes: kind == Kind::Write,
            looks: Looks::Unknown,
        }
    }

    fn send(overlap: &mut Overlap<'_>, kind: Kind, affected: u64) {
        overlap.note(effect(kind));
        overlap.note_reply(&Reply::affected(affected));
    }

    /// An attempt that writes and commits, in a transaction.
    fn write(overlap: &mut Overlap<'_>, affected: u64) {
        send(overlap, Kind::Begin, 0);
        send(overlap, Kind::Write, affected);
        send(overlap, Kind::Commit, 0);
    }

    /// A commit between its first statement and its end is a sign; its own is none, nor one
    /// before it, nor one that changed nothing, nor one with another key.
    #[test]
    fn a_commit_of_another_attempt_meanwhile_is_a_sign() {
        let keys = Keys::of(&[Some("a".into()), Some("a".into()), Some("b".into()), None]);
        let overlaps = |between: &dyn Fn()| {
            let mut one = Overlap::of(&keys, 0);
            send(&mut one, Kind::Begin, 0);
            send(&mut one, Kind::Read, 1);
            between();
            send(&mut one, Kind::Write, 1);
            send(&mut one, Kind::Commit, 0);
            one.end(&Attempt::Sold)
        };
        assert!(!overlaps(&|| {}), "its own commit");
        assert!(!overlaps(&|| {}), "one before it");
        let other = |buyer, affected| write(&mut Overlap::of(&keys, buyer), affected);
        assert!(overlaps(&|| other(1, 1)));
        assert!(!overlaps(&|| other(1, 0)), "no row");
        assert!(!overlaps(&|| other(2, 1)), "another key");
        assert!(!overlaps(&|| other(3, 1)), "NULL is a key of its own");
        let rolled_back = || {
            let mut other = Overlap::of(&keys, 1);
            send(&mut other, Kind::Begin, 0);
            send(&mut other, Kind::Write, 1);
            send(&mut other, Kind::Rollback, 0);
        };
        assert!(!overlaps(&rolled_back));
        let alone = || send(&mut Overlap::of(&keys, 1), Kind::Write, 1);
        assert!(
            overlaps(&alone),
            "outside a transaction the write is the commit"
        );
    }

    /// Where nothing is said, all buyers have one key; a lost attempt is a sign without a
    /// commit, and one in doubt is none.
    #[test]
    fn all_are_alike_where_nothing_is_said() {
        let keys = Keys::alike();
        assert!(!keys.has_any());
        let begun = |buyer| {
            let mut overlap = Overlap::of(&keys, buyer);
            send(&mut overlap, Kind::Read, 1);
            overlap
        };
        let lost = Attempt::Conflict(Conflict::Serialization);
        assert!(begun(7).end(&lost));
        let (refused, doubtful) = (begun(7), begun(8));
        write(&mut Overlap::of(&keys, 9), 1);
        assert!(keys.has_any());
        assert!(refused.end(&Attempt::SoldOut));
        let gone = crate::session::Error::ConnectionLost(String::new());
        assert!(!doubtful.end(&Attempt::Unknown(gone)));
        assert!(
            !Overlap::of(&keys, 1).end(&Attempt::SoldOut),
            "it sent nothing"
        );
    }
}
