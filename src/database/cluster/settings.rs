//! How a private cluster is configured.

/// The superuser of a private cluster; it needs no password.
pub(super) const SUPERUSER: &str = "postgres";

/// The port number in the socket's name, where the server does not listen.
pub(super) const PORT: u16 = 5432;

/// What the operating system says about a full disk (`ENOSPC` in the C locale).
pub(super) const DISK_FULL: &str = "No space left on device";

/// How a private cluster is to be configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterSettings {
    /// `max_connections` of the server.
    pub max_connections: u32,
    /// Whether an application can reach it too: over TCP on [`LISTENING_HOST`], with a password.
    ///
    /// [`LISTENING_HOST`]: super::LISTENING_HOST
    pub listens: bool,
    /// Further server parameters by name, as `-c name=value`; a later one wins over an earlier one
    /// and over what the cluster itself sets.
    pub parameters: Vec<(String, String)>,
}

impl Default for ClusterSettings {
    /// 100 connections, as PostgreSQL's own default; no further parameter.
    fn default() -> ClusterSettings {
        ClusterSettings {
            max_connections: 100,
            listens: false,
            parameters: Vec::new(),
        }
    }
}
