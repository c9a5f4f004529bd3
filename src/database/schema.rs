//! The run's own schema: everything that a run creates lives in it, and
//! nothing else is touched.

use std::time::Duration;

use super::connection::Connection;
use super::engine::Engine;
use super::error::ServerError;
use super::fingerprint::{Backend, Fingerprint};
use super::holdings::Holdings;
use super::postgres;
use super::server::Server;
use crate::cell::Cell;
use crate::shop::{CheckoutKey, Isolation, Supply};
use crate::subject;
use crate::value::State;

/// A schema of the run's own, with the connection that looks after it.
#[derive(Debug)]
#[expect(missing_docs, reason = "the engines")]
pub enum Schema {
    Postgres(postgres::PostgresSchema),
}

/// Opens the run's connections.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the engines")]
pub enum Connector {
    Postgres(postgres::PostgresConnector),
}

impl Schema {
    /// Creates a schema named `name`.
    ///
    /// # Errors
    /// No connection, or a role that may not create schemas.
    ///
    /// # Panics
    /// As [`Schema::connect`].
    pub async fn create(server: Server, name: String) -> Result<Self, ServerError> {
        let mut schema = Self::connect(server, name).await?;
        schema.make().await?;
        Ok(schema)
    }

    /// Connects to the server of a schema that is still to be made.
    ///
    /// # Errors
    /// No connection.
    ///
    /// # Panics
    /// If the name has other characters than `a-z`, `0-9` and `_`: it stands
    /// in SQL without quotes.
    pub async fn connect(server: Server, name: String) -> Result<Self, ServerError> {
        let harmless = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(name.chars().all(harmless), "schema name {name:?}");
        match server {
            Server::Postgres(server) => {
                let schema = postgres::PostgresSchema::connect(server, name).await;
                schema.map(Self::Postgres)
            }
        }
    }

    /// Which engine it stands on.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self {
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Makes it.
    ///
    /// # Errors
    /// A role that may not create schemas, or a connection that broke.
    pub async fn make(&mut self) -> Result<(), ServerError> {
        ask!(self, make().await)
    }

    /// Drops the schemas that dead runs left on the server, and names them: those with the comment
    /// of a process that has ended on this machine, and without a session. What cannot be dropped
    /// is left: the run does not need it to be gone.
    pub async fn sweep(&mut self) -> Vec<String> {
        ask!(self, sweep().await)
    }

    /// How long the server may be silent before it is given up.
    #[must_use]
    pub fn patience(&self) -> Duration {
        ask!(self, patience())
    }

    /// Its name, which is also the application name of its connections.
    #[must_use]
    pub fn name(&self) -> &str {
        ask!(self, name())
    }

    /// Where it is, for messages and reports: never a password.
    #[must_use]
    pub fn address(&self) -> String {
        ask!(self, address())
    }

    /// What a report says of the server.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn fingerprint(&mut self) -> Result<Fingerprint, ServerError> {
        ask!(self, fingerprint().await)
    }

    /// Makes empty tables and puts `supply` on the shelves; whatever an
    /// earlier run left in the schema is dropped.
    ///
    /// # Errors
    /// The server refused or the connection broke.
    pub async fn lay_out(
        &mut self,
        supply: &[Supply],
        stock_check: bool,
    ) -> Result<(), ServerError> {
        ask!(self, lay_out(supply, stock_check).await)
    }

    /// Opens the schema's own connection again if it was cut.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn reconnect_if_lost(&mut self) -> Result<(), ServerError> {
        ask!(self, reconnect_if_lost().await)
    }

    /// Whether the schema's own connection was cut.
    pub async fn is_lost(&mut self) -> bool {
        ask!(self, is_lost().await)
    }

    /// What opens the run's connections.
    #[must_use]
    pub fn connector(&self) -> Connector {
        ask!(self, connector() => Connector)
    }

    /// Closes the schema's own connection; the schema stays until
    /// [`Server::drop_schema`].
    pub async fn close(self) {
        ask!(self, close().await)
    }

    /// Reads the run's tables in one snapshot.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn state(&mut self) -> Result<State, ServerError> {
        ask!(self, state().await)
    }

    /// Whether an order of this checkout is in the database.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn has_order(&mut self, key: CheckoutKey) -> Result<bool, ServerError> {
        ask!(self, has_order(key).await)
    }

    /// Whether the server process of a lost connection still runs: as long as
    /// it does, its COMMIT may still come.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn is_alive(&mut self, backend: Backend) -> Result<bool, ServerError> {
        ask!(self, is_alive(backend).await)
    }

    /// The backends of the run that wait for a lock right now, each with the
    /// start of its statement in microseconds since 1970: the same pair seen
    /// twice is one wait.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn waiting_for_locks(&mut self) -> Result<Vec<(i32, i64)>, ServerError> {
        ask!(self, waiting_for_locks().await)
    }

    /// Switches autovacuum off for the run's tables: at serializable, a plan
    /// that changes between two schedules changes what is noticed. Nor does
    /// putting the tables back wait for a disk.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn prepare_for_stepping(&mut self) -> Result<(), ServerError> {
        ask!(self, prepare_for_stepping().await)
    }

    /// Takes away the dead rows of earlier schedules.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn vacuum(&mut self) -> Result<(), ServerError> {
        ask!(self, vacuum().await)
    }

    /// Puts the tables back to the start: no orders, and `supply` on the
    /// shelves.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn put_back(&mut self, supply: &[Supply]) -> Result<(), ServerError> {
        ask!(self, put_back(supply).await)
    }

    /// For each of `backends`, the server processes it waits for; empty for
    /// one that does not wait.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn blockers(
        &mut self,
        backends: &[i32],
    ) -> Result<Vec<(i32, Vec<i32>)>, ServerError> {
        ask!(self, blockers(backends).await)
    }

    /// Notes the tables that there are, so that [`Schema::held`] can name them; whatever is
    /// made later is anything to it. Answers whether a COMMIT may wait, since a check can be
    /// put off until then.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn know_relations(&mut self) -> Result<bool, ServerError> {
        ask!(self, know_relations().await)
    }

    /// What the transaction of a session has touched so far; it is not waiting for a lock.
    /// Anything, where [`Schema::know_relations`] was not asked, or found that locks do not
    /// tell all.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn held(&mut self, backend: Backend) -> Result<Holdings, ServerError> {
        ask!(self, held(backend).await)
    }

    /// Ends a server process, as a cut connection would.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn terminate(&mut self, backend: Backend) -> Result<(), ServerError> {
        ask!(self, terminate(backend).await)
    }
}

impl Connector {
    /// Opens one of the run's connections for a cell. It has the cell's level as its
    /// default: statements outside a transaction have no other way to get it. Where the
    /// subject's statements are only text, every value is text, and the tables are found in
    /// the schema.
    ///
    /// # Errors
    /// The server refuses or is gone; for text and without the feature `tls`, a server that
    /// speaks TLS.
    pub async fn connect(&self, cell: Cell) -> Result<Connection, ServerError> {
        match self {
            Self::Postgres(_) if subject::is_text(cell.subject) => {
                self.connect_for_text(cell.level).await
            }
            Self::Postgres(it) => it.connect(cell.level).await.map(Connection::Postgres),
        }
    }

    /// Opens one for statements that are only text, and for every other one: each value
    /// goes and comes as text.
    ///
    /// # Errors
    /// As [`Connector::connect`] for text.
    pub async fn connect_for_text(&self, level: Isolation) -> Result<Connection, ServerError> {
        match self {
            Self::Postgres(it) => {
                let connection = it.connect_for_text(level).await;
                connection.map(Connection::PostgresText)
            }
        }
    }
}
