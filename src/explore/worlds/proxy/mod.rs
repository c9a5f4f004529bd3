//! A proxy for PostgreSQL's wire protocol that any client talks through without
//! noticing, and that can hold each statement.
//!
//! A [`Proxy`] listens on 127.0.0.1 and opens one connection to the server for each of a
//! client; with [`keeps`](ProxySettings::keeps) one that a client has left goes to the next
//! that asks for the same, which the proxy then lets in itself. What passes is passed byte
//! for byte. [`ProxyEvent`]s say what happens:
//!
//! 1. [`Opened`](ProxyEvent::Opened), with the server process.
//! 2. [`Parked`](ProxyEvent::Parked): a [`ProxyStep`] stands before the server, and its
//!    connection is still until [`Proxy::let_go`]. A connection has at most one step
//!    parked or under way.
//! 3. [`Answered`](ProxyEvent::Answered): all its replies have come. Until then it runs,
//!    or waits for a lock, which `pg_blocking_pids` tells. A step that failed counts as
//!    answered when the server is ready again, and so has given up its locks; only where
//!    the client itself has sent a Flush and waits for the error, it counts at once, with
//!    no [`status`](StepAnswer::status) since.
//!
//! What is a step:
//!
//! | the client sends | outside a transaction | within one |
//! |---|---|---|
//! | a statement, simple or prepared | execute, commit | one step |
//! | several statements in one text | one step | one step |
//! | a pipeline up to its Sync | each statement, and the commit of all | each statement |
//! | Parse or Bind that it flushes alone | prepare | prepare |
//! | COPY with its data | execute, commit | one step |
//! | the end of the session | passes | one step |
//! | a request to cancel | one step | one step |
//!
//! With [`snapshot_steps`](HoldSettings::snapshot_steps) a statement outside a
//! transaction that reads rows has its snapshot taken in a step before it, by a hidden
//! Parse. BEGIN and other commands have none. Describe, Close, Sync and Flush alone pass.
//!
//! A commit is held by a Flush in the place of the Sync. A simple query is sent as
//! Parse, Bind, Describe, Execute and Flush for that; if the server refuses its words so,
//! it is sent as it came and is one step ([`StepAnswer::is_commit_due`] is false then).
//! The bytes that the client gets are those that it would get without the proxy, with
//! these differences: CommandComplete comes when the commit is answered, and so does what
//! follows it in a pipeline. Rows come at once, and so do errors. Where a deferred
//! constraint fails at the commit, the error follows the rows.
//!
//! What cannot be held is told as [`Unsupported`](ProxyEvent::Unsupported), and passes.
//! TLS and GSSAPI are answered with `N`; SCRAM passes, without channel binding.
//!
//! | file | what it knows |
//! |---|---|
//! | `listener`, `hub` | the listener; what its connections share and are told |
//! | `connection` | sockets; which side may be read and written when; both ends |
//! | `opening`, `refusal` | the first packets; what is said where there is no session |
//! | `server_socket`, `kept` | connections to the server; its sessions that outlive their clients |
//! | `relay` | one connection without sockets: bytes in, bytes and events out |
//! | `cutter` | a stream cut into messages, long ones into pieces |
//! | `free`, `hold`, `hold_answers` | two ways to treat messages: all pass; each step parks |
//! | `faulty`, `sent_kind` | a third one: all pass but for the faults that are drawn; what commits |
//! | `faulty_proxy`, `fault_book` | a proxy that does so, for a load; whether it does now, and what it has done |
//! | `plan`, `inbox`, `keyword`, `run`, `own` | what the next step is; what waits; what reads rows; a step under way; the proxy's own messages |
//! | `line`, `expected`, `transaction`, `outgoing` | what all ways share: which replies are owed, whether a Sync commits, what the client must not see yet |
//! | `book`, `binds`, `binds_worded`, `tally`, `step` | statements by name, values as text, what is counted, what is told |
//! | `settings` | how steps are held; which sessions stay |

mod binds;
mod binds_worded;
mod book;
mod connection;
mod cutter;
mod expected;
mod fault_book;
mod faulty;
mod faulty_proxy;
mod free;
#[cfg(test)]
mod garbage;
mod hold;
mod hold_answers;
mod hub;
mod inbox;
mod kept;
mod keyword;
mod line;
mod listener;
mod opening;
mod outgoing;
mod own;
mod plan;
mod refusal;
mod relay;
mod run;
mod sent_kind;
mod server_socket;
mod settings;
mod step;
mod tally;
mod transaction;

pub(in crate::explore) use keyword::first_word;
pub(in crate::explore::worlds) use transaction::is_rollback;

pub use binds::shown_value;
pub use book::{Book, BookLimits, BoundStatement, is_binary};
pub use faulty_proxy::{FaultyProxy, open_faulty_way};
pub use listener::{Proxy, ProxySettings};
pub use settings::{HoldSettings, KeepSettings};
pub use step::{
    ConnectionId, ProxyEvent, ProxyStep, SentStatement, StepAnswer, StepFailure, StepId, StepKind,
};
