//! PostgreSQL: the only place that speaks SQL.

mod access;
mod connection;
mod error;
mod eyes;
mod keepalive;
mod link;
mod playground;
mod reader;
mod relation_sql;
mod relations;
mod schema;
mod server;
mod spec;
pub(super) mod sql;
mod stand_in;
mod state;
mod stepping;
mod text_connection;
mod text_link;
mod text_traffic;
mod url;
mod watch;
pub mod wire;
mod within;

pub use connection::PostgresConnection;
pub use playground::{PostgresCopy, PostgresGround, PostgresPlayground, PostgresReadOnly};
pub use schema::{PostgresConnector, PostgresSchema};
pub use server::PostgresServer;
pub use spec::Spec;
pub use text_connection::PostgresTextConnection;
