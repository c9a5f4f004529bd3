//! A session's transaction: when it begins, what it sees, and how it ends.

use super::client::Standing;
use super::row::{self, Origin, Owner};
use super::store::{Reached, Store};
use crate::session::Error;
use crate::shop::Isolation;
use crate::statement::Reply;

impl Store {
    /// BEGIN. Inside a transaction PostgreSQL only warns, but still sets the
    /// isolation level, and that is an error after the first query (manual,
    /// SET TRANSACTION; measured).
    pub(super) fn begin(&mut self, session: usize, isolation: Isolation) -> Reached {
        assert!(Self::supports(isolation), "no model of {isolation}");
        let client = &mut self.sessions[session];
        match client.state {
            Standing::Idle => client.state = Standing::Open,
            _ if client.snapshot.is_some() && client.isolation != isolation => {
                return Reached::Failed(Error::Database {
                    sqlstate: "25001".into(),
                    message: "SET TRANSACTION ISOLATION LEVEL must be called before any query"
                        .into(),
                });
            }
            _ => {}
        }
        client.isolation = isolation;
        Reached::Replied(Reply::Done)
    }

    /// The snapshot of a statement: its own at read committed; at repeatable
    /// read that of the transaction's first query, not of BEGIN. Manual,
    /// 13.2.1 and 13.2.2.
    pub(super) fn snapshot(&mut self, session: usize) -> u64 {
        let now = self.commits;
        let client = &mut self.sessions[session];
        match client.isolation {
            Isolation::ReadCommitted => *client.snapshot.insert(now),
            _ => *client.snapshot.get_or_insert(now),
        }
    }

    /// The transaction's number, given at its first lock or write.
    pub(super) fn owner(&mut self, session: usize) -> Owner {
        let xids = &mut self.xids;
        *self.sessions[session].owner.get_or_insert_with(|| {
            *xids += 1;
            Owner {
                xid: *xids,
                session,
            }
        })
    }

    pub(super) fn is_live(&self, owner: Owner) -> bool {
        self.sessions[owner.session].owner == Some(owner)
    }

    pub(super) fn touch(&mut self, session: usize, row: usize) {
        let touched = &mut self.sessions[session].touched;
        if !touched.contains(&row) {
            touched.push(row);
        }
    }

    /// COMMIT. Of a failed transaction it is a ROLLBACK.
    pub(super) fn commit(&mut self, session: usize) {
        let touched = match self.sessions[session].state {
            Standing::Failed | Standing::Idle => return self.abort(session, Standing::Idle),
            Standing::Open | Standing::Single => self.close(session),
        };
        self.commits += 1;
        let now = self.commits;
        for &row in &touched {
            for version in &mut self.rows[row].versions {
                if version.origin == Origin::Pending(session) {
                    version.origin = Origin::Committed(now);
                }
                if let Some(replaced) = &mut version.replaced {
                    replaced.committed |= replaced.owner.session == session;
                }
                version.lockers.retain(|l| l.owner.session != session);
            }
        }
        let client = &mut self.sessions[session];
        self.orders.append(&mut client.orders);
        self.lines.append(&mut client.lines);
        self.wake_waiters(session);
        self.forget_old_versions(&touched);
        self.reuse(session, touched);
    }

    /// The end of a transaction that leaves nothing: ROLLBACK, an error or a
    /// cut connection. Its locks are released at once, before the client of a
    /// failed transaction sends ROLLBACK (measured).
    pub(super) fn abort(&mut self, session: usize, state: Standing) {
        let touched = self.close(session);
        for &row in &touched {
            let versions = &mut self.rows[row].versions;
            versions.retain(|version| version.origin != Origin::Pending(session));
            for version in versions {
                let is_undone = |r: &mut row::Replaced| r.owner.session == session && !r.committed;
                version.replaced.take_if(is_undone);
                version.lockers.retain(|l| l.owner.session != session);
            }
        }
        let client = &mut self.sessions[session];
        client.state = state;
        client.orders.clear();
        client.lines.clear();
        self.give_up_turn(session);
        self.wake_waiters(session);
        self.reuse(session, touched);
    }

    fn close(&mut self, session: usize) -> Vec<usize> {
        let client = &mut self.sessions[session];
        client.state = Standing::Idle;
        client.snapshot = None;
        client.owner = None;
        std::mem::take(&mut client.touched)
    }

    /// Keeps the allocation for the session's next transaction.
    fn reuse(&mut self, session: usize, mut touched: Vec<usize>) {
        touched.clear();
        self.sessions[session].touched = touched;
    }

    /// Drops versions that no snapshot can see any more. While a session waits,
    /// nothing is dropped, for waiters know versions by their index.
    fn forget_old_versions(&mut self, touched: &[usize]) {
        if self.sessions.iter().any(|client| client.task.is_some()) {
            return;
        }
        let snapshots = self.sessions.iter().filter_map(|client| client.snapshot);
        let oldest = snapshots.min().unwrap_or(self.commits);
        for &row in touched {
            let versions = &mut self.rows[row].versions;
            if versions.len() > 1 {
                let kept = |v: &row::RowVersion| match v.origin {
                    Origin::Committed(at) => at <= oldest,
                    Origin::Pending(_) => false,
                };
                let first = versions.iter().rposition(kept).unwrap_or(0);
                versions.drain(..first);
            }
        }
    }
}
