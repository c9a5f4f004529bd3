//! The judge without a rule: each trap by hand, and properties beside brute force.

mod anomalies;
#[path = "../../../support/brute.rs"]
mod brute;
mod graphs;
mod lab;
mod scripts;
mod sentences;
mod traps;
