//! The proxy against a real PostgreSQL: what the client gets is what it would get without.

mod cases;
mod faults;
mod holding;
mod same_bytes;
mod snapshots;
mod talk;
