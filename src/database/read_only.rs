//! A database of the user's own that is only asked.

use super::error::ServerError;
use super::fingerprint::Fingerprint;
use super::own_tables::InvariantRows;
use super::postgres;
use super::server::Server;

/// A database in which nothing is made and nothing changed, with the connection that asks it. The
/// server itself holds that: every transaction of its sessions is read-only.
#[derive(Debug)]
#[expect(missing_docs, reason = "the engines")]
pub enum ReadOnlyDatabase {
    Postgres(postgres::PostgresReadOnly),
}

impl ReadOnlyDatabase {
    /// Opens the database that the address of a server names.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn open(server: &Server) -> Result<Self, ServerError> {
        match server {
            Server::Postgres(server) => {
                let opened = postgres::PostgresReadOnly::open(server).await;
                opened.map(Self::Postgres)
            }
        }
    }

    /// What a report says of the server.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn fingerprint(&mut self) -> Result<Fingerprint, ServerError> {
        ask!(self, fingerprint().await)
    }

    /// As [`Ground::invariants`](super::playground::Ground::invariants).
    ///
    /// # Errors
    /// The server is gone.
    pub async fn invariants(
        &mut self,
        questions: &[&str],
    ) -> Result<Vec<Result<InvariantRows, String>>, ServerError> {
        ask!(self, invariants(questions).await)
    }

    /// As [`Schema::waiting_for_locks`](super::schema::Schema::waiting_for_locks), of every session
    /// of this database that the role may see.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn waiting_for_locks(&mut self) -> Result<Vec<(i32, i64)>, ServerError> {
        ask!(self, waiting_for_locks().await)
    }

    /// As [`Ground::next_transaction`](super::playground::Ground::next_transaction).
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn next_transaction(&mut self) -> Result<u64, ServerError> {
        ask!(self, next_transaction().await)
    }

    /// Whether its connection was cut.
    pub async fn is_lost(&mut self) -> bool {
        ask!(self, is_lost().await)
    }

    /// Opens another connection in place of one that was cut.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn reopen(&mut self) -> Result<(), ServerError> {
        ask!(self, reopen().await)
    }

    /// Closes its connection.
    pub async fn close(self) {
        ask!(self, close().await)
    }
}
