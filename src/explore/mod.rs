//! Stepped: every order in which a few buyers' statements can reach the
//! database, or a sample of them.
//!
//! [`arena`] is the seam: sessions that park before each statement and are
//! admitted one at a time. [`gate`] parks the buyers of this process in front
//! of a [`gate::World`]: a real PostgreSQL ([`postgres`]) or the model in
//! memory ([`memory`]). [`walk`] runs one schedule, [`search`] many of them, within [`bounds`];
//! [`footprint`] says which orders cannot be told apart. [`found`] says how
//! schedules end, and [`trace`] shows one with every statement and reply.

pub mod arena;
pub mod bounds;
mod buyer;
pub mod case;
pub mod footprint;
pub mod found;
pub mod gate;
pub mod memory;
pub mod postgres;
mod queue;
pub mod reduction;
pub mod search;
mod simplest;
pub mod trace;
pub mod walk;
