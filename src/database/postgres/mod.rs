//! PostgreSQL: the only place that speaks SQL.

mod connection;
mod error;
mod eyes;
mod keepalive;
mod link;
mod pooler;
mod ready;
mod schema;
mod server;
mod spec;
pub mod sql;
mod state;
mod stepping;
mod text;
mod url;
mod watch;

pub use connection::Connection;
pub use error::Error;
pub use link::Backend;
pub use ready::{drop_schema, once_ready};
pub use schema::{Connector, Schema};
pub use server::{Fingerprint, Server};
pub use spec::Spec;
pub use watch::{PATIENCE, TOLD_AFTER, Tell};
