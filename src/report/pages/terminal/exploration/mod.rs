//! What `sim explore` and `sim replay` print.

mod detail;
mod heading;
mod matrix;
mod page;
mod replay;

pub use page::exploration_to_terminal;
pub use replay::{Replay, replay_to_terminal};
