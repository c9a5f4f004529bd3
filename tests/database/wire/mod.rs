//! The client against a real PostgreSQL, and against servers that misbehave.

mod failures;
mod held;
mod impostors;
pub mod server;
mod sessions;
mod statements;
#[cfg(feature = "tls")]
mod tls;
mod types;
