//! How steps are held, and whether sessions of the server stay.

use crate::database::wire::WireAddress;

/// Of what a client sends before it waits, so much can be held, in bytes.
const HELD_BYTES_MAX: usize = 64 << 20;

/// How the steps of a connection are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldSettings {
    /// Whether a statement outside a transaction takes its snapshot in a step of its own,
    /// as the schedules at repeatable read and serializable need it. Which level a session
    /// has is for the caller to know.
    pub snapshot_steps: bool,
    /// Whether each step goes on its own as soon as it comes, and is told as
    /// [`ProxyEvent::Passed`](super::ProxyEvent::Passed): nothing waits for
    /// [`let_go`](super::Proxy::let_go).
    pub is_automatic: bool,
    /// How much of one client is held, in bytes. A connection that sends more before it
    /// waits for an answer is [`Unsupported`](super::ProxyEvent::Unsupported).
    pub held_bytes_max: usize,
}

impl Default for HoldSettings {
    fn default() -> Self {
        Self {
            snapshot_steps: false,
            is_automatic: false,
            held_bytes_max: HELD_BYTES_MAX,
        }
    }
}

/// Sessions of the server that stay when their client has left, for the next client that asks for
/// the same and knows the password, for which it is asked in clear.
#[derive(Clone, PartialEq, Eq)]
pub struct KeepSettings {
    /// The role that it is of. A client that names another one has a session of its own, and is
    /// asked by the server.
    pub role: String,
    /// What clients are asked for; where it is empty, they are not.
    pub password: String,
    /// A way to the server on which it asks nothing: a client that knows the password goes there.
    pub socket: Option<WireAddress>,
}

impl std::fmt::Debug for KeepSettings {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "keeps sessions, at {:?}", self.socket)
    }
}
