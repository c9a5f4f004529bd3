//! The store itself: its rows and its sessions.

use std::collections::VecDeque;

use super::client::Party;
use super::row::{self, Origin, RowVersion, Versions};
use super::tuple_lock::TupleLocks;
use crate::session::Error;
use crate::shop::{self, CheckoutKey, Isolation, Line, Sku, Supply};
use crate::statement::{Reply, Stock};
use crate::value::State;

/// The products, orders and sessions of one PostgreSQL.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) isolation: Isolation,
    pub(super) stock_check: bool,
    /// By ascending SKU.
    pub(super) rows: Vec<Shelf>,
    pub(super) sessions: Vec<Party>,
    pub(super) tuple_locks: TupleLocks,
    /// Woken sessions, in the order in which they were woken.
    pub(super) ready: VecDeque<usize>,
    /// Transactions committed so far.
    pub(super) commits: u64,
    /// Transaction numbers given so far.
    pub(super) xids: u64,
    /// Order numbers given so far. A sequence: ROLLBACK takes none back.
    pub(super) order_ids: i64,
    /// Committed.
    pub(super) orders: Vec<(i64, CheckoutKey)>,
    /// Committed.
    pub(super) lines: Vec<(i64, Line)>,
}

#[derive(Debug, Clone)]
pub(super) struct Shelf {
    pub(super) sku: Sku,
    pub(super) versions: Versions,
}

/// What one step of a statement led to.
pub(super) enum Reached {
    Replied(Reply),
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
            Shelf {
                sku: supply.sku,
                versions: vec![RowVersion::new(value, Origin::Committed(0))],
            }
        };
        let mut rows: Vec<Shelf> = supply.iter().map(row).collect();
        rows.sort_unstable_by_key(|row| row.sku);
        let twice = rows.windows(2).any(|pair| pair[0].sku == pair[1].sku);
        assert!(!twice, "a product is a row of its own");
        Self {
            isolation,
            stock_check,
            rows,
            sessions: vec![Party::new(); sessions],
            tuple_locks: TupleLocks::default(),
            ready: VecDeque::new(),
            commits: 0,
            xids: 0,
            order_ids: 0,
            orders: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// What is committed, as the audit reads it; an order's id is its place in
    /// the order of all [`Statement::PlaceOrder`](crate::statement::Statement::PlaceOrder), committed or not.
    #[must_use]
    pub fn state(&self) -> State {
        let product = |row: &Shelf| (row.sku, Some(row::committed(&row.versions).value.stock));
        let (mut orders, mut lines) = (self.orders.clone(), self.lines.clone());
        orders.sort_by_key(|(id, _)| *id);
        lines.sort_by_key(|(id, _)| *id);
        shop::state(self.rows.iter().map(product), orders, lines)
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

    pub(super) fn assert_free(&self, session: usize) {
        let is_blocked = self.sessions[session].task.is_some();
        assert!(!is_blocked, "session {session} waits for a lock");
    }

    pub(super) fn row(&self, sku: Sku) -> Option<usize> {
        self.rows.binary_search_by_key(&sku, |row| row.sku).ok()
    }
}
