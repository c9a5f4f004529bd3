//! Every strategy on a real PostgreSQL, at full speed and stepped.

mod common;
mod explore;
#[path = "../support/small.rs"]
mod small;
mod strategies;
