//! The proxy against a real PostgreSQL: what the client gets is what it would get without.

mod cases;
mod codec;
mod drivers;
mod faults;
mod holding;
mod recorder;
mod same_bytes;
mod snapshots;
mod talk;
