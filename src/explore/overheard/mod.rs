//! What a service says to its database, overheard: nothing is held, and every byte passes.
//!
//! | file | what it knows |
//! |---|---|
//! | `tap` | where the service connects to; the bytes of both sides, in the sequence in which they came |
//! | `talk` | the connections and statements in these bytes |
//! | `awaited` | what answers are awaited to |
//! | `connection` | a connection, from its beginning to its end |
//! | `exchange` | one statement, with its values and its answers |
//! | `listen` | a service that is started there and sent one buyer's requests again and again |

mod awaited;
mod connection;
mod exchange;
mod listen;
mod talk;
mod tap;

pub use connection::TalkedConnection;
pub use exchange::{Exchange, HeardReply, SentHow};
pub use listen::{Overheard, OverheardRequest, Overhearing, overhear};
pub use talk::Talk;
pub use tap::{Tap, TappedBytes, TappedSide};
