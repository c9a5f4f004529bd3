//! A checkout: one or more attempts. This is the only place that says what is
//! tried again.

use crate::cell::Cell;
use crate::session::Error;
use crate::shop::{Cart, Conflict, Outcome, Retry};
use crate::subject::{self, Attempt, Client, Memory};

/// How every checkout of a run is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How an attempt reads, decides and writes, and the isolation of its
    /// transactions.
    pub cell: Cell,
    /// How many attempts a checkout has; at least 1.
    pub max_tries: u32,
    /// Whether a script is tried again after a write that it has committed.
    pub retry: Retry,
}

impl Terms {
    /// How many steps each actor's flow has.
    #[must_use]
    pub const fn steps(&self) -> usize {
        subject::steps(self.cell.subject).len()
    }
}

/// What became of a checkout so far. It is plain data between two attempts, so
/// that a checkout that waits for its next one takes next to no room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// What the buyer knows.
    pub outcome: Outcome,
    /// Attempts made.
    pub tries: u32,
    /// Attempts lost, by the position of their kind in [`Conflict::ALL`].
    pub conflicts: [u32; Conflict::ALL.len()],
    /// What failed, with outcome `failed` or `unknown`, and what the last attempt was lost to
    /// with outcome `gave up`.
    pub fault: Option<Error>,
}

impl Default for Checkout {
    /// Before the first attempt.
    fn default() -> Self {
        Self {
            outcome: Outcome::NotStarted,
            tries: 0,
            conflicts: [0; Conflict::ALL.len()],
            fault: None,
        }
    }
}

impl Checkout {
    /// Takes in how an attempt ended, and answers whether there is to be
    /// another one. Only a conflict is tried again, until `max_tries` are used
    /// up, and always in a new transaction: inside the same one, at repeatable
    /// read, the new version would never be seen.
    pub fn take_in(&mut self, attempt: Attempt, max_tries: u32) -> bool {
        self.tries += 1;
        (self.outcome, self.fault) = match attempt {
            Attempt::Sold => (Outcome::Sold, None),
            Attempt::SoldOut => (Outcome::SoldOut, None),
            Attempt::Failed(error) => (Outcome::Failed, Some(error)),
            Attempt::Unknown(error) => (Outcome::Unknown, Some(error)),
            Attempt::Conflict(conflict) => {
                self.conflicts[conflict as usize] += 1;
                (Outcome::GaveUp, Some(conflict.into()))
            }
        };
        self.outcome == Outcome::GaveUp && self.tries < max_tries
    }

    /// Ends it because there is no session for an attempt.
    pub fn refuse(&mut self, error: Error) {
        (self.outcome, self.fault) = (Outcome::Failed, Some(error));
    }
}

/// A step that is over, with what its last attempt left behind.
pub type Ended = (Checkout, Memory);

/// A whole flow of a client that is always free: attempt after attempt and step after
/// step, without a wait between them. One checkout for each step; a step is begun where
/// the one before it was sold, and else stays [`Outcome::NotStarted`].
pub async fn flow(
    client: &mut impl Client,
    steps: usize,
    terms: &Terms,
    actor: &Cart,
) -> Vec<Ended> {
    let mut made = vec![Ended::default(); steps];
    let mut next = Some(0);
    while let Some(step) = next {
        let (checkout, memory) = &mut made[step];
        *memory = Memory::of(terms.retry);
        while checkout.take_in(client.attempt(actor, step, memory).await, terms.max_tries) {}
        next = next_step(step, checkout.outcome, steps);
    }
    made
}

/// The step that follows, of so many in all; `None` where the flow is over: it goes on
/// after a step that was sold.
#[must_use]
pub fn next_step(step: usize, outcome: Outcome, steps: usize) -> Option<usize> {
    (outcome == Outcome::Sold && step + 1 < steps).then_some(step + 1)
}
