//! What the connections of one connector have done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What all connections of one connector have done.
#[derive(Debug, Default)]
pub(super) struct TextTraffic {
    /// Whether the server counts what each table was written to, and can be made to count at once.
    pub(super) is_counted: bool,
    /// Statements that were sent; it only grows.
    pub(super) sent: AtomicU64,
    /// Of these, such as may have undone something: they failed, or rolled back; it only grows.
    pub(super) undone: AtomicU64,
    /// Connections that have sent something which the server may not have counted yet.
    pub(super) uncounted: AtomicU64,
    /// Such as have ended; it only grows.
    pub(super) ended: AtomicU64,
}

impl TextTraffic {
    /// Whether anything was sent of which the server can be made to count at once what it wrote.
    pub(super) fn is_countable(&self) -> bool {
        self.is_counted && self.sent.load(Ordering::Relaxed) > 0
    }
}

/// What one connection has done, to all of them.
#[derive(Debug)]
pub(super) struct TextTally {
    traffic: Arc<TextTraffic>,
    is_counted: bool,
}

impl TextTally {
    /// Of a connection that has sent nothing.
    pub(super) const fn new(traffic: Arc<TextTraffic>) -> Self {
        Self {
            traffic,
            is_counted: true,
        }
    }

    pub(super) fn note_sent(&mut self) {
        self.traffic.sent.fetch_add(1, Ordering::Relaxed);
        if std::mem::replace(&mut self.is_counted, false) {
            self.traffic.uncounted.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn note_undone(&self) {
        self.traffic.undone.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the server can be made to count at once.
    pub(super) fn can_be_counted(&self) -> bool {
        self.traffic.is_counted
    }

    /// The server has counted all that was sent.
    pub(super) fn note_counted(&mut self) {
        if !std::mem::replace(&mut self.is_counted, true) {
            self.traffic.uncounted.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for TextTally {
    fn drop(&mut self) {
        if !self.is_counted {
            self.traffic.uncounted.fetch_sub(1, Ordering::Relaxed);
            self.traffic.ended.fetch_add(1, Ordering::Relaxed);
        }
    }
}
