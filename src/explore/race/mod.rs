//! Statements that take several rows, released at the same time.
//!
//! The server takes rows one by one, and other sessions come between two of them: that is no
//! step. Such statements of two sessions are therefore sent together, many times, on the real
//! server; an end to which no schedule came is shown with how often it came. That none came
//! proves nothing.
//!
//! `aim` says where each session waits and when it leaves, `run` carries it out, `result` is
//! what it came to.

mod aim;
mod result;
mod run;

pub use result::{Raced, RacedEnd, RacedStatement};
pub(super) use run::{Race, race};
