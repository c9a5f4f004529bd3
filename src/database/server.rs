//! A server, whichever engine it is.

use std::path::Path;
use std::time::Duration;

use super::engine::Engine;
use super::error::ServerError;
use super::patience::Tell;
use super::postgres;
use super::postgres::wire::WireAddress;

/// A server that can be connected to. Its clones share one watch over the calls of all
/// their connections.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the engines")]
pub enum Server {
    Postgres(postgres::PostgresServer),
}

impl Server {
    /// A server by its URL; the scheme names the engine.
    /// `postgres://user:password@host:port/database`: what it leaves out is taken from
    /// the `PG*` variables, as libpq does.
    ///
    /// # Errors
    /// [`ServerError::Url`], without repeating the URL: it may hold a password.
    pub fn from_url(url: &str) -> Result<Self, ServerError> {
        postgres::PostgresServer::from_url(url).map(Self::Postgres)
    }

    /// Which engine it is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self {
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// The private PostgreSQL behind a unix socket. Every option that `PG*`
    /// variables could set is overridden.
    #[must_use]
    pub fn private(socket_dir: &Path, port: u16, superuser: &str) -> Self {
        Self::Postgres(postgres::PostgresServer::private(
            socket_dir, port, superuser,
        ))
    }

    /// The same private server, which listens on a port too
    /// ([`ClusterSettings::listens`](super::cluster::ClusterSettings)): programs of the user's come in
    /// there.
    #[must_use]
    pub fn listening(self, port: u16) -> Self {
        ask!(self, listening(port) => Self)
    }

    /// The same server, given up when it has not answered for so long; `tell`
    /// hears of it before.
    #[must_use]
    pub fn with_patience(self, patience: Duration, tell: Tell) -> Self {
        ask!(self, with_patience(patience, tell) => Self)
    }

    /// The same server, on which each schema says in its comment that this process made it: once
    /// the process is dead, [`Schema::sweep`](super::Schema::sweep) of another run drops it.
    #[must_use]
    pub fn marked(self) -> Self {
        ask!(self, marked() => Self)
    }

    /// The same server, in whose sessions each transaction is read-only.
    #[must_use]
    pub fn read_only(self) -> Self {
        ask!(self, read_only() => Self)
    }

    /// How long the server may be silent.
    #[must_use]
    pub fn patience(&self) -> Duration {
        ask!(self, patience())
    }

    /// Where it is, for messages and reports: never a password.
    #[must_use]
    pub fn address(&self) -> String {
        ask!(self, address())
    }

    /// Where its protocol is spoken, for a proxy before it; `None` if it is not on this
    /// machine. A proxy speaks in clear.
    #[must_use]
    pub fn local_address(&self) -> Option<WireAddress> {
        ask!(self, local_address())
    }

    /// The role and the database that its URL names, for a client of a proxy before it.
    #[must_use]
    pub fn role_and_database(&self) -> (String, String) {
        ask!(self, role_and_database())
    }

    /// Begins to watch over the calls of all connections that come, over a
    /// connection of its own.
    ///
    /// # Errors
    /// The server has no room for it, refuses or is gone.
    pub async fn keep_watch(&self) -> Result<(), ServerError> {
        ask!(self, keep_watch().await)
    }

    /// Refuses a pooler in transaction or statement mode, and a read replica, before anything is
    /// made.
    ///
    /// Several connections each leave a mark in their session, one after the
    /// other, and look for it in the opposite order, then all in transactions at
    /// once: a pooler that hands out what was used last, or what waited longest,
    /// gives some of them a server process that another one has used.
    ///
    /// # Errors
    /// [`ServerError::Pooler`], [`ServerError::Replica`]; or the server refuses or is gone.
    pub async fn refuse_stand_in(&self) -> Result<(), ServerError> {
        ask!(self, refuse_stand_in().await)
    }

    /// Drops the databases of a run's own tables and its role, with the sessions in them. What was
    /// never made is no error.
    ///
    /// # Errors
    /// The server refuses or is gone; then some of it is still there.
    pub async fn drop_playground(&self, name: &str) -> Result<(), ServerError> {
        ask!(self, drop_playground(name).await)
    }

    /// Drops the databases and roles of own tables that dead runs left on the server, and names
    /// these runs: as [`Schema::sweep`](super::Schema::sweep) does with schemas.
    pub async fn sweep_playgrounds(&self) -> Vec<String> {
        ask!(self, sweep_playgrounds().await)
    }

    /// Drops a run's schema with all it holds. Connections of the run that are
    /// still open are ended first: their locks would stand in the way.
    ///
    /// # Errors
    /// The server refuses or is gone; then the schema is still there.
    pub async fn drop_schema(&self, name: &str) -> Result<(), ServerError> {
        ask!(self, drop_schema(name).await)
    }
}
