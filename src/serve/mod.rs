//! `sim serve`: the reference shop over HTTP.
//!
//! Carts, orders and payments are the shop's own, and right. What takes the stock is a
//! strategy, as everywhere, in one transaction with the end of the cart (`till`).

mod answer;
mod asking;
mod cart;
mod checkout;
mod input;
mod limits;
mod listen;
mod openapi;
mod outlet;
mod payment;
mod pool;
mod problem;
mod products;
mod routes;
mod service;
mod shop;
mod sql;
mod till;
mod transaction;
mod tries;
mod values;

pub use limits::ShopLimits;
pub use listen::serve;
pub use shop::Storefront;
