//! The way to a service: what comes back, and what is told where nothing does.

mod channel;
mod process;
mod server;
