//! Where buyers wait for a connection: first come, first served.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_channel::{Receiver, Sender};

use super::buyer::Buyer;

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
