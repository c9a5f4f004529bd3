//! The connections that the buyers share: each is held for one attempt.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::patience::{RECONNECT_MAX, RECONNECT_PAUSE};
use crate::checkout::warm_up;
use crate::database::postgres::{Connection, Connector, Error};
use crate::shop::Isolation;
use crate::strategy::Strategy;

/// How long the connections of the run before may take to free their places.
const ROOM_MAX: Duration = Duration::from_secs(1);

/// The server starts a process for each, and prepares its statements: more at
/// a time than there are cores would only wait for each other.
const OPENED_AT_ONCE: usize = 4;

/// A fixed number of connections, handed out first come, first served.
#[derive(Debug)]
pub struct Pool {
    connector: Connector,
    strategy: Strategy,
    isolation: Isolation,
    /// `None` stands for a connection that was lost and is opened again by
    /// whoever takes its place.
    idle: Mutex<Vec<Option<Connection>>>,
    places: Arc<Semaphore>,
    size: usize,
}

/// A connection of the pool, for one attempt.
#[derive(Debug)]
pub struct Lease {
    /// The connection.
    pub connection: Connection,
    place: OwnedSemaphorePermit,
}

impl Pool {
    /// Opens every connection and prepares its statements. Nobody gets one
    /// before [`Pool::open_doors`].
    ///
    /// # Errors
    /// The server refuses; then none is left open.
    pub async fn open(
        connector: Connector,
        size: usize,
        strategy: Strategy,
        isolation: Isolation,
    ) -> Result<Self, Error> {
        let lanes = size.clamp(1, OPENED_AT_ONCE);
        let mut opening = JoinSet::new();
        for lane in 0..lanes {
            let (connector, share) = (connector.clone(), (size - lane).div_ceil(lanes));
            opening.spawn(async move { open_some(&connector, share, strategy, isolation).await });
        }
        let opened: Result<Vec<_>, Error> = opening.join_all().await.into_iter().collect();
        let opened = opened.map_err(|error| wanting(size, error))?;
        let idle: Vec<_> = opened.into_iter().flatten().map(Some).collect();
        Ok(Self {
            connector,
            strategy,
            isolation,
            idle: Mutex::new(idle),
            places: Arc::new(Semaphore::new(0)),
            size,
        })
    }

    /// Lets the buyers at the connections.
    pub fn open_doors(&self) {
        self.places.add_permits(self.size);
    }

    /// Waits for a place, first come, first served.
    ///
    /// # Panics
    /// Never: the semaphore is not closed.
    pub async fn queue(&self) -> OwnedSemaphorePermit {
        let places = Arc::clone(&self.places);
        places.acquire_owned().await.expect("never closed")
    }

    /// Takes a connection for a place, and opens it again if it was lost.
    ///
    /// # Errors
    /// The server is dead or refuses, for longer than a restart takes.
    pub async fn lease(&self, place: OwnedSemaphorePermit) -> Result<Lease, Error> {
        let idle = self.idle().pop().flatten();
        let connection = match idle {
            Some(connection) => connection,
            None => Box::pin(persist(
                &self.connector,
                self.strategy,
                self.isolation,
                RECONNECT_MAX,
            ))
            .await
            .inspect_err(|_| self.idle().push(None))?,
        };
        Ok(Lease { connection, place })
    }

    /// Takes a connection back.
    pub fn give_back(&self, lease: Lease) {
        self.idle().push(Some(lease.connection));
        drop(lease.place);
    }

    /// Takes back the place of a connection that is lost.
    pub fn give_up(&self, lease: Lease) {
        self.idle().push(None);
        drop(lease);
    }

    /// Closes every idle connection.
    pub async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle.into_iter().flatten() {
            connection.close().await;
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Option<Connection>>> {
        self.idle
            .lock()
            .expect("no code panics while it holds the list")
    }
}

async fn open_some(
    connector: &Connector,
    share: usize,
    strategy: Strategy,
    isolation: Isolation,
) -> Result<Vec<Connection>, Error> {
    let mut opened = Vec::with_capacity(share);
    for _ in 0..share {
        opened.push(persist(connector, strategy, isolation, ROOM_MAX).await?);
    }
    Ok(opened)
}

/// Connects, and again if the connection is cut before it can be used; waits
/// at most `room_max` for a place on a full server.
async fn persist(
    connector: &Connector,
    strategy: Strategy,
    isolation: Isolation,
    room_max: Duration,
) -> Result<Connection, Error> {
    let began = Instant::now();
    loop {
        let error = match connect(connector, strategy, isolation).await {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        let limit = match error {
            Error::TooManyConnections { .. } => room_max,
            _ => RECONNECT_MAX,
        };
        if began.elapsed() > limit {
            return Err(error);
        }
        tokio::time::sleep(RECONNECT_PAUSE).await;
    }
}

async fn connect(
    connector: &Connector,
    strategy: Strategy,
    isolation: Isolation,
) -> Result<Connection, Error> {
    let mut connection = connector.connect(isolation).await?;
    warm_up(&mut connection, strategy, isolation)
        .await
        .map_err(|error| Error::Query {
            what: "prepare the strategy's statements",
            reason: error.to_string(),
        })?;
    Ok(connection)
}

/// Says how many connections the run wanted in all.
fn wanting(wanted: usize, error: Error) -> Error {
    match error {
        Error::TooManyConnections { server, reason, .. } => Error::TooManyConnections {
            server,
            wanted,
            reason,
        },
        error => error,
    }
}
