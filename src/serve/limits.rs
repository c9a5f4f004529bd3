//! What the shop refuses to be overwhelmed by.

use std::time::Duration;

use crate::scenario::RetryDelay;

/// Bounds of the service.
#[derive(Debug, Clone, Copy)]
pub struct ShopLimits {
    /// Connections to the database.
    pub connections: usize,
    /// Clients that are connected at once; the next one is answered 503.
    pub clients: usize,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// How long a body may take to come, and then its answer.
    pub time: Duration,
    /// Attempts of a request that is lost to concurrency; at least 1.
    pub max_tries: u32,
}

/// The pause between two attempts: as long as it is for the buyers of a load by default.
pub(super) const RETRY_DELAY: RetryDelay = RetryDelay {
    min_us: 1_000,
    max_us: 50_000,
};
