//! PostgreSQL in memory: what its sessions would answer to a checkout's
//! statements, and who would wait for whom.
//!
//! A [`Store`] is a value. It has no clock, no thread and no randomness; one
//! call carries out one statement, and everything that the statement frees has
//! settled when the call returns. It models what PostgreSQL 15 does at read
//! committed and at repeatable read, down to the queue in front of each version
//! of a row, and nothing else: it does not know serializable, and says so.
//!
//! Where one statement frees two sessions, PostgreSQL lets them race; the store
//! lets the one go first that fell asleep first, which is also the one that
//! PostgreSQL wakes first. [`Store::is_race`] tells where that matters.

mod admission;
mod heap;
mod row;
mod task;
mod transaction;
mod tuple_lock;
mod wait;

use std::collections::VecDeque;

use crate::audit::{Ledger, OrderLineRow, OrderRow, ProductRow, Supply};
use crate::session::{Error, Result};
use crate::shop::{Isolation, Sku};
use crate::statement::{Reply, Statement, Stock};

use row::{Locker, Mode, Origin, Version, Versions};
use transaction::{Client, State};
use tuple_lock::TupleLocks;

/// What became of a session's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It was answered.
    Replied {
        /// The session, by its index.
        session: usize,
        /// As a connection to PostgreSQL would answer.
        reply: Result<Reply>,
    },
    /// It waits. A session that is woken and has to wait for other sessions
    /// than before says so again.
    Blocked {
        /// The session, by its index.
        session: usize,
        /// As [`Store::blockers`].
        by: Vec<usize>,
    },
}

impl Event {
    /// The session that it concerns, by its index.
    #[must_use]
    pub const fn session(&self) -> usize {
        match self {
            Self::Replied { session, .. } | Self::Blocked { session, .. } => *session,
        }
    }
}

/// The products, orders and sessions of one PostgreSQL.
#[derive(Debug, Clone)]
pub struct Store {
    isolation: Isolation,
    stock_check: bool,
    /// By ascending SKU.
    rows: Vec<Row>,
    sessions: Vec<Client>,
    tuple_locks: TupleLocks,
    /// Woken sessions, in the order in which they were woken.
    ready: VecDeque<usize>,
    /// Transactions committed so far.
    commits: u64,
    /// Transaction numbers given so far.
    xids: u64,
    /// Order numbers given so far. A sequence: ROLLBACK takes none back.
    order_ids: i64,
    /// Committed.
    orders: Vec<OrderRow>,
    /// Committed.
    lines: Vec<OrderLineRow>,
}

/// A session, and how it holds a version.
type Mark = (usize, Mode);

#[derive(Debug, Clone)]
struct Row {
    sku: Sku,
    versions: Versions,
}

impl Row {
    /// Which sessions have locked each version, and which one has replaced it.
    fn marks(&self) -> Vec<(Vec<Mark>, Option<Mark>)> {
        let marks = |version: &Version| {
            let lock = |locker: &Locker| (locker.owner.session, locker.mode);
            let mut locks: Vec<_> = version.lockers.iter().map(lock).collect();
            locks.sort_unstable();
            let replaced = version.replaced.map(|r| (r.owner.session, r.mode));
            (locks, replaced)
        };
        self.versions.iter().map(marks).collect()
    }
}

/// Which of the woken sessions goes on next.
type Pick = fn(&mut VecDeque<usize>) -> Option<usize>;

/// What one step of a statement led to.
enum Outcome {
    Replied(Reply),
    /// The query worked and found nothing; only the driver calls it an error.
    NoRow,
    /// The transaction is lost.
    Failed(Error),
    Asleep,
}

impl Store {
    /// Whether there is a model of an isolation level. There is none of
    /// serializable: its 40001 depend on which pages a plan has read.
    #[must_use]
    pub const fn supports(isolation: Isolation) -> bool {
        !matches!(isolation, Isolation::Serializable)
    }

    /// A store with `supply` on its shelves. `isolation` is the sessions'
    /// default, for statements outside a transaction.
    ///
    /// # Panics
    /// If the isolation is not supported, or a product is listed twice.
    #[must_use]
    pub fn new(
        supply: &[Supply],
        stock_check: bool,
        isolation: Isolation,
        sessions: usize,
    ) -> Self {
        assert!(Self::supports(isolation), "no model of {isolation}");
        let row = |supply: &Supply| {
            let stock = supply.units;
            let value = Stock { stock, version: 0 };
            Row {
                sku: supply.sku,
                versions: vec![Version::new(value, Origin::Committed(0))],
            }
        };
        let mut rows: Vec<Row> = supply.iter().map(row).collect();
        rows.sort_unstable_by_key(|row| row.sku);
        let twice = rows.windows(2).any(|pair| pair[0].sku == pair[1].sku);
        assert!(!twice, "a product is a row of its own");
        Self {
            isolation,
            stock_check,
            rows,
            sessions: vec![Client::new(); sessions],
            tuple_locks: TupleLocks::default(),
            ready: VecDeque::new(),
            commits: 0,
            xids: 0,
            order_ids: 0,
            orders: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Executes one statement; everything that it frees settles too. First the
    /// session's own event, then those of the sessions that it freed, in the
    /// order in which they were freed.
    ///
    /// # Panics
    /// If the session is blocked or does not exist, or BEGIN names an
    /// isolation level that is not supported.
    pub fn execute(&mut self, session: usize, statement: Statement<'_>) -> Vec<Event> {
        self.perform(session, statement, VecDeque::pop_front)
    }

    /// Whether the statement frees sessions that race, so that PostgreSQL can
    /// answer otherwise than [`Store::execute`] (measured: on a busy machine
    /// the one that was woken last often wins). It takes two sessions that wait
    /// for a third without a queue between them: one of them has a weaker lock
    /// on the row already, or waits for a version that has come since, or
    /// their locks do not conflict until they meet on another row.
    ///
    /// One kind is not named here: in a queue at read committed, who finds its
    /// row replaced gives up its turn, and the next one can overtake it
    /// (measured: up to 5 in 100 schedules of three buyers).
    ///
    /// It compares first-come-first-served with the opposite order, and looks
    /// at replies, blockers, locks and the ledger.
    ///
    /// # Panics
    /// As [`Store::execute`].
    #[must_use]
    pub fn is_race(&self, session: usize, statement: Statement<'_>) -> bool {
        let seen = |next: Pick| {
            let mut store = self.clone();
            let mut events = store.perform(session, statement, next);
            events.retain(|event| matches!(event, Event::Replied { .. }));
            events.sort_by_key(|event| match event {
                Event::Replied { session, .. } | Event::Blocked { session, .. } => *session,
            });
            let sessions = 0..store.sessions.len();
            let blockers: Vec<_> = sessions.map(|s| store.direct_blockers(s)).collect();
            let marks: Vec<_> = store.rows.iter().map(Row::marks).collect();
            (events, blockers, marks, store.ledger())
        };
        let is_anybody_waiting = self.sessions.iter().any(|client| client.task.is_some());
        is_anybody_waiting && seen(VecDeque::pop_front) != seen(VecDeque::pop_back)
    }

    /// The connection is cut: like ROLLBACK, without a reply. The session can
    /// then be used again, as a new connection.
    ///
    /// # Panics
    /// If the session is blocked or does not exist.
    pub fn cut(&mut self, session: usize) -> Vec<Event> {
        self.assert_free(session);
        let mut events = Vec::new();
        self.abort(session, State::Idle);
        self.settle(VecDeque::pop_front, &mut events);
        events
    }

    /// Whom a blocked session waits for, ascending; nobody, if it is not
    /// blocked. Direct blockers, as `pg_blocking_pids` gives them: behind the
    /// first that waits for a row, those that come later wait for that waiter,
    /// not for the holder of the row (manual, 9.26; measured).
    #[must_use]
    pub fn blockers(&self, session: usize) -> Vec<usize> {
        self.direct_blockers(session)
    }

    /// What is committed, as the audit reads it; an order's id is its place in
    /// the order of all [`Statement::PlaceOrder`], committed or not.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        let product = |row: &Row| ProductRow {
            sku: row.sku,
            stock: Some(row::committed(&row.versions).value.stock),
        };
        let (mut orders, mut lines) = (self.orders.clone(), self.lines.clone());
        orders.sort_by_key(|order| order.id);
        lines.sort_by_key(|line| line.order_id);
        Ledger {
            products: self.rows.iter().map(product).collect(),
            orders,
            lines,
        }
    }

    /// The committed stock of a product.
    ///
    /// # Panics
    /// If there is no such product.
    #[must_use]
    pub fn stock(&self, sku: Sku) -> i64 {
        let row = self.row(sku).expect("a product of the store");
        row::committed(&self.rows[row].versions).value.stock
    }

    fn perform(&mut self, session: usize, statement: Statement<'_>, next: Pick) -> Vec<Event> {
        self.assert_free(session);
        let mut events = Vec::with_capacity(1);
        let outcome = self.admit(session, statement);
        self.conclude(session, outcome, &mut events);
        self.settle(next, &mut events);
        events
    }

    fn assert_free(&self, session: usize) {
        let is_blocked = self.sessions[session].task.is_some();
        assert!(!is_blocked, "session {session} waits for a lock");
    }

    fn row(&self, sku: Sku) -> Option<usize> {
        self.rows.binary_search_by_key(&sku, |row| row.sku).ok()
    }
}
