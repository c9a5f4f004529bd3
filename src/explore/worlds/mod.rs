//! Where schedules run. [`gate`] parks the buyers of this process in front of a
//! [`world::World`]: a real database ([`engine`]) or the model of PostgreSQL in memory
//! ([`memory`]).

mod buyer;
mod comings;
pub mod engine;
mod examine;
mod free;
pub mod gate;
pub mod memory;
mod overtaking;
pub mod proxied;
pub mod proxy;
mod told;
pub mod world;
