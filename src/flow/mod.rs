//! How a buyer's checkout goes: one or more attempts.

mod attempt;
mod checkout;
mod warm_up;

pub use attempt::InProcess;
pub use checkout::{Checkout, Ended, Terms, flow, next_step};
pub use warm_up::warm_up;
