//! The role that owns the databases of a run.

use crate::database::postgres::server::PostgresServer;

/// The role that owns the databases: scripts and set-up run as it.
#[derive(Debug, Clone)]
pub(super) struct DatabaseOwner {
    pub(super) role: String,
    /// `None` for the role that `sim` itself connects as.
    pub(super) password: Option<String>,
}

impl DatabaseOwner {
    pub(super) fn server(&self, server: &PostgresServer) -> PostgresServer {
        match &self.password {
            Some(password) => server.as_role(&self.role, password),
            None => server.clone(),
        }
    }
}
