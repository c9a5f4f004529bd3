//! A small client for PostgreSQL in which every value is text, and the framing of
//! PostgreSQL's protocol (version 3) that a proxy shares with it.
//!
//! A script names types that this program never heard of, so parameters go to the
//! server as text, and values come back as the text that `psql` shows. No statement
//! is sent but the caller's: no look at the catalogue, which would lock its tables
//! and take a snapshot within the caller's transaction.
//!
//! | file | what it knows |
//! |---|---|
//! | `client` | the connection: one statement, one round trip; a Sync that is held |
//! | `conversation` | whose turn it is; what is sent and read in one call |
//! | `reply` | what the server answers to one statement, up to its end |
//! | `startup` | the way to the first ReadyForQuery; `identity`, `scram`: the proofs that it wants |
//! | `prepared` | statements that the server keeps, and the few that are kept here |
//! | `rows` | values as text |
//! | `secure` | whether TLS is spoken; `tls`: which certificates are believed then, and how it begins |
//! | `channel`, `socket` | bytes: a socket, what has come, what is to go |
//! | `asides` | settings and notices, which come unasked |
//! | `bounds` | what can be sent at all |
//! | `cancel` | the request that ends a statement of another connection |
//! | `options` | where the server is, and for which role |
//! | `message_out`, `message_in`, `server_message` | single messages |
//! | `client_message` | messages of a client, as a proxy gets them |
//! | `first_packet` | the first packet of a connection, as a proxy gets it |
//! | `framing`, `fields` | where a message begins and ends; what stands in it |
//! | `failure` | why a statement was not carried out |

mod asides;
mod bounds;
mod cancel;
mod channel;
mod client;
mod client_message;
mod conversation;
mod failure;
mod fields;
mod first_packet;
mod framing;
mod identity;
mod message_in;
mod message_out;
mod options;
mod prepared;
mod reply;
mod rows;
mod scram;
mod secure;
mod server_message;
mod socket;
mod startup;
#[cfg(feature = "tls")]
mod tls;

pub use self::cancel::CancelKey;
pub use self::client::{WireCall, WireClient};
pub use self::client_message::{ClientMessage, Described};
pub use self::failure::{WireFailure, WireResult};
pub use self::first_packet::FirstPacket;
pub use self::framing::{FRAME_BYTES_MAX, Frame, FrameError, head, split, split_untagged};
pub use self::message_in::{BackendMessage, ResultColumn, TransactionStatus, row_values};
pub use self::message_out::Outbox;
pub use self::options::{WireAddress, WireOptions, WirePem, WireTls, WireTlsMode};
pub use self::prepared::Prepared;
pub use self::rows::TextRows;
pub use self::server_message::{ServerMessage, Severity};
