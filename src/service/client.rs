//! What makes a buyer's attempts at a service.

use std::sync::Arc;

use serde_json::Value as Json;

use super::channel::{HttpChannel, HttpFailure};
use crate::session::Error;
use crate::shop::{Cart, Conflict};
use crate::subject::script::Datum;
use crate::subject::service::{ServiceFlow, ServiceValues, ServiceVisit, VisitEnd};
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
        }
    }

    /// Connects, if it is not connected.
    ///
    /// # Errors
    /// [`HttpFailure::NotSent`].
    pub async fn connect(&mut self) -> Result<(), HttpFailure> {
        self.channel.connect().await
    }

    async fn go_on(&mut self, visit: &mut ServiceVisit) -> Attempt {
        loop {
            let request = match visit.request() {
                Ok(Some(request)) => request,
                Ok(None) => return Attempt::Sold,
                Err(problem) => return Attempt::Failed(Error::Service(problem)),
            };
            let told = |why: &str| format!("{}: {why}", visit.shown());
            let reply = match self.channel.ask(&request).await {
                Ok(reply) => reply,
                Err(HttpFailure::NotSent(why)) => {
                    return Attempt::Failed(Error::ConnectionLost(told(&why)));
                }
                // It only asked: whatever became of it, nothing was changed.
                Err(HttpFailure::NoReply(why)) if request.is_safe => {
                    return Attempt::Failed(Error::ConnectionLost(told(&why)));
                }
                Err(HttpFailure::NoReply(why)) => {
                    return Attempt::Unknown(Error::ConnectionLost(told(&why)));
                }
            };
            match visit.take_in(&reply) {
                None => {}
                Some(VisitEnd::Done) => return Attempt::Sold,
                Some(VisitEnd::Refused) => return Attempt::SoldOut,
                Some(VisitEnd::Again) => return Attempt::Conflict(Conflict::StaleVersion),
                Some(VisitEnd::Failed(why)) => return Attempt::Failed(Error::Service(why)),
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
