//! What all buyers of one run share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::pool::Pool;
use super::stop::Stop;
use super::till::Spent;
use crate::checkout::{Ended, Terms};
use crate::scenario::Scenario;
use crate::session::Error;
use crate::shop::{Cart, Conflict, Sku};

/// The shop floor during one run. Buyers write into slots and counters of
/// their own or behind no contended lock; everything is added up afterwards.
pub(super) struct Floor {
    pub(super) scenario: Scenario,
    pub(super) terms: Terms,
    pub(super) run: u32,
    pub(super) carts: Vec<Cart>,
    pub(super) pool: Pool,
    pub(super) stop: Stop,
    pub(super) commits: Commits,
    /// One slot a buyer, filled once.
    pub(super) records: Vec<OnceLock<Record>>,
    sqlstates: Mutex<BTreeMap<String, u64>>,
}

/// One finished checkout.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) ended: Ended,
    pub(super) spent: Spent,
    /// From the scheduled arrival to the end.
    pub(super) latency_us: u64,
    /// From the scheduled arrival to the first thing the buyer did.
    pub(super) lag_us: u64,
    /// When the buyer had the last answer.
    pub(super) left_at: Instant,
}

impl Floor {
    pub(super) fn new(
        scenario: &Scenario,
        terms: Terms,
        run: u32,
        carts: Vec<Cart>,
        pool: Pool,
        stop: Stop,
    ) -> Self {
        Self {
            terms,
            run,
            pool,
            stop,
            commits: Commits::new(scenario.products),
            records: carts.iter().map(|_| OnceLock::new()).collect(),
            sqlstates: Mutex::default(),
            scenario: scenario.clone(),
            carts,
        }
    }

    pub(super) async fn think(&self) {
        let pause = Duration::from_micros(self.scenario.think_time_us);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    pub(super) fn count_sqlstate(&self, error: &Error) {
        let sqlstate = match error {
            Error::Conflict(Conflict::StaleVersion) | Error::RolledBack => return,
            Error::Conflict(conflict) => conflict.sign(),
            Error::CheckViolation => "23514",
            Error::Database { sqlstate, .. } => sqlstate,
            Error::ConnectionLost(_) | Error::WrongReply { .. } => return,
        };
        *self
            .sqlstates
            .lock()
            .expect("no code panics while it counts")
            .entry(sqlstate.to_owned())
            .or_default() += 1;
    }

    pub(super) fn sqlstates(&self) -> BTreeMap<String, u64> {
        self.sqlstates
            .lock()
            .expect("no code panics while it counts")
            .clone()
    }

    pub(super) fn finish(&self, buyer: usize, record: Record) {
        self.records[buyer]
            .set(record)
            .expect("a buyer makes one checkout");
    }
}

/// Commits of sales so far, by product: by these an attempt knows whether
/// another one committed on its products while it ran.
pub(super) struct Commits {
    by_product: Vec<AtomicU64>,
}

impl Commits {
    fn new(products: u32) -> Self {
        Self {
            by_product: (0..products).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Commits on any product of the cart.
    pub(super) fn on(&self, cart: &Cart) -> u64 {
        let commits = |sku: Sku| self.of(sku).load(Ordering::Relaxed);
        cart.lines.iter().map(|line| commits(line.sku)).sum()
    }

    pub(super) fn note(&self, cart: &Cart) {
        for line in &cart.lines {
            self.of(line.sku).fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Products are numbered from 1.
    fn of(&self, sku: Sku) -> &AtomicU64 {
        &self.by_product[sku.0 as usize - 1]
    }
}

/// Counts finished checkouts while a run goes, for whoever shows progress.
#[derive(Debug, Default)]
pub struct Progress {
    finished: AtomicU64,
}

impl Progress {
    /// Checkouts that have ended.
    #[must_use]
    pub fn finished(&self) -> u64 {
        self.finished.load(Ordering::Relaxed)
    }

    pub(super) fn add_one(&self) {
        self.finished.fetch_add(1, Ordering::Relaxed);
    }
}

/// Microseconds from `then` to `now`, zero if `now` is earlier.
pub(super) fn micros_between(then: Instant, now: Instant) -> u64 {
    super::till::micros(now.saturating_duration_since(then))
}
