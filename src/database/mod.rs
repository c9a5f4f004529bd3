//! The databases behind the seam, each in a folder of its own, and the private
//! cluster. An engine's own rules (what an error does to a transaction, whether a
//! read waits, how a lock is seen) stand in its folder only.

/// Passes a question on to the engine behind it: `ask!(self, patience())`. An answer
/// that is of the engine too is wrapped again: `ask!(self, connector() => Connector)`.
/// A new engine is one more arm for each of the two.
macro_rules! ask {
    ($engine:expr, $question:ident($($with:expr),*)$(.$await:ident)?) => {
        match $engine {
            Self::Postgres(it) => it.$question($($with),*)$(.$await)?,
        }
    };
    ($engine:expr, $question:ident($($with:expr),*) => $wrapped:ident) => {
        match $engine {
            Self::Postgres(it) => $wrapped::Postgres(it.$question($($with),*)),
        }
    };
}

pub mod cluster;
mod connection;
mod engine;
mod error;
mod fingerprint;
mod patience;
mod postgres;
mod ready;
mod schema;
mod server;

pub use connection::Connection;
pub use engine::Engine;
pub use error::ServerError;
pub use fingerprint::{Backend, Fingerprint};
pub use patience::{PATIENCE, TOLD_AFTER, Tell};
pub use postgres::Spec;
pub use ready::{drop_schema, once_ready};
pub use schema::{Connector, Schema};
pub use server::Server;
