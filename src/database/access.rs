//! How a program of the user's reaches a database of the run's own.

use std::fmt;

/// Where a database is, and as which role a program is to come in: an ordinary one, but where the
/// server is the user's and `sim`'s own role may make none.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseAccess {
    /// All of it in one, such as `postgres://role:password@127.0.0.1:5433/name`.
    pub url: String,
    /// A name, an address, or the directory of a unix socket.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The name of the database.
    pub database: String,
    /// The role.
    pub role: String,
    /// Its password; empty where it has none.
    pub password: String,
}

impl DatabaseAccess {
    /// The variables by which libpq, and what reads a URL, find the database.
    #[must_use]
    pub fn variables(&self) -> [(&'static str, String); 6] {
        [
            ("DATABASE_URL", self.url.clone()),
            ("PGHOST", self.host.clone()),
            ("PGPORT", self.port.to_string()),
            ("PGUSER", self.role.clone()),
            ("PGPASSWORD", self.password.clone()),
            ("PGDATABASE", self.database.clone()),
        ]
    }
}

impl fmt::Debug for DatabaseAccess {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} on {}:{} as {}",
            self.database, self.host, self.port, self.role
        )
    }
}
