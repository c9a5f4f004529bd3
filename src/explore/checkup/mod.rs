//! What was understood of a service before it is explored.
//!
//! | file | what it knows |
//! |---|---|
//! | `facts` | how it speaks to its database, told from what was [overheard](super::overheard) |
//! | `level` | which isolation level a statement asks for |
//! | `trial` | whether its steps can be followed, which they are, and how long schedules take |

mod facts;
mod level;
mod trial;

pub(in crate::explore) use level::named as named_level;

pub use facts::{Checkup, Driver, Followed, Spoken};
pub use trial::{Trial, try_out};
