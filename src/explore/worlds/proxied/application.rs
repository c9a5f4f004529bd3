//! What a program is to the arena.

use std::future::Future;
use std::sync::Arc;

use crate::explore::arena::StepError;
use crate::explore::http::HttpAnswer;
use crate::oracle::Raised;
use crate::shop::Outcome;

/// What of an answer is always compared.
pub(super) const STATUS: &str = "status";

/// What a caller was told at the end of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestTold {
    /// In one word.
    pub outcome: Outcome,
    /// The error that reached the caller, if one did.
    pub raised: Option<Raised>,
    /// What invariants can join of the answer, such as its status, which is compared, and values
    /// that were taken of it.
    pub shown: Vec<(Arc<str>, Option<String>)>,
}

impl RequestTold {
    /// Whether the last thing that was sent got no answer.
    pub(super) fn is_unanswered(&self) -> bool {
        let mut shown = self.shown.iter();
        shown.any(|(name, value)| &**name == STATUS && value.is_none())
    }
}

/// A program that answers requests, with its connections at a proxy. The requests are known
/// to it: one for each session.
pub trait Application: Send {
    /// What the request of a session is, in few words, such as `POST /orders/7/checkout`.
    fn request(&self, session: usize) -> String;

    /// Sends the request of a session, and does not wait for its answer.
    ///
    /// # Errors
    /// The program cannot be reached.
    fn send(&mut self, session: usize) -> Result<(), StepError>;

    /// The next answer to a request that was sent. It may be dropped before it is there, and
    /// loses nothing then.
    ///
    /// # Errors
    /// The program has ended.
    fn answered(&mut self) -> impl Future<Output = Result<(usize, RequestTold), StepError>> + Send;

    /// Fails if the program has ended. One that is about to end is waited for, a moment.
    ///
    /// # Errors
    /// How it has ended.
    fn still_runs(&mut self) -> impl Future<Output = Result<(), StepError>> + Send {
        async { Ok(()) }
    }

    /// What callers were answered since this was last asked, as far as it is HTTP.
    fn take_answers(&mut self) -> Vec<HttpAnswer> {
        Vec::new()
    }

    /// Whether the program does nothing until something comes to it: looked at for so long
    /// that a thread which is about to run has run. The look may be dropped when the program has
    /// shown that it works.
    ///
    /// # Errors
    /// The program has ended.
    fn is_at_rest(&mut self) -> impl Future<Output = Result<bool, StepError>> + Send + use<Self>;
}
