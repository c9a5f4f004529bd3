//! The parts that need no database, and the shape of the code itself.

#[path = "../support/answers.rs"]
mod answers;
mod flow;
mod oracle;
mod overheard;
mod report;
mod scenario;
mod script;
mod service;
mod table;
mod tidy;
mod wire;
