//! Where a service is called, and with what.

use std::sync::Arc;

use super::channel::{HttpChannel, HttpFailure, HttpLimits};
use super::client::{ServiceClient, begin_visit};
use super::origin::ServiceOrigin;
use crate::scenario::ServicePlan;
use crate::shop::Cart;
use crate::subject::service::{
    ServiceAnswer, ServiceFlow, ServiceStep, ServiceValues, ServiceVisit,
};

/// Bytes of a reply's body; a shop's are a few hundred.
const BODY_BYTES_MAX: usize = 4 << 20;

/// What a run gives its service.
#[derive(Debug, Clone, Copy)]
pub struct ServiceGiven<'g> {
    /// Which of several it is, by the name behind `service:`.
    pub variant: &'g str,
    /// Products of the shop.
    pub products: u32,
    /// Units of each that there are to be.
    pub stock: u32,
}

/// Where a service is called, and with what.
#[derive(Debug, Clone)]
pub struct ServiceEntry {
    pub(super) origin: ServiceOrigin,
    pub(super) limits: HttpLimits,
    /// Of each operation.
    flows: Vec<Arc<ServiceFlow>>,
    given: Arc<ServiceValues>,
}

impl ServiceEntry {
    /// A service that is there, and that nothing was sent to yet.
    pub(super) fn of(plan: &ServicePlan, origin: ServiceOrigin) -> Self {
        let flows = plan.operations.iter();
        Self {
            origin,
            limits: HttpLimits {
                time: plan.timeout,
                body_bytes: BODY_BYTES_MAX,
            },
            flows: flows.map(|(_, flow)| Arc::clone(flow)).collect(),
            given: Arc::default(),
        }
    }

    /// Sends what comes before the buyers, once, and keeps what is taken from the replies.
    ///
    /// # Errors
    /// The request, and what came of it.
    pub(super) async fn prepare(&mut self, given: ServiceGiven<'_>) -> Result<(), String> {
        let mut values = ServiceValues::new();
        values.insert("variant".into(), given.variant.into());
        values.insert("stock".into(), given.stock.into());
        let mut channel = HttpChannel::to(self.origin.clone(), self.limits);
        // All operations have the same.
        let flow = Arc::clone(&self.flows[0]);
        for step in &flow.before {
            let of_each = step.names().any(|name| name == "product");
            for product in 1..=if of_each { given.products } else { 1 } {
                values.insert("product".into(), product.into());
                send(&mut channel, step, &mut values).await?;
            }
        }
        values.remove("stock");
        values.remove("product");
        self.given = Arc::new(values);
        Ok(())
    }

    /// Makes attempts at it, over a connection of its own.
    #[must_use]
    pub fn client(&self) -> ServiceClient {
        let channel = HttpChannel::to(self.origin.clone(), self.limits);
        ServiceClient::new(channel, self.flows.clone(), Arc::clone(&self.given))
    }

    /// A buyer's way through its requests, before the first one.
    pub(super) fn visit(&self, cart: &Cart) -> ServiceVisit {
        begin_visit(&self.flows, &self.given, cart)
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> String {
        self.origin.to_string()
    }
}

async fn send(
    channel: &mut HttpChannel,
    step: &ServiceStep,
    values: &mut ServiceValues,
) -> Result<(), String> {
    let request = step.outgoing(values)?;
    let reply = channel.ask(&request).await.map_err(|failure| {
        let (HttpFailure::NotSent(why) | HttpFailure::NoReply(why)) = failure;
        format!("{}: {why}", step.shown)
    })?;
    match step.understand(&reply, values)? {
        ServiceAnswer::Done => Ok(()),
        _ => Err(step.unexpected(&reply)),
    }
}
