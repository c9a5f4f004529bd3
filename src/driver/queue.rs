//! Where buyers wait for a connection: first come, first served.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_channel::{Receiver, Sender};

use super::record::Spent;
use crate::checkout::Checkout;

/// A buyer on the way to an attempt. Whoever stands in the queue is plain data:
/// there can be a million of them.
#[derive(Debug)]
pub(super) struct Buyer {
    /// The number of the buyer and of the cart, from 0.
    pub(super) number: u32,
    /// The scheduled arrival, in microseconds since the doors opened.
    pub(super) arrived_us: u64,
    /// When the buyer joined the queue, this time, on the same clock.
    pub(super) queued_us: u64,
    /// What came of earlier attempts, if there were any.
    pub(super) so_far: Option<Box<SoFar>>,
}

/// A checkout between two attempts.
#[derive(Debug)]
pub(super) struct SoFar {
    pub(super) checkout: Checkout,
    pub(super) spent: Spent,
}

impl SoFar {
    /// Of a buyer who comes for the first time.
    pub(super) fn of(buyer: &Buyer) -> Self {
        Self {
            checkout: Checkout::default(),
            spent: Spent {
                lag_us: buyer.queued_us.saturating_sub(buyer.arrived_us),
                ..Spent::default()
            },
        }
    }
}

/// One queue for all connections, over when every buyer has left the shop.
#[derive(Debug)]
pub(super) struct Queue {
    join: Sender<Buyer>,
    next: Receiver<Buyer>,
    /// Buyers who have not left yet.
    expected: AtomicUsize,
}

impl Queue {
    /// An empty one for so many buyers.
    pub(super) fn of(buyers: usize) -> Self {
        let (join, next) = async_channel::unbounded();
        Self {
            join,
            next,
            expected: AtomicUsize::new(buyers),
        }
    }

    pub(super) fn join(&self, buyer: Buyer) {
        let joined = self.join.try_send(buyer);
        joined.expect("open until the last buyer has left");
    }

    /// Waits for the buyer at the head; `None` once all have left.
    pub(super) async fn next(&self) -> Option<Buyer> {
        self.next.recv().await.ok()
    }

    /// One buyer leaves the shop; answers whether it was the last.
    pub(super) fn leave(&self) -> bool {
        let is_last = self.expected.fetch_sub(1, Ordering::AcqRel) == 1;
        if is_last {
            self.join.close();
        }
        is_last
    }
}
