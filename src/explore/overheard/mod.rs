//! What a service says to its database, overheard: nothing is held, and every byte passes.
//!
//! | file | what it knows |
//! |---|---|
//! | `tap` | where the service connects to; the bytes of both sides, in the sequence in which they came |
//! | `talk` | the connections and statements in these bytes |
//! | `exchange` | one statement, with its values and its answer |
//! | `listen` | a service that is started there and sent one buyer's requests again and again |

mod exchange;
mod listen;
mod talk;
mod tap;

pub use exchange::{Exchange, SentHow};
pub use listen::{Overheard, OverheardRequest, overhear};
pub use talk::{Talk, TalkedConnection};
pub use tap::{Tap, TappedBytes, TappedSide};
