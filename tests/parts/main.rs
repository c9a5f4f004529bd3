//! The parts that need no database, and the shape of the code itself.

mod audit;
mod checkout;
mod report;
mod scenario;
mod tidy;
