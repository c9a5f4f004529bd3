//! A checkout: one or more attempts. This is the only place that retries.

mod attempt;
mod warm_up;

use std::future::Future;

use crate::session::{Error, Session};
use crate::shop::{Cart, Conflict, Isolation, Outcome};
use crate::strategy::Strategy;

pub use attempt::{Attempt, attempt};
pub use warm_up::warm_up;

/// Where a checkout gets its sessions, and how it waits between two tries.
pub trait Till: Send {
    /// What attempts run on.
    type Session: Session;

    /// Waits for a session for one attempt, `tries` lost ones before it.
    ///
    /// # Errors
    /// [`Closed`]: this checkout makes no further attempt.
    fn open(&mut self, tries: u32) -> impl Future<Output = Result<Self::Session, Closed>> + Send;

    /// Gives the session back after an attempt.
    fn close(&mut self, session: Self::Session, ended: &Attempt);

    /// Waits after `tries` lost attempts.
    fn back_off(&mut self, tries: u32) -> impl Future<Output = ()> + Send;
}

/// Why there is no session for another attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// The run takes no new buyers; never answered after a first attempt.
    Stopped,
    /// No connection could be opened.
    Refused(Error),
}

/// How every checkout of a run is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How an attempt reads, decides and writes.
    pub strategy: Strategy,
    /// The isolation of its transactions.
    pub isolation: Isolation,
    /// How many attempts a checkout has; at least 1.
    pub max_tries: u32,
}

/// How a checkout ended, and what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// What the buyer knows.
    pub outcome: Outcome,
    /// Attempts made.
    pub tries: u32,
    /// Attempts lost, by the position of their kind in [`Conflict::ALL`].
    pub conflicts: [u32; Conflict::ALL.len()],
    /// What failed, with outcome `failed` or `unknown`.
    pub fault: Option<Error>,
}

/// Tries until the attempt is not lost, or `max_tries` are used up. Only a
/// conflict is tried again, always in a new transaction: inside the same one,
/// at repeatable read, the new version would never be seen.
pub async fn checkout<T: Till>(till: &mut T, terms: &Terms, cart: &Cart) -> Ended {
    let mut ended = Ended {
        outcome: Outcome::NotStarted,
        tries: 0,
        conflicts: [0; Conflict::ALL.len()],
        fault: None,
    };
    loop {
        let mut session = match till.open(ended.tries).await {
            Ok(session) => session,
            Err(Closed::Stopped) => return ended,
            Err(Closed::Refused(error)) => {
                (ended.outcome, ended.fault) = (Outcome::Failed, Some(error));
                return ended;
            }
        };
        ended.tries += 1;
        // On the heap, or a checkout that waits would take as much room as one
        // that talks to the database: there can be a hundred thousand of them.
        let result = Box::pin(attempt(terms.strategy, terms.isolation, &mut session, cart));
        let result = result.await;
        till.close(session, &result);
        (ended.outcome, ended.fault) = match result {
            Attempt::Sold => (Outcome::Sold, None),
            Attempt::SoldOut => (Outcome::SoldOut, None),
            Attempt::Failed(error) => (Outcome::Failed, Some(error)),
            Attempt::Unknown(error) => (Outcome::Unknown, Some(error)),
            Attempt::Conflict(conflict) => {
                ended.conflicts[conflict as usize] += 1;
                if ended.tries < terms.max_tries {
                    till.back_off(ended.tries).await;
                    continue;
                }
                (Outcome::GaveUp, None)
            }
        };
        return ended;
    }
}
