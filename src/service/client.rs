//! What makes a buyer's attempts at a service.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::channel::{HttpChannel, HttpFailure};
use crate::scenario::masked;
use crate::session::Error;
use crate::shop::{Cart, Conflict};
use crate::subject::script::Datum;
use crate::subject::service::{ServiceAnswer, ServiceFlow, ServiceValues, ServiceVisit, VisitEnd};
use crate::subject::{Attempt, Client, Memory};

/// Makes attempts at a service, one after the other, over one connection. A lost race goes on
/// where it was lost: the requests before are not made again.
#[derive(Debug)]
pub struct ServiceClient {
    channel: HttpChannel,
    /// Of each operation.
    flows: Vec<Arc<ServiceFlow>>,
    /// What every buyer is given besides its own: the variant, and what was taken before.
    given: Arc<ServiceValues>,
    /// The requests of the last attempt.
    timed: Vec<RequestTimed>,
}

/// A request that was made, and how long its reply took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestTimed {
    /// Which request of the flow, from 0.
    pub step: u32,
    /// From sending it to the last byte of its reply, or until there was to be none.
    pub latency: Duration,
    /// What the reply meant; `None` where there was none.
    pub answer: Option<ServiceAnswer>,
}

impl ServiceClient {
    /// Over a connection that may still be closed.
    #[must_use]
    pub const fn new(
        channel: HttpChannel,
        flows: Vec<Arc<ServiceFlow>>,
        given: Arc<ServiceValues>,
    ) -> Self {
        Self {
            channel,
            flows,
            given,
            timed: Vec::new(),
        }
    }

    /// Connects, if it is not connected.
    ///
    /// # Errors
    /// Why it cannot.
    pub async fn connect(&mut self) -> Result<(), String> {
        self.channel.reach().await
    }

    /// The requests of the last attempt, each with its time.
    #[must_use]
    pub fn timed(&self) -> &[RequestTimed] {
        &self.timed
    }

    async fn go_on(&mut self, visit: &mut ServiceVisit) -> Attempt {
        self.timed.clear();
        loop {
            let request = match visit.request() {
                Ok(Some(request)) => request,
                Ok(None) => return Attempt::Sold,
                Err(problem) => return failed(&problem),
            };
            let (step, sent) = (visit.position(), Instant::now());
            let told = |why: &str| Error::ConnectionLost(format!("{}: {why}", visit.shown()));
            let answered = self.channel.ask(&request).await;
            let latency = sent.elapsed();
            let mut note = |answer| {
                self.timed.push(RequestTimed {
                    step,
                    latency,
                    answer,
                });
            };
            let reply = match answered {
                Ok(reply) => reply,
                Err(HttpFailure::NotSent(why)) => return Attempt::Failed(told(&why)),
                Err(HttpFailure::NoReply(why)) => {
                    note(None);
                    // It only asked: whatever became of it, nothing was changed.
                    return match request.is_safe {
                        true => Attempt::Failed(told(&why)),
                        false => Attempt::Unknown(told(&why)),
                    };
                }
            };
            let end = visit.take_in(&reply);
            note(Some(match &end {
                None | Some(VisitEnd::Done) => ServiceAnswer::Done,
                Some(VisitEnd::Refused) => ServiceAnswer::Refused,
                Some(VisitEnd::Again) => ServiceAnswer::Again,
                Some(VisitEnd::Failed(_)) => ServiceAnswer::Failed,
            }));
            match end {
                None => {}
                Some(VisitEnd::Done) => return Attempt::Sold,
                Some(VisitEnd::Refused) => return Attempt::SoldOut,
                Some(VisitEnd::Again) => return Attempt::Conflict(Conflict::StaleVersion),
                Some(VisitEnd::Failed(why)) => return failed(&why),
            }
        }
    }
}

/// A buyer's way through the requests of its operation, before the first one; what it is given
/// besides is in `given`.
pub(super) fn begin_visit(
    flows: &[Arc<ServiceFlow>],
    given: &ServiceValues,
    cart: &Cart,
) -> ServiceVisit {
    let mut values = given.clone();
    let mut give = |name: &str, value: Json| drop(values.insert(name.into(), value));
    give("buyer", (u64::from(cart.buyer) + 1).into());
    give("checkout_key", cart.key.0.into());
    if let Some(line) = cart.lines.first() {
        give("product", line.sku.0.into());
        give("units", line.units.into());
    }
    let flow = flows.get(cart.operation as usize).unwrap_or(&flows[0]);
    ServiceVisit::begin(Arc::clone(flow), values)
}

/// A reply that counts as a fault. What it says may hold a secret.
fn failed(why: &str) -> Attempt {
    Attempt::Failed(Error::Service(masked(why)))
}

impl Client for ServiceClient {
    async fn attempt(&mut self, cart: &Cart, _: usize, memory: &mut Memory) -> Attempt {
        let visit = memory.visit.take();
        let mut visit =
            visit.unwrap_or_else(|| Box::new(begin_visit(&self.flows, &self.given, cart)));
        let attempt = self.go_on(&mut visit).await;
        let seen = visit.values().iter();
        memory.seen = seen
            .map(|(name, value)| (name.as_str().into(), as_datum(value)))
            .collect();
        memory.visit = matches!(attempt, Attempt::Conflict(_)).then_some(visit);
        attempt
    }
}

/// As an invariant reads it: text without quotes.
fn as_datum(value: &Json) -> Datum {
    match value {
        Json::Null => Datum::Null,
        Json::String(text) => text.as_str().into(),
        other => other.to_string().as_str().into(),
    }
}
