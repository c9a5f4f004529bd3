//! How a program of the user's reaches a database of the run's own.

use std::fmt;
use std::path::PathBuf;

use super::postgres::wire::WireAddress;

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

impl DatabaseAccess {
    /// The same database through a proxy on this machine, which speaks in clear.
    #[must_use]
    pub fn through(&self, port: u16) -> Self {
        const HOST: &str = "127.0.0.1";
        // What stands before it is escaped, and so has no @ of its own.
        let (user, behind) = self.url.split_once('@').unwrap_or(("", &self.url));
        let path = behind.split_once('/').map_or("", |(_, path)| path);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        Self {
            url: format!("{user}@{HOST}:{port}/{path}"),
            host: HOST.to_owned(),
            port,
            ..self.clone()
        }
    }

    /// Where its server is, for a client that speaks in clear; `None` where that is another
    /// machine.
    #[must_use]
    pub fn local_address(&self) -> Option<WireAddress> {
        let address = match self.host.starts_with('/') {
            true => WireAddress::Unix(PathBuf::from(&self.host), self.port),
            false => WireAddress::Tcp(self.host.clone(), self.port),
        };
        Some(address).filter(WireAddress::is_local)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_takes_the_place_of_the_server_and_of_its_socket() {
        let socket = DatabaseAccess {
            url: "postgres://me:p%40ss@localhost:5433/shop?host=%2Ftmp%2Fx".into(),
            host: "/tmp/x".into(),
            port: 5433,
            database: "shop".into(),
            role: "me".into(),
            password: "p@ss".into(),
        };
        let through = socket.through(6000);
        assert_eq!(through.url, "postgres://me:p%40ss@127.0.0.1:6000/shop");
        assert_eq!((through.host.as_str(), through.port), ("127.0.0.1", 6000));
        assert_eq!(through.password, "p@ss");
        let unix = WireAddress::Unix("/tmp/x".into(), 5433);
        assert_eq!(socket.local_address(), Some(unix));
        let tcp = WireAddress::Tcp("127.0.0.1".into(), 6000);
        assert_eq!(through.local_address(), Some(tcp));
        let host = "db.example".into();
        let elsewhere = DatabaseAccess { host, ..through };
        assert_eq!(elsewhere.local_address(), None);
    }
}
