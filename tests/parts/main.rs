//! The parts that need no database, and the shape of the code itself.

mod flow;
mod oracle;
mod report;
mod scenario;
mod tidy;
