//! How an attempt reads, decides and writes: one file a strategy, one enum
//! that names them all.
//!
//! A strategy is plain async code over a [`Session`](crate::session::Session). It knows no database
//! driver, no runtime and no clock. It answers what the buyer is told; an
//! attempt that it leaves open is rolled back by [`crate::flow`]. To add
//! one, write its file and name it in [`Strategy`].

mod atomic;
mod autocommit;
mod blind_decrement;
mod catalogue;
mod check_constraint;
mod check_outside;
mod check_then_decrement;
mod check_then_update;
mod naive;
mod optimistic;
mod profile;
mod rehearsal;
mod row_lock;
mod version_ignored;

pub use catalogue::Strategy;
pub use profile::{Answer, Expected, Profile, Role};
pub use rehearsal::{Rehearsed, Then, Unusual, branches, rehearse};
