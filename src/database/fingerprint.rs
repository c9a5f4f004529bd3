//! Which server it is, and which of its processes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which server process stands behind a connection: process ids are used
/// again, so the start time belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Backend {
    /// The process id on the server.
    pub pid: i32,
    /// When it started, in microseconds since 1970.
    pub started_us: i64,
    /// When its server started, in microseconds since 1970.
    pub server_us: i64,
}

/// What a reader must know of the server to judge a result. Never holds a
/// password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fingerprint {
    /// The product's name.
    pub product: String,
    /// As the server reports it.
    pub version: String,
    /// Whether `sim` started it for this run alone.
    pub private: bool,
    /// Host, port and database; not the role's password.
    pub address: String,
    /// The settings that bear on concurrency and latency.
    pub settings: BTreeMap<String, String>,
}
