//! The databases behind the seam, each in a folder of its own, and the private
//! cluster. What an engine's errors and locks mean on its own
//! connections stands in its folder; the rules that stepping shares with the model of
//! PostgreSQL stand in `effect` and `explore`.

mod access;
#[macro_use]
mod ask;
pub mod cluster;
mod connection;
mod engine;
mod error;
mod fingerprint;
mod holdings;
mod maker;
mod own_tables;
mod passed_on;
mod patience;
mod playground;
mod postgres;
mod read_only;
mod ready;
mod rules;
mod schema;
mod server;

pub use access::DatabaseAccess;
pub use connection::{Connection, UNTIL_PLANNED};
pub use engine::Engine;
pub use error::ServerError;
pub use fingerprint::{Backend, Fingerprint};
pub use holdings::{Holdings, Relations};
pub use own_tables::{
    EffectRow, InvariantRows, OutcomeRow, OwnLocks, OwnSequence, SetUpError, TouchedBeyond,
    Unresettable,
};
pub use passed_on::passed_on;
pub use patience::{PATIENCE, TOLD_AFTER, Tell};
pub use playground::{Ground, GroundCopy, Playground};
pub use postgres::Spec;
pub use postgres::wire;
pub use read_only::ReadOnlyDatabase;
pub use ready::{Asking, drop_playground, drop_schema, once_ready};
pub use rules::RuleError;
pub use schema::{Connector, Schema};
pub use server::Server;
