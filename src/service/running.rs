//! A service that was started for a run.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use super::channel::{HttpChannel, HttpFailure, HttpLimits};
use super::client::{ServiceClient, begin_visit};
use super::origin::ServiceOrigin;
use super::process::{Probe, ServiceCommand, ServiceProcess, ServiceTrouble};
use crate::database::DatabaseAccess;
use crate::scenario::ServicePlan;
use crate::shop::Cart;
use crate::subject::service::{
    ServiceAnswer, ServiceFlow, ServiceStep, ServiceValues, ServiceVisit,
};

/// Bytes of a reply's body; a shop's are a few hundred.
const BODY_BYTES_MAX: usize = 4 << 20;

/// A request that is held longer than this is lost.
const HELD_MAX: Duration = Duration::from_secs(3_600);

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

/// A service that runs, and has answered all that was to be sent before any buyer comes.
#[derive(Debug)]
pub struct RunningService {
    process: ServiceProcess,
    entry: ServiceEntry,
}

/// Where a service is called, and with what.
#[derive(Debug, Clone)]
pub struct ServiceEntry {
    origin: ServiceOrigin,
    limits: HttpLimits,
    /// Of each operation.
    flows: Vec<Arc<ServiceFlow>>,
    given: Arc<ServiceValues>,
}

impl ServiceEntry {
    /// Makes attempts at it, over a connection of its own.
    #[must_use]
    pub fn client(&self) -> ServiceClient {
        let channel = HttpChannel::to(self.origin.clone(), self.limits);
        ServiceClient::new(channel, self.flows.clone(), Arc::clone(&self.given))
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> String {
        self.origin.to_string()
    }
}

impl RunningService {
    /// Starts it on a database, waits until it answers, and sends what comes before the buyers.
    ///
    /// # Errors
    /// It does not start, does not get ready, or refuses one of these requests.
    pub async fn start(
        plan: &ServicePlan,
        database: &DatabaseAccess,
        given: ServiceGiven<'_>,
    ) -> Result<Self, ServiceTrouble> {
        let port = free_port()?;
        let command = ServiceCommand {
            words: plan.command.clone(),
            variables: variables(plan, database, given.variant, port),
        };
        let mut process = ServiceProcess::start(&command)?;
        let origin = ServiceOrigin::local(port);
        let probe = Probe {
            path: plan.probe.clone(),
            within: plan.ready_within,
        };
        process.until_ready(&origin, &probe).await?;
        let mut running = Self {
            process,
            entry: ServiceEntry {
                origin,
                limits: HttpLimits {
                    time: plan.timeout,
                    body_bytes: BODY_BYTES_MAX,
                },
                flows: plan
                    .operations
                    .iter()
                    .map(|(_, flow)| Arc::clone(flow))
                    .collect(),
                given: Arc::default(),
            },
        };
        let mut values = ServiceValues::new();
        values.insert("variant".into(), given.variant.into());
        values.insert("stock".into(), given.stock.into());
        running.before(&mut values, given.products).await?;
        values.remove("stock");
        values.remove("product");
        running.entry.given = Arc::new(values);
        Ok(running)
    }

    async fn before(
        &mut self,
        values: &mut ServiceValues,
        products: u32,
    ) -> Result<(), ServiceTrouble> {
        let mut channel = HttpChannel::to(self.entry.origin.clone(), self.entry.limits);
        // All operations have the same.
        let flow = Arc::clone(&self.entry.flows[0]);
        for step in &flow.before {
            let of_each = step.names().any(|name| name == "product");
            for product in 1..=if of_each { products } else { 1 } {
                values.insert("product".into(), product.into());
                if let Err(why) = send(&mut channel, step, values).await {
                    // A service that has ended says more than its connection.
                    return Err(match self.process.has_ended() {
                        Some(ended) => ended,
                        None => self.process.refuses(why),
                    });
                }
            }
        }
        Ok(())
    }

    /// The number of its process, whose descendants are those that it started.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// A way to it, over which nothing is sent yet.
    #[must_use]
    pub fn channel(&self) -> HttpChannel {
        HttpChannel::to(self.entry.origin.clone(), self.entry.limits)
    }

    /// The same for a caller whose request is held between its statements, and so may take as long
    /// as all others together.
    #[must_use]
    pub fn patient_channel(&self) -> HttpChannel {
        let limits = HttpLimits {
            time: HELD_MAX,
            ..self.entry.limits
        };
        HttpChannel::to(self.entry.origin.clone(), limits)
    }

    /// A buyer's way through its requests, before the first one.
    #[must_use]
    pub fn visit(&self, cart: &Cart) -> ServiceVisit {
        begin_visit(&self.entry.flows, &self.entry.given, cart)
    }

    /// Makes attempts at it, over a connection of its own.
    #[must_use]
    pub fn client(&self) -> ServiceClient {
        self.entry.client()
    }

    /// Where it is called; kept by each lane that calls it.
    #[must_use]
    pub fn entry(&self) -> ServiceEntry {
        self.entry.clone()
    }

    /// How it ended, if it did on its own.
    pub fn has_ended(&mut self) -> Option<ServiceTrouble> {
        self.process.has_ended()
    }

    /// Stops it, with all that it started.
    pub async fn stop(self) {
        self.process.stop().await;
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

/// A port at which nothing listens at this moment; the service opens it a moment later, and
/// ends if another program was faster.
fn free_port() -> Result<u16, ServiceTrouble> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr());
    free.map(|address| address.port())
        .map_err(|error| ServiceTrouble::NotStarted(format!("there is no free port: {error}")))
}

fn variables(
    plan: &ServicePlan,
    database: &DatabaseAccess,
    variant: &str,
    port: u16,
) -> Vec<(String, String)> {
    let sim = std::env::current_exe().unwrap_or_else(|_| "sim".into());
    let own = [
        ("database_url", database.url.as_str().into()),
        ("db", database.database.as_str().into()),
        ("host", database.host.as_str().into()),
        ("listen", port.into()),
        ("password", database.password.as_str().into()),
        ("port", database.port.into()),
        ("role", database.role.as_str().into()),
        ("sim", sim.to_string_lossy().into()),
        ("variant", variant.into()),
    ];
    let values: ServiceValues = own.map(|(name, value)| (name.to_owned(), value)).into();
    let given = database.variables().into_iter();
    let given = given.map(|(name, value)| (name.to_owned(), value));
    let env = plan.env.iter();
    let env = env.map(|(name, template)| (name.clone(), template.fill(&values)));
    given
        .chain([("PORT".to_owned(), port.to_string())])
        .chain(env)
        .collect()
}
