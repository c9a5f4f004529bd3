//! Stepping: what is known of small shops, the reduction against the whole,
//! and PostgreSQL against the model.
//!
//! The slow tests step what takes a release build:
//! `cargo test --release --test database -- --ignored`. Random ones print their
//! seed; `SIM_TEST_SEED` repeats it.

mod conformance;
mod opaque;
mod pairs;
mod reduction;
mod stage;
mod tables;
