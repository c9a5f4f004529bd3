//! The one way to end a run early: a flag that is looked at between
//! transactions, never a future dropped midway.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How soon a pause ends when the run is to end.
const NOTICED_WITHIN: Duration = Duration::from_millis(100);

/// Why a run ends before every buyer had their turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A signal asked for it.
    Interrupted,
    /// The server is gone or refuses; the message says which.
    ServerLost(String),
}

/// Shared by what may stop a run and what must notice.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    reason: Arc<Mutex<Option<Reason>>>,
    flag: Arc<AtomicBool>,
}

impl Stop {
    /// Takes no new buyers from now on. The first reason stands.
    pub fn now(&self, reason: Reason) {
        self.reason
            .lock()
            .expect("no code panics while it holds the reason")
            .get_or_insert(reason);
        self.flag.store(true, Ordering::Release);
    }

    /// Pauses for so long, or until the run is to end, which is noticed within 100 ms.
    pub(super) async fn sleep(&self, mut pause: Duration) {
        while !pause.is_zero() && !self.is_set() {
            let part = pause.min(NOTICED_WITHIN);
            tokio::time::sleep(part).await;
            pause -= part;
        }
    }

    /// Whether the run is to end.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.flag.load(Ordering::Acquire)
    }

    /// Why, if it is.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        // Asked before every attempt, and almost always no.
        if !self.is_set() {
            return None;
        }
        self.reason
            .lock()
            .expect("no code panics while it holds the reason")
            .clone()
    }
}
