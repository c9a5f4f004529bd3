//! PostgreSQL: the only place that speaks SQL.

mod connection;
mod error;
mod eyes;
mod keepalive;
mod link;
mod pooler;
mod schema;
mod server;
mod spec;
pub(super) mod sql;
mod state;
mod stepping;
mod text;
mod url;
mod watch;
mod within;

pub use connection::PostgresConnection;
pub use schema::{PostgresConnector, PostgresSchema};
pub use server::PostgresServer;
pub use spec::Spec;
