//! The shop's connections to the database, shared by its requests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_channel::{Receiver, Sender};

use super::problem::Problem;
use crate::cell::Cell;
use crate::database::{Connection, Connector, Schema, Server, ServerError, Tell, UNTIL_PLANNED};
use crate::effect::Kind;
use crate::session::{self, Error, Session};
use crate::statement::{Reply, Statement};

/// What opens the shop's connections.
pub(super) struct Source {
    pub(super) server: Server,
    pub(super) tell: Tell,
    pub(super) schema: String,
    pub(super) cell: Cell,
}

/// So many places, each with a connection or room for one.
pub(super) struct Pool {
    source: Source,
    connector: Mutex<Known>,
    free: (Sender<Place>, Receiver<Place>),
}

/// The way to the server.
struct Known {
    connector: Connector,
    /// How often a connection was lost: older ones than that are not trusted.
    losses: u64,
}

/// A connection, with the losses that were known when it was opened.
type Place = Option<(Connection, u64)>;

impl Pool {
    pub(super) fn new(source: Source, connector: Connector, places: usize) -> Arc<Self> {
        let free = async_channel::bounded(places);
        for _ in 0..places {
            free.0.try_send(None).expect("room for each place");
        }
        let connector = Mutex::new(Known {
            connector,
            losses: 0,
        });
        Arc::new(Self {
            source,
            connector,
            free,
        })
    }

    /// Takes a connection, and opens it where that is due. Not to be dropped before it is
    /// done, as every future of a database.
    ///
    /// # Errors
    /// Every connection is in use for longer than `patience`, or the server refuses or is
    /// gone.
    pub(super) async fn take(self: &Arc<Self>, patience: Duration) -> Result<Lease, Problem> {
        let waiting = tokio::time::timeout(patience, self.free.1.recv());
        let Ok(Ok(place)) = waiting.await else {
            return Err(Problem::busy("every connection to the database is in use"));
        };
        let mut lease = Lease {
            pool: Arc::clone(self),
            place,
            is_open: false,
        };
        lease
            .open()
            .await
            .map_err(|error| Problem::unavailable(error.to_string()))?;
        Ok(lease)
    }

    /// Opens every connection.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub(super) async fn fill(self: &Arc<Self>) -> Result<(), ServerError> {
        let mut leases = Vec::new();
        while let Ok(place) = self.free.1.try_recv() {
            let mut lease = Lease {
                pool: Arc::clone(self),
                place,
                is_open: false,
            };
            lease.open().await?;
            leases.push(lease);
        }
        Ok(())
    }

    /// Waits until no connection is in use, and closes them.
    pub(super) async fn close(&self) {
        for _ in 0..self.free.1.capacity().unwrap_or_default() {
            if let Ok(Some((connection, _))) = self.free.1.recv().await {
                connection.close().await;
            }
        }
    }

    fn known(&self) -> (Connector, u64) {
        let known = self
            .connector
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        (known.connector.clone(), known.losses)
    }

    async fn connect(&self) -> Result<(Connection, u64), ServerError> {
        let (mut connector, losses) = self.known();
        let mut opened = connector.connect_for_text(self.source.cell.level).await;
        if matches!(opened, Err(ServerError::NoAnswer { .. })) {
            // That server is not asked again, whatever becomes of it: the same one anew.
            connector = self.look_again().await?;
            opened = connector.connect_for_text(self.source.cell.level).await;
        }
        let mut connection = opened?;
        let warm = connection.warm_up(self.source.cell.subject, 1, UNTIL_PLANNED);
        warm.await.map_err(|error| ServerError::Query {
            what: "prepare the strategy's statements",
            reason: error.to_string(),
            is_refusal: false,
        })?;
        Ok((connection, losses))
    }

    async fn look_again(&self) -> Result<Connector, ServerError> {
        let Source {
            server,
            tell,
            schema,
            ..
        } = &self.source;
        let server = server
            .clone()
            .with_patience(server.patience(), Arc::clone(tell));
        let schema = Schema::connect(server, schema.clone()).await?;
        let connector = schema.connector();
        schema.close().await;
        let mut known = self
            .connector
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.connector = connector.clone();
        Ok(connector)
    }
}

/// A connection that one request uses.
pub(super) struct Lease {
    pool: Arc<Pool>,
    place: Place,
    /// Whether a transaction is open.
    is_open: bool,
}

impl Lease {
    async fn open(&mut self) -> Result<(), ServerError> {
        let losses = self.pool.known().1;
        if self.place.as_ref().is_none_or(|(_, known)| *known < losses) {
            self.place = None;
            self.place = Some(self.pool.connect().await?);
        }
        Ok(())
    }

    /// Whether a transaction is open.
    pub(super) const fn is_open(&self) -> bool {
        self.is_open
    }

    fn note_loss(&mut self) {
        self.place = None;
        let known = self.pool.connector.lock();
        known.unwrap_or_else(PoisonError::into_inner).losses += 1;
    }
}

impl Drop for Lease {
    /// What is left in the middle of a transaction is closed: its server process undoes it.
    fn drop(&mut self) {
        let place = self.place.take().filter(|_| !self.is_open);
        // Each place came from there.
        let _ = self.pool.free.0.try_send(place);
    }
}

impl Session for Lease {
    async fn execute(&mut self, statement: Statement) -> session::Result<Reply> {
        let kind = statement.effect().kind;
        let Some((connection, _)) = &mut self.place else {
            return Err(Error::ConnectionLost("earlier in this request".into()));
        };
        // Until the end is known to be one.
        self.is_open |= kind == Kind::Begin;
        let reply = connection.execute(statement).await;
        // By the reply, or by a race that was lost at COMMIT: the transaction is over.
        let is_over = matches!(reply, Ok(_) | Err(Error::RolledBack | Error::Conflict(_)));
        if kind.ends() && is_over {
            self.is_open = false;
        }
        if matches!(reply, Err(Error::ConnectionLost(_))) {
            self.note_loss();
        }
        reply
    }
}
