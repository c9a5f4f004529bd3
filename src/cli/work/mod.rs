//! What run, explore, compare and check have in common: a server, tasks one
//! after the other, results that are saved on the way, a page and an exit code.

mod answer;
mod done;
mod explore;
mod load;
mod origin;
mod perform;
mod shared;
mod state;

pub(super) use answer::check_comparable;
pub(super) use done::Done;
pub(super) use perform::{Job, perform};
