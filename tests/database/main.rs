//! Every strategy on a real PostgreSQL, at full speed and stepped.

mod common;
mod explore;
mod strategies;
