//! How a buyer's checkout goes: one or more attempts.

mod attempt;
mod checkout;
mod told;
mod warm_up;

pub use attempt::InProcess;
pub use checkout::{Checkout, Ended, Terms, flow, next_step};
pub use told::{step_raised, step_told};
pub use warm_up::warm_up;
