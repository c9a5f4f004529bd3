//! Which server, and how to reach it.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{ConnectOptions as _, Row};

use super::{Error, reason, sql, sqlstate, while_trying_to};

/// A PostgreSQL server that can be connected to.
#[derive(Debug, Clone)]
pub struct Server {
    options: PgConnectOptions,
    private: bool,
}

/// What a reader must know of the server to judge a result. Never holds a
/// password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// The settings that bear on concurrency and latency.
const SETTINGS: [&str; 14] = [
    "autovacuum",
    "commit_delay",
    "deadlock_timeout",
    "fsync",
    "full_page_writes",
    "idle_in_transaction_session_timeout",
    "lock_timeout",
    "max_connections",
    "shared_buffers",
    "statement_timeout",
    "synchronous_commit",
    "synchronous_standby_names",
    "wal_level",
    "wal_sync_method",
];

/// The parameters of a URL that name a file.
const FILES: [&str; 3] = ["sslrootcert", "sslcert", "sslkey"];

/// Names a missing certificate now; the driver would say later that some file
/// is missing. A path with escapes, or the text of a certificate in its place,
/// is left to the driver.
fn check_files(url: &str) -> Result<(), Error> {
    let (_, parameters) = url.split_once('?').unwrap_or_default();
    for (name, path) in parameters.split('&').filter_map(|one| one.split_once('=')) {
        let is_path = !path.contains('%') && !path.contains("-----");
        let names_file = FILES.contains(&name) && is_path;
        if names_file && !Path::new(path).is_file() {
            return Err(Error::Url(format!("{name} names no file: {path}")));
        }
    }
    Ok(())
}

/// What is wrong, without the layers that say "error with configuration".
fn innermost(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => innermost(source),
        None => error.to_string(),
    }
}

impl Server {
    /// A server by its URL, `postgres://user:password@host:port/database`.
    /// What the URL leaves out is taken from the `PG*` variables, as libpq
    /// does.
    ///
    /// # Errors
    /// [`Error::Url`], without repeating the URL: it may hold a password.
    pub fn from_url(url: &str) -> Result<Self, Error> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(Error::Url(
                "it does not begin with postgres:// or postgresql://".into(),
            ));
        }
        check_files(url)?;
        let options =
            PgConnectOptions::from_str(url).map_err(|error| Error::Url(innermost(&error)))?;
        Ok(Self {
            options,
            private: false,
        })
    }

    /// The private cluster behind a unix socket. Every option that `PG*`
    /// variables could set is overridden.
    #[must_use]
    pub fn private(socket_dir: &Path, port: u16, superuser: &str) -> Self {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(socket_dir)
            .port(port)
            .username(superuser)
            .password("")
            .database("postgres")
            .ssl_mode(PgSslMode::Disable);
        Self {
            options,
            private: true,
        }
    }

    /// Where it is, for messages and reports: never a password.
    #[must_use]
    pub fn address(&self) -> String {
        if self.private {
            return "private cluster".into();
        }
        let database = self.options.get_database().unwrap_or_default();
        match self.options.get_socket() {
            Some(socket) => format!("{}/{database}", socket.display()),
            None => format!(
                "{}:{}/{database}",
                self.options.get_host(),
                self.options.get_port()
            ),
        }
    }

    /// Opens a connection under a name by which `pg_stat_activity` shows it.
    pub(super) async fn connect(&self, application: &str) -> Result<PgConnection, Error> {
        let options = self
            .options
            .clone()
            .application_name(application)
            .disable_statement_logging();
        options.connect().await.map_err(|error| {
            let (server, reason) = (self.address(), reason(&error));
            match sqlstate(&error).as_str() {
                "57P03" => Error::NotReady { server, reason },
                "53300" => Error::TooManyConnections {
                    server,
                    wanted: 1,
                    reason,
                },
                _ => Error::Connect { server, reason },
            }
        })
    }

    /// Reads what a report says of the server.
    pub(super) async fn fingerprint(
        &self,
        connection: &mut PgConnection,
    ) -> Result<Fingerprint, Error> {
        let failed = |error| while_trying_to("read the server's settings")(error);
        let row = sqlx::query(sql::SERVER_AND_ROLE)
            .fetch_one(&mut *connection)
            .await
            .map_err(failed)?;
        let rows = sqlx::query(sql::SETTINGS)
            .bind(SETTINGS.map(String::from).to_vec())
            .fetch_all(connection)
            .await
            .map_err(failed)?;
        let setting = |row: &sqlx::postgres::PgRow| Ok((row.try_get(0)?, row.try_get(1)?));
        Ok(Fingerprint {
            product: "PostgreSQL".into(),
            version: row.try_get(0).map_err(failed)?,
            private: self.private,
            address: self.address(),
            settings: rows
                .iter()
                .map(setting)
                .collect::<sqlx::Result<_>>()
                .map_err(failed)?,
        })
    }
}
