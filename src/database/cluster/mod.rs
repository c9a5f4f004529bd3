//! A private, throw-away PostgreSQL: started for one run, gone after it, whatever happens.
//!
//! ```text
//! TMPDIR/sim-<16 hex digits>/   the caller's: no other user may put names here; made and removed by the reaper
//!     owner                     locked as long as the caller lives
//!     log                       what the server says
//!     pg/                       the server's, until it is ready; then the caller's again
//!         data/                 the cluster, the server's
//!         .s.PGSQL.5432         the way in without a password; the only one, unless an application
//!                               is to come in (`listening`)
//! ```
//!
//! Where the caller is root, the server's user is another one, and nothing here believes it: a
//! process of that user must not lead root to any other file. A base in which other users may
//! exchange names is refused ([`ClusterError::Dangerous`]).
//!
//! Three things end it: [`Cluster::stop`] or a drop; the kernel, which signals the server when this
//! process ends (Linux); and the reaper, a small shell that notices our end by end of file. Where
//! all of them were killed, the next run sweeps away what is left ([`sweep`](sweep())).
//! `fsync`, `synchronous_commit` and `autovacuum` stay at their defaults, for `fsync=off` would
//! flatter the latency of commits.

mod account;
mod binaries;
mod cache;
#[expect(clippy::module_inception, reason = "it is what the folder is about")]
mod cluster;
mod download;
mod error;
mod home;
mod initdb;
mod keeper;
mod listening;
mod package;
mod place;
mod postmaster;
mod reaper;
mod remains;
mod search;
mod server;
mod settings;
mod sweep;
mod trust;

pub use binaries::{Binaries, ServerVersion};
pub use cluster::Cluster;
pub use download::{fetch, fetched_before};
pub use error::{ClusterError, ways_to_go_on};
pub use keeper::spawn as spawn_tied;
pub use listening::LISTENING_HOST;
pub use search::OVERRIDE;
pub use settings::ClusterSettings;
pub use sweep::sweep;
