//! A private server that an application can reach: over TCP, on this machine alone.
//!
//! Most drivers know hosts and ports, and some no unix socket. So the server listens on 127.0.0.1,
//! at a port that the system picks. Every role needs its password there (SCRAM), and the superuser
//! has none: over TCP only roles that a run makes get in.

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};

use super::error::ClusterError;

/// The host that applications connect to.
pub const LISTENING_HOST: &str = "127.0.0.1";

/// How often another port is tried where one was taken in the meantime.
pub(super) const TRIES_MAX: u32 = 5;

/// What the server says of a port that is taken.
const TAKEN: &str = "could not create any TCP/IP sockets";

/// A port that is free at this moment; the server opens it a moment later.
///
/// # Errors
/// The system has no free port.
pub(super) fn free_port() -> Result<u16, ClusterError> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr());
    let doing = format!("find a free port on {LISTENING_HOST}");
    free.map(|address| address.port())
        .map_err(ClusterError::io(doing))
}

/// Whether the server ended because another program has its port.
pub(super) fn is_taken(error: &ClusterError) -> bool {
    matches!(error, ClusterError::Exited { log, .. } if log.contains(TAKEN))
}

/// The parameters of a server that listens. Before version 14 passwords were kept as MD5 by
/// default, and SCRAM would refuse them.
pub(super) fn parameters() -> [(String, OsString); 2] {
    [
        ("listen_addresses".into(), LISTENING_HOST.into()),
        ("password_encryption".into(), "scram-sha-256".into()),
    ]
}
