//! PostgreSQL in memory: what its sessions would answer to a checkout's
//! statements, and which session would wait for which.
//!
//! A [`Store`] is a value. It has no clock, no thread and no randomness; one
//! call carries out one statement, and everything that the statement frees has
//! settled when the call returns. It models what PostgreSQL 15 does at read
//! committed and at repeatable read, down to the queue in front of each version
//! of a row, and nothing else: it does not know serializable, and says so.
//!
//! Where one statement frees two sessions, PostgreSQL lets them race; the store
//! lets the one go first that fell asleep first, which is also the one that
//! PostgreSQL wakes first. [`Store::is_race`] tells where that matters.

mod admission;
mod advance;
mod client;
mod execute;
mod heap;
mod row;
mod store;
mod task;
mod transaction;
mod tuple_lock;
mod wait;

pub use store::Store;
