//! From a statement to its outcome, and from an outcome to what it ends.

use super::client::Standing;
use super::execute::Pick;
use super::row::{self, Update};
use super::store::{Reached, Store};
use super::task::{Errand, Goal};
use crate::event::Event;
use crate::session::Error;
use crate::shop::Cart;
use crate::statement::{Reply, Statement};

impl Store {
    pub(super) fn admit(&mut self, session: usize, statement: &Statement) -> Reached {
        match (statement, self.sessions[session].state) {
            (Statement::Think, _) => Reached::Replied(Reply::Done),
            (Statement::Commit, _) => {
                self.commit(session);
                Reached::Replied(Reply::Done)
            }
            (Statement::Rollback, _) => {
                self.abort(session, Standing::Idle);
                Reached::Replied(Reply::Done)
            }
            (_, Standing::Failed) => Reached::Failed(transaction_is_aborted()),
            (Statement::Begin(isolation), _) => self.begin(session, *isolation),
            (_, Standing::Idle) => {
                let client = &mut self.sessions[session];
                (client.state, client.isolation) = (Standing::Single, self.isolation);
                self.query(session, statement)
            }
            _ => self.query(session, statement),
        }
    }

    /// A statement that needs a snapshot.
    fn query(&mut self, session: usize, statement: &Statement) -> Reached {
        let snapshot = self.snapshot(session);
        let sku = match statement {
            Statement::PlaceOrder(cart) => return self.place_order(session, cart),
            Statement::Snapshot => return Reached::Replied(Reply::Done),
            Statement::ReadStock(sku)
            | Statement::LockStock(sku)
            | Statement::WriteStock { sku, .. }
            | Statement::SwapStock { sku, .. }
            | Statement::DecrementStock { sku, .. }
            | Statement::TakeStock { sku, .. } => *sku,
            Statement::Begin(_)
            | Statement::Think
            | Statement::Pause(_)
            | Statement::Effect { .. }
            | Statement::Commit
            | Statement::Rollback
            | Statement::Sql(_) => {
                unreachable!("{statement:?} is no query of the model")
            }
        };
        let change = Update::of(statement);
        let Some(row) = self.row(sku) else {
            let nothing = change.map_or(Reply::stock(None), |_| Reply::affected(0));
            return Reached::Replied(nothing);
        };
        let version = row::visible(&self.rows[row].versions, session, snapshot);
        let value = self.rows[row].versions[version].value;
        let goal = match (change, statement) {
            // What the snapshot does not show is neither locked nor awaited.
            (Some(change), _) if !change.matches(value) => {
                return Reached::Replied(Reply::affected(0));
            }
            (Some(change), _) => Goal::Change(change),
            (None, Statement::LockStock(_)) => Goal::Read,
            (None, _) => return Reached::Replied(Reply::stock(Some(value))),
        };
        self.run(session, Errand::new(goal, row, version))
    }

    /// One INSERT, then the foreign key checks of its lines, one by one.
    fn place_order(&mut self, session: usize, cart: &Cart) -> Reached {
        self.owner(session);
        self.order_ids += 1;
        let id = self.order_ids;
        let client = &mut self.sessions[session];
        let first = client.lines.len();
        client.orders.push((id, cart.key));
        let line = |&line| (id, line);
        client.lines.extend(cart.lines.iter().map(line));
        match self.reference(session, first, first) {
            Ok(task) => self.run(session, task),
            Err(outcome) => outcome,
        }
    }

    /// Ends what a statement's outcome ends, and tells of it.
    pub(super) fn conclude(&mut self, session: usize, outcome: Reached, events: &mut Vec<Event>) {
        let reply = match outcome {
            Reached::Asleep => {
                let by = self.direct_blockers(session);
                if self.sessions[session].reported != by {
                    self.sessions[session].reported.clone_from(&by);
                    events.push(Event::Blocked { session, by });
                }
                return;
            }
            Reached::Replied(reply) => Ok(reply),
            Reached::Failed(error) => {
                let state = match self.sessions[session].state {
                    Standing::Open | Standing::Failed => Standing::Failed,
                    Standing::Single | Standing::Idle => Standing::Idle,
                };
                self.abort(session, state);
                Err(error)
            }
        };
        if self.sessions[session].state == Standing::Single {
            self.commit(session);
        }
        self.sessions[session].reported.clear();
        events.push(Event::Replied { session, reply });
    }

    /// Lets every woken session go on, in the order that `next` picks.
    pub(super) fn settle(&mut self, next: Pick, events: &mut Vec<Event>) {
        while let Some(session) = next(&mut self.ready) {
            let outcome = self.resume(session);
            self.conclude(session, outcome, events);
        }
    }
}

fn transaction_is_aborted() -> Error {
    Error::Database {
        sqlstate: "25P02".into(),
        message: "current transaction is aborted, commands ignored until end of transaction block"
            .into(),
    }
}
