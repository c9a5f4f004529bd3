//! How a statement gets at a row: PostgreSQL's `heap_update`, `heap_lock_tuple`
//! and what the executor does around them, as steps between which a session
//! can sleep.
//!
//! ```text
//! UPDATE                        Update(v) ──free──────────────────────▶ new version
//!                                  │ v was replaced and committed          ▲
//!                                  │ (40001 at repeatable read)            │ WHERE still holds
//!                                  ▼                                       │
//! SELECT FOR UPDATE, KEY SHARE  Lock(v) ──free──▶ locked ──(an UPDATE)── WHERE again ──▶ 0 rows
//!                                  │ replaced       ▲
//!                                  ▼                │
//!                               Chase(v+1) ───newest committed version
//! ```

use super::row;
use super::store::{Reached, Store};
use super::task::{Errand, Goal, Move, Stage};
use super::tuple_lock::Wait;
use crate::session::Error;
use crate::shop::{Conflict, Isolation};
use crate::statement::Reply;

impl Store {
    /// Carries a statement on until it is done or sleeps.
    pub(super) fn run(&mut self, me: usize, mut task: Errand) -> Reached {
        loop {
            let step = match task.stage {
                Stage::Update(version) => self.update(me, &mut task, version),
                Stage::Lock(version) => self.lock(me, &mut task, version),
                Stage::Follow { from, at, writer } => {
                    self.follow(me, &mut task, from, (at, writer))
                }
                Stage::Chase(at) => self.chase(&task, at),
            };
            match step {
                Move::Go(stage) => task.stage = stage,
                Move::Sleep(wait) => return self.sleep(me, task, wait),
                Move::Failed(error) => return Reached::Failed(error),
                Move::Replaced(version) => {
                    self.give_up_turn(me);
                    if self.sessions[me].isolation != Isolation::ReadCommitted {
                        return Reached::Failed(Conflict::Serialization.into());
                    }
                    task.followed = false;
                    task.stage = match task.stage {
                        Stage::Update(_) => Stage::Lock(version),
                        _ => Stage::Chase(version + 1),
                    };
                }
                Move::Done(version) => {
                    self.give_up_turn(me);
                    if let Some(outcome) = self.arrive(me, &mut task, version) {
                        return outcome;
                    }
                }
            }
        }
    }

    /// A woken session goes on.
    pub(super) fn resume(&mut self, me: usize) -> Reached {
        let task = self.sessions[me].task.take();
        let mut task = task.expect("only a session that sleeps is woken");
        while !task.rivals.is_empty() {
            let rival = task.rivals.remove(0);
            if self.is_live(rival) {
                return self.sleep(me, task, Wait::Transaction(rival));
            }
        }
        if let (Some(updater), Stage::Lock(from)) = (task.follows.take(), task.stage) {
            let replaced = self.rows[task.row].versions[from].replaced;
            if replaced.is_some_and(|replaced| replaced.owner == updater) {
                task.stage = Stage::Follow {
                    from,
                    at: from + 1,
                    writer: updater,
                };
            }
        }
        self.run(me, task)
    }

    /// What a statement does once it has its row; `None` if that is not all.
    fn arrive(&mut self, me: usize, task: &mut Errand, version: usize) -> Option<Reached> {
        let value = self.rows[task.row].versions[version].value;
        match (task.goal, task.stage) {
            (Goal::Read, _) => Some(Reached::Replied(Reply::stock(Some(value)))),
            (Goal::Change(_), Stage::Update(_)) => Some(Reached::Replied(Reply::affected(1))),
            // The newest version no longer matches: nothing is changed, but
            // the lock stays until the transaction ends (measured).
            (Goal::Change(change), _) if !change.matches(value) => {
                Some(Reached::Replied(Reply::affected(0)))
            }
            (Goal::Change(_), _) => {
                task.stage = Stage::Update(version);
                None
            }
            (Goal::Reference { first, line }, _) => match self.reference(me, first, line + 1) {
                Ok(next) => {
                    *task = next;
                    None
                }
                Err(outcome) => Some(outcome),
            },
        }
    }

    /// The check of an order line's product; the outcome of the statement
    /// where that was the last line, or where there is no such product.
    pub(super) fn reference(
        &mut self,
        me: usize,
        first: usize,
        line: usize,
    ) -> Result<Errand, Reached> {
        let lines = &self.sessions[me].lines;
        let Some(sku) = lines.get(line).map(|(_, line)| line.sku) else {
            let rows = (lines.len() - first) as u64;
            return Err(Reached::Replied(Reply::affected(rows)));
        };
        let Some(row) = self.row(sku) else {
            return Err(Reached::Failed(Error::Database {
                sqlstate: "23503".into(),
                message: "insert or update on table \"order_lines\" violates foreign key \
                          constraint \"order_lines_product_id_fkey\""
                    .into(),
            }));
        };
        let snapshot = self.snapshot(me);
        let version = row::visible(&self.rows[row].versions, me, snapshot);
        Ok(Errand::new(Goal::Reference { first, line }, row, version))
    }
}
