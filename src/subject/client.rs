//! What makes an actor's attempts.

use std::future::Future;
use std::sync::Arc;

use super::script::Datum;
use super::service::ServiceVisit;
use crate::session::Error;
use crate::shop::{Cart, Conflict, Retry};

/// How one attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// Committed; the buyer was told so.
    Sold,
    /// The strategy found too little stock.
    SoldOut,
    /// Lost to concurrency.
    Conflict(Conflict),
    /// A fault; nothing was committed.
    Failed(Error),
    /// The connection broke while the sale was being made durable: it may have
    /// been committed or not.
    Unknown(Error),
}

/// What one attempt leaves behind: for the next one of the same checkout the variables that
/// a script keeps and what it may do again, and for readers every variable.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    pub(super) kept: Vec<(Arc<str>, Datum)>,
    pub(super) retry: Retry,
    /// All variables as the attempt left them, of a script on tables of the user's own or of a
    /// service.
    pub seen: Vec<(Arc<str>, Datum)>,
    /// Whether an attempt committed a write, there.
    pub wrote: bool,
    /// Where an actor of a service stands that lost a race.
    pub visit: Option<Box<ServiceVisit>>,
}

impl Memory {
    /// Before the first attempt.
    #[must_use]
    pub const fn of(retry: Retry) -> Self {
        Self {
            kept: Vec::new(),
            retry,
            seen: Vec::new(),
            wrote: false,
            visit: None,
        }
    }
}

/// What makes an actor's attempts, one after the other: a strategy over a connection, or
/// a caller of a service. It alone says how an attempt is made; what is tried again,
/// how long that takes and what it proves is said above.
pub trait Client: Send {
    /// Makes one attempt at a step of the actor's flow, and leaves nothing of it open.
    /// Steps are numbered from 0; see [`steps`](super::steps).
    fn attempt(
        &mut self,
        actor: &Cart,
        step: usize,
        memory: &mut Memory,
    ) -> impl Future<Output = Attempt> + Send;
}
