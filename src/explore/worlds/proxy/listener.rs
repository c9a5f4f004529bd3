//! The proxy itself: where it listens, and what its connections are told.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use super::connection::serve;
use super::fault_book::FaultBook;
use super::hub::{Control, Hub};
use super::settings::{HoldSettings, KeepSettings};
use super::step::{ConnectionId, ProxyEvent, StepId};
use crate::database::wire::WireAddress;

/// So many events wait for their reader; then the connections wait too.
const EVENTS_MAX: usize = 1024;

/// What a proxy stands before, and what it does with new connections.
#[derive(Debug)]
pub struct ProxySettings {
    /// The server. It is spoken to in clear.
    pub server: WireAddress,
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// How steps are held; `None` lets all pass.
    pub holding: Option<HoldSettings>,
    /// Which sessions of the server stay; `None`: each client has one of its own.
    pub keeps: Option<KeepSettings>,
}

/// A proxy between clients on this machine and a server. It ends, with all its
/// connections, when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    hub: Arc<Hub>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Listens, and tells what happens. Events must be read: the connections wait for
    /// their reader. If the receiver is dropped, nothing is held any more.
    ///
    /// # Errors
    /// The port cannot be listened on.
    pub async fn start(settings: ProxySettings) -> io::Result<(Self, mpsc::Receiver<ProxyEvent>)> {
        let (events, receiver) = mpsc::channel(EVENTS_MAX);
        let proxy = Self::listen(settings, Some(events), None).await?;
        Ok((proxy, receiver))
    }

    /// Relays, holds nothing and tells nothing, whatever `holding` says.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_silent(settings: ProxySettings) -> io::Result<Self> {
        let settings = ProxySettings {
            holding: None,
            ..settings
        };
        Self::listen(settings, None, None).await
    }

    /// As [`Self::start_silent`], with the faults of a load.
    pub(super) async fn start_faulty(
        settings: ProxySettings,
        faults: Arc<FaultBook>,
    ) -> io::Result<Self> {
        Self::listen(settings, None, Some(faults)).await
    }

    async fn listen(
        settings: ProxySettings,
        events: Option<mpsc::Sender<ProxyEvent>>,
        faults: Option<Arc<FaultBook>>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).await?;
        let address = listener.local_addr()?;
        let ProxySettings {
            server,
            holding,
            keeps,
            ..
        } = settings;
        let mut hub = Hub::new(server, holding, events, keeps);
        hub.faults = faults;
        let hub = Arc::new(hub);
        let accepting = tokio::spawn(accept(Arc::clone(&hub), listener));
        Ok(Self {
            hub,
            address,
            accepting,
        })
    }

    /// Where clients connect to.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets a step go that is parked; of any other step it does nothing. `false` if its
    /// connection is over.
    pub fn let_go(&self, step: StepId) -> bool {
        self.hub
            .control(step.connection, Control::LetGo(step.number))
    }

    /// Cuts the connection of a step that is parked, which does not reach the server. The client
    /// finds it closed, as the server does; it is told as closed when the server has given up what
    /// it held. `false` if it is over.
    pub fn cut(&self, step: StepId) -> bool {
        self.hub.control(step.connection, Control::Cut(step.number))
    }

    /// Lets a step go that is parked, and cuts its connection in the place of the reply: the server
    /// has carried it out, and the client is not told. `false` if it is over.
    pub fn lose_reply(&self, step: StepId) -> bool {
        self.hub
            .control(step.connection, Control::LoseReply(step.number))
    }

    /// `None` while anything is under way that is no step: a session is being opened, or the
    /// server owes an answer to messages that pass. Otherwise a number that grows with
    /// whatever passes: if it is the same later, nothing has passed since.
    #[must_use]
    pub fn at_rest(&self) -> Option<u64> {
        self.hub.at_rest()
    }

    /// From now on the steps of a connection are held so, or pass (`None`): then one that
    /// is parked goes, and what it had begun is finished first. `false` if the connection
    /// is over.
    pub fn hold(&self, connection: ConnectionId, holding: Option<HoldSettings>) -> bool {
        self.hub.control(connection, Control::Hold(holding))
    }

    /// What is done with connections that come from now on.
    pub fn hold_new(&self, holding: Option<HoldSettings>) {
        self.hub.hold_new(holding);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Takes connections until it is aborted, which ends them too.
async fn accept(hub: Arc<Hub>, listener: TcpListener) {
    let mut served = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => {
                    let hub = Arc::clone(&hub);
                    let (id, controls) = hub.enter();
                    served.spawn(async move { serve(&hub, id, client, controls).await });
                }
                // No descriptors are left: some connection must end first.
                Err(_) if !served.is_empty() => drop(served.join_next().await),
                Err(_) => tokio::task::yield_now().await,
            },
            Some(_) = served.join_next() => {}
        }
    }
}
