//! A database of the user's own that is only asked: nothing is made in it, and nothing changed.

use super::asking::{ask_all, next_transaction, waiting_here};
use super::sql;
use crate::database::error::ServerError;
use crate::database::fingerprint::Fingerprint;
use crate::database::own_tables::InvariantRows;
use crate::database::postgres::server::PostgresServer;
use crate::database::postgres::text_link::TextLink;
use crate::database::postgres::wire::WireFailure;

/// By which `pg_stat_activity` shows its connections.
const NAME: &str = "sim";

/// The database that the address of a server names, with the connection that asks it.
#[derive(Debug)]
pub struct PostgresReadOnly {
    server: PostgresServer,
    control: TextLink,
}

impl PostgresReadOnly {
    pub(in crate::database) async fn open(server: &PostgresServer) -> Result<Self, ServerError> {
        let server = server.clone().read_only();
        let control = server.connect_for_text(NAME, &sql::SETTINGS).await?;
        Ok(Self { server, control })
    }

    pub(in crate::database) async fn fingerprint(&mut self) -> Result<Fingerprint, ServerError> {
        let mut link = self.server.connect(NAME).await?;
        let fingerprint = self.server.fingerprint(&mut link).await;
        link.close().await;
        fingerprint
    }

    pub(in crate::database) async fn invariants(
        &mut self,
        questions: &[&str],
    ) -> Result<Vec<Result<InvariantRows, String>>, ServerError> {
        ask_all(&mut self.control, questions).await
    }

    pub(in crate::database) async fn waiting_for_locks(
        &mut self,
    ) -> Result<Vec<(i32, i64)>, ServerError> {
        waiting_here(&mut self.control).await
    }

    pub(in crate::database) async fn next_transaction(&mut self) -> Result<u64, ServerError> {
        next_transaction(&mut self.control).await
    }

    pub(in crate::database) async fn is_lost(&mut self) -> bool {
        let asked = self.control.run(sql::NOW, &[]).await;
        matches!(asked, Err(WireFailure::Lost { .. }))
    }

    pub(in crate::database) async fn reopen(&mut self) -> Result<(), ServerError> {
        self.control = self.server.connect_for_text(NAME, &sql::SETTINGS).await?;
        Ok(())
    }

    pub(in crate::database) async fn close(self) {
        self.control.close().await;
    }
}
