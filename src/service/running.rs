//! A service that was started for a run.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use super::channel::{HttpChannel, HttpLimits};
use super::client::ServiceClient;
use super::entry::{ServiceEntry, ServiceGiven};
use super::origin::ServiceOrigin;
use super::process::{Probe, ServiceCommand, ServiceProcess, ServiceTrouble};
use crate::database::DatabaseAccess;
use crate::scenario::{ServicePlan, StartedSource};
use crate::shop::Cart;
use crate::subject::service::{ServiceValues, ServiceVisit};

/// A request that is held longer than this is lost.
const HELD_MAX: Duration = Duration::from_secs(3_600);

/// A service that runs, and has answered all that was to be sent before any buyer comes.
#[derive(Debug)]
pub struct RunningService {
    process: ServiceProcess,
    entry: ServiceEntry,
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
        let started = plan.started().ok_or_else(|| {
            ServiceTrouble::NotStarted("it runs already, and has no command".into())
        })?;
        let port = free_port()?;
        let command = ServiceCommand {
            words: started.command.clone(),
            variables: variables(started, database, given.variant, port),
        };
        let mut process = ServiceProcess::start(&command)?;
        let origin = ServiceOrigin::local(port);
        let probe = Probe {
            path: plan.probe.clone(),
            within: started.ready_within,
        };
        process.until_ready(&origin, &probe).await?;
        let mut entry = ServiceEntry::of(plan, origin);
        match entry.prepare(given).await {
            Ok(()) => Ok(Self { process, entry }),
            // A service that has ended says more than its connection.
            Err(why) => Err(match process.has_ended() {
                Some(ended) => ended,
                None => process.refuses(why),
            }),
        }
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
        self.entry.visit(cart)
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

/// Below the ports that systems give out by themselves: one of those may be given to a connection,
/// or to a proxy, before the service has opened it.
const PORTS: Range<u16> = 20_000..32_768;

/// How many of them are tried.
const PORTS_TRIED: usize = 64;

/// So many stand side by side: those of one process, of which two services that start at the same
/// time never get the same one.
const PORTS_OF_A_PROCESS: u16 = 32;

/// A port at which nothing listens at this moment; the service opens it a moment later, and
/// ends if another program was faster. Those of one process come first.
fn free_port() -> Result<u16, ServiceTrouble> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let at = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let places = u32::from((PORTS.end - PORTS.start) / PORTS_OF_A_PROCESS);
    let place = u16::try_from(std::process::id() % places).unwrap_or_default();
    let own = (0..PORTS_OF_A_PROCESS).map(|_| {
        let next = NEXT.fetch_add(1, Ordering::Relaxed) % PORTS_OF_A_PROCESS;
        PORTS.start + place * PORTS_OF_A_PROCESS + next
    });
    let drawn = (0..PORTS_TRIED).map(|_| rand::random_range(PORTS));
    let mut drawn = own.chain(drawn);
    if let Some(port) = drawn.find(|port| at(*port).is_ok()) {
        return Ok(port);
    }
    let free = at(0).and_then(|it| it.local_addr());
    free.map(|address| address.port())
        .map_err(|error| ServiceTrouble::NotStarted(format!("there is no free port: {error}")))
}

fn variables(
    started: &StartedSource,
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
    let env = started.env.iter();
    let env = env.map(|(name, template)| (name.clone(), template.fill(&values)));
    given
        .chain([("PORT".to_owned(), port.to_string())])
        .chain(env)
        .collect()
}
