//! PostgreSQL's `heap_update`, `heap_lock_tuple` and what they call, as
//! `src/backend/access/heap/heapam.c` has them: what one version of a row says
//! to a session that wants to replace or to lock it.

use super::row::{Mode, Obstacle, Origin, Owner, Replaced, RowVersion};
use super::store::Store;
use super::task::{Errand, Goal, Move, Stage};
use super::tuple_lock::{Place, Wait};
use crate::session::Error;
use crate::statement::Stock;

impl Store {
    /// `heap_update`. The CHECK comes first: it can refuse before any session
    /// waits (measured).
    pub(super) fn update(&mut self, me: usize, task: &mut Errand, at: usize) -> Move {
        let Goal::Change(change) = task.goal else {
            unreachable!("only an UPDATE replaces a version")
        };
        let place = Place {
            row: task.row,
            version: at,
        };
        let owner = self.owner(me);
        let version = &self.rows[task.row].versions[at];
        let value = match change.apply(version.value) {
            None => return Move::Failed(out_of_range()),
            Some(value) if self.stock_check && value.stock < 0 => {
                return Move::Failed(Error::CheckViolation);
            }
            Some(value) => value,
        };
        if !version.is_unmarked() {
            if version.is_replaced() && version.lockers.is_empty() {
                return Move::Replaced(at);
            }
            let rivals = version.rivals(me, Mode::NoKeyUpdate);
            let is_replaced = version.is_replaced();
            if !rivals.is_empty() || is_replaced {
                let is_mine = version.lock_of(me).is_some();
                return match self.queue_up(me, task, place, is_mine, rivals) {
                    Some(wait) => Move::Sleep(wait),
                    None => Move::Replaced(at),
                };
            }
        }
        self.replace(place, owner, value);
        Move::Done(at + 1)
    }

    fn replace(&mut self, place: Place, owner: Owner, value: Stock) {
        self.touch(owner.session, place.row);
        let versions = &mut self.rows[place.row].versions;
        let old = &mut versions[place.version];
        let mut new = RowVersion::new(value, Origin::Pending(owner.session));
        // Lockers of the old version hold the new one as well; of the
        // transaction's own lock no more than the weakest is carried over.
        new.lockers.clone_from(&old.lockers);
        for locker in &mut new.lockers {
            if locker.owner == owner {
                locker.mode = Mode::KeyShare;
            }
        }
        let held = old.lock_of(owner.session).unwrap_or(Mode::NoKeyUpdate);
        old.replaced = Some(Replaced {
            owner,
            mode: held.max(Mode::NoKeyUpdate),
            committed: false,
        });
        versions.push(new);
    }

    /// `heap_lock_tuple`.
    pub(super) fn lock(&mut self, me: usize, task: &mut Errand, at: usize) -> Move {
        let mode = task.goal.mode();
        let place = Place {
            row: task.row,
            version: at,
        };
        let version = &self.rows[task.row].versions[at];
        if version.is_unmarked() {
            return self.locked(me, place, mode);
        }
        let held = version.lock_of(me);
        if held.is_some_and(|held| held >= mode) {
            return Move::Done(at);
        }
        // An UPDATE looks for the newest version by itself; the others lock
        // the versions on the way to it.
        let follows = version
            .replaced
            .filter(|_| !matches!(task.goal, Goal::Change(_)) && !task.followed);
        let follow = |replaced: Replaced| {
            Move::Go(Stage::Follow {
                from: at,
                at: at + 1,
                writer: replaced.owner,
            })
        };
        if mode == Mode::KeyShare && !version.is_key_taken() {
            return match follows {
                Some(replaced) => follow(replaced),
                None => self.locked(me, place, mode),
            };
        }
        let rivals = version.rivals(me, mode);
        if rivals.is_empty() && !version.is_replaced() {
            return self.locked(me, place, mode);
        }
        if version.is_replaced() && version.lockers.is_empty() {
            return Move::Replaced(at);
        }
        if let Some(wait) = self.queue_up(me, task, place, held.is_some(), rivals) {
            task.follows = follows.map(|replaced| replaced.owner);
            return Move::Sleep(wait);
        }
        follows.map_or(Move::Replaced(at), follow)
    }

    fn locked(&mut self, me: usize, place: Place, mode: Mode) -> Move {
        let owner = self.owner(me);
        self.touch(me, place.row);
        self.rows[place.row].versions[place.version].lock(owner, mode);
        Move::Done(place.version)
    }

    /// Takes a turn in front of the version, then waits for the rivals, one
    /// after the other. A session that has a weaker lock on the version
    /// already takes no turn: others that did may wait for it. `None` if there
    /// is nothing to wait for.
    fn queue_up(
        &mut self,
        me: usize,
        task: &mut Errand,
        place: Place,
        is_mine: bool,
        rivals: Vec<Owner>,
    ) -> Option<Wait> {
        task.followed = false;
        task.rivals = rivals;
        if !is_mine && !self.take_turn(me, place, task.goal.mode()) {
            return Some(Wait::Tuple(place));
        }
        (!task.rivals.is_empty()).then(|| Wait::Transaction(task.rivals.remove(0)))
    }

    /// `heap_lock_updated_tuple`: locks what came after a version.
    ///
    /// Where the session slept for a version that is gone since, its writer
    /// having failed, the chain ends there: PostgreSQL does not look whether
    /// another session has written a version in its place, which then goes
    /// without this lock (measured).
    pub(super) fn follow(
        &mut self,
        me: usize,
        task: &mut Errand,
        from: usize,
        (first, writer): (usize, Owner),
    ) -> Move {
        let mode = task.goal.mode();
        let owner = self.owner(me);
        self.touch(me, task.row);
        let mut next = Some(writer);
        for at in first.. {
            let versions = &mut self.rows[task.row].versions;
            let replaced = versions.get(at - 1).and_then(|before| before.replaced);
            let Some(found) = replaced.map(|replaced| replaced.owner) else {
                break;
            };
            if next.take().is_some_and(|writer| writer != found) {
                break;
            }
            let version = &mut versions[at];
            match version.obstacle(me, mode) {
                Some(Obstacle::Mine) => {}
                None => version.lock(owner, mode),
                Some(Obstacle::Superseded) => {
                    task.stage = Stage::Lock(from);
                    return Move::Replaced(from);
                }
                Some(Obstacle::Rival(rival)) => {
                    task.stage = Stage::Follow {
                        from,
                        at,
                        writer: found,
                    };
                    return Move::Sleep(Wait::Transaction(rival));
                }
            }
        }
        task.followed = true;
        Move::Go(Stage::Lock(from))
    }

    /// What the executor does to find the newest version: it waits for the transaction that
    /// is changing it, without a turn.
    pub(super) fn chase(&self, task: &Errand, at: usize) -> Move {
        match self.rows[task.row].versions[at].replaced {
            None => Move::Go(Stage::Lock(at)),
            Some(replaced) if replaced.committed => Move::Go(Stage::Chase(at + 1)),
            Some(replaced) => Move::Sleep(Wait::Transaction(replaced.owner)),
        }
    }
}

fn out_of_range() -> Error {
    Error::Database {
        sqlstate: "22003".into(),
        message: "bigint out of range".into(),
    }
}
