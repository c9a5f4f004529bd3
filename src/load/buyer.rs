//! A buyer on the way to an attempt, and what came of the attempts before.

use crate::flow::Checkout;
use crate::shop::Retry;
use crate::subject::Memory;

/// A buyer on the way to an attempt. A buyer in the queue is plain data:
/// there can be a million of them.
#[derive(Debug)]
pub(super) struct Buyer {
    /// The number of the buyer and of the cart, from 0.
    pub(super) number: u32,
    /// The step of the flow, from 0.
    pub(super) step: usize,
    /// The scheduled arrival, in microseconds since the doors opened.
    pub(super) arrived_us: u64,
    /// When the buyer joined the queue, this time, on the same clock.
    pub(super) queued_us: u64,
    /// What came of earlier attempts, if there were any.
    pub(super) so_far: Option<Box<SoFar>>,
}

/// The place of a buyer's step among the outcomes of all steps, of flows that have so
/// many each.
pub(super) const fn place(buyer: u32, step: usize, steps: usize) -> usize {
    buyer as usize * steps + step
}

/// A checkout between two attempts.
#[derive(Debug)]
pub(super) struct SoFar {
    pub(super) checkout: Checkout,
    /// What the attempt before left for the next one.
    pub(super) memory: Memory,
    pub(super) spent: Spent,
}

impl SoFar {
    /// Of a buyer who comes for the first time.
    pub(super) fn of(buyer: &Buyer, retry: Retry) -> Self {
        Self {
            checkout: Checkout::default(),
            memory: Memory::of(retry),
            spent: Spent {
                lag_us: buyer.queued_us.saturating_sub(buyer.arrived_us),
                ..Spent::default()
            },
        }
    }
}

/// Where the time of one checkout went, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Spent {
    /// From the scheduled arrival to the moment the buyer came.
    pub(super) lag_us: u64,
    /// Waiting for a connection, over all tries.
    pub(super) queued_us: u64,
    /// Holding a connection, over all tries.
    pub(super) service_us: u64,
    /// Holding a connection in attempts that were lost to concurrency.
    pub(super) wasted_us: u64,
    /// Attempts that were answered and whose answer could have been another
    /// one: see [`Signs`](super::Signs).
    pub(super) contested: u32,
    /// Such attempts that were lost to concurrency.
    pub(super) contested_lost: u32,
}
