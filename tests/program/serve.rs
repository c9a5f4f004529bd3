//! `sim serve`, as its callers see it.

mod client;
mod faults;
mod limits;
mod money;
mod refused;
mod routes;
mod shop;

pub use routes::every_route;
pub use shop::Shop;
