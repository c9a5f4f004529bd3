//! Every strategy on a real PostgreSQL, at full speed and stepped.

mod common;
mod explore;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../support/small.rs"]
mod small;
mod strategies;
