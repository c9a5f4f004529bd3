//! Which server, and how to reach it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{ConnectOptions as _, Executor, Row};

use super::error::{in_plain_words, reason, sqlstate, while_trying_to};
use super::link::Link;
use super::text_link::TextLink;
use super::watch::Watch;
use super::wire::{
    WireAddress, WireClient, WireFailure, WireOptions, WirePem, WireTls, WireTlsMode,
};
use super::{access, sql, url};
use crate::database::access::DatabaseAccess;
use crate::database::error::ServerError;
use crate::database::fingerprint::{Backend, Fingerprint};
use crate::database::maker::Maker;
use crate::database::patience::{PATIENCE, Tell};

/// A PostgreSQL server that can be connected to. Its clones share one watch over
/// the calls of all their connections.
#[derive(Debug, Clone)]
pub struct PostgresServer {
    options: PgConnectOptions,
    private: bool,
    /// The port at which a private server listens too, if it does.
    listens_at: Option<u16>,
    /// Whether schemas say which process made them.
    is_marked: bool,
    /// Whether each transaction of its sessions is read-only.
    reads_only: bool,
    watch: Watch,
}

/// What makes each transaction of a session read-only where it does not say otherwise itself.
const READS_ONLY: (&str, &str) = ("default_transaction_read_only", "on");

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

impl PostgresServer {
    pub(in crate::database) fn from_url(url: &str) -> Result<Self, ServerError> {
        // A pooler does not know this setting of the driver's, which is about the
        // digits of floating-point numbers: there are none here.
        let options = url::parse(url)?.extra_float_digits(None);
        Ok(Self::of(options, false, PATIENCE, Arc::new(|_| ())))
    }

    #[must_use]
    pub(in crate::database) fn private(socket_dir: &Path, port: u16, superuser: &str) -> Self {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(socket_dir)
            .port(port)
            .username(superuser)
            .password("")
            .database("postgres")
            .ssl_mode(PgSslMode::Disable);
        Self::of(options, true, PATIENCE, Arc::new(|_| ()))
    }

    fn of(options: PgConnectOptions, private: bool, patience: Duration, tell: Tell) -> Self {
        let address = address(&options, private);
        let watch = Watch::new(options.clone(), address, patience, tell);
        Self {
            options,
            private,
            listens_at: None,
            is_marked: false,
            reads_only: false,
            watch,
        }
    }

    #[must_use]
    pub(in crate::database) const fn marked(mut self) -> Self {
        self.is_marked = true;
        self
    }

    #[must_use]
    pub(in crate::database) const fn listening(mut self, port: u16) -> Self {
        self.listens_at = Some(port);
        self
    }

    /// How a program of the user's comes in where this role does.
    pub(super) fn access(&self) -> DatabaseAccess {
        access::of(&self.options, self.listens_at)
    }

    /// The words of a schema's comment, where it is to have one.
    pub(super) fn mark(&self) -> Option<String> {
        let maker = self.is_marked.then(Maker::this).flatten();
        maker.map(|maker| maker.to_string())
    }

    #[must_use]
    pub(in crate::database) fn with_patience(self, patience: Duration, tell: Tell) -> Self {
        Self {
            is_marked: self.is_marked,
            reads_only: self.reads_only,
            listens_at: self.listens_at,
            ..Self::of(self.options, self.private, patience, tell)
        }
    }

    /// The same server, in whose sessions each transaction is read-only: it refuses what would
    /// change anything, and so do the sessions of its watch.
    #[must_use]
    pub(in crate::database) fn read_only(self) -> Self {
        if self.reads_only {
            return self;
        }
        let options = self.options.options([READS_ONLY]);
        Self {
            watch: self.watch.with(options.clone()),
            options,
            reads_only: true,
            ..self
        }
    }

    #[must_use]
    pub(in crate::database) fn patience(&self) -> Duration {
        self.watch.patience()
    }

    pub(super) const fn is_private(&self) -> bool {
        self.private
    }

    #[must_use]
    pub(in crate::database) fn address(&self) -> String {
        address(&self.options, self.private)
    }

    pub(in crate::database) fn local_address(&self) -> Option<WireAddress> {
        Some(wire_address(&self.options)).filter(WireAddress::is_local)
    }

    pub(in crate::database) fn role_and_database(&self) -> (String, String) {
        let role = self.options.get_username();
        let database = self.options.get_database().unwrap_or(role);
        (role.into(), database.into())
    }

    /// Opens a connection under a name by which `pg_stat_activity` shows it.
    pub(super) async fn connect(&self, application: &str) -> Result<Link, ServerError> {
        let mut inner = self.open(application).await?;
        let asking = inner.fetch_one(sql::WHO_AM_I);
        let failed = |error| while_trying_to("ask a connection for its backend")(error);
        let row = self.patiently(asking).await?.map_err(failed)?;
        let backend = Backend {
            pid: row.try_get(0).map_err(failed)?,
            started_us: row.try_get(1).map_err(failed)?,
            server_us: row.try_get(2).map_err(failed)?,
        };
        Ok(self.watch.link(inner, backend))
    }

    /// The same server for another database of it.
    pub(super) fn at_database(&self, database: &str) -> Self {
        let mut other = self.clone();
        other.options = other.options.database(database);
        other
    }

    /// The same server for another role.
    pub(super) fn as_role(&self, role: &str, password: &str) -> Self {
        let mut other = self.clone();
        other.options = other.options.username(role).password(password);
        other
    }

    /// Opens a connection on which every value is text, with these settings of its
    /// session.
    pub(super) async fn connect_for_text(
        &self,
        application: &str,
        settings: &[(&str, &str)],
    ) -> Result<TextLink, ServerError> {
        let options = wire_options(&self.options, application, settings);
        let opening = async {
            let mut client = WireClient::connect(&options).await?;
            let row = client.run(sql::WHO_AM_I, &[]).await?;
            Ok((client, row))
        };
        let (client, row) = self
            .patiently(opening)
            .await?
            .map_err(|failure| self.not_open(&failure))?;
        let number = |column| row.get(0, column).and_then(|text| text.parse().ok());
        let pid = row.get(0, 0).and_then(|text| text.parse().ok());
        let (Some(pid), Some(started_us), Some(server_us)) = (pid, number(1), number(2)) else {
            return Err(ServerError::Connect {
                server: self.address(),
                reason: "it does not say which process it is".into(),
            });
        };
        let backend = Backend {
            pid,
            started_us,
            server_us,
        };
        Ok(TextLink::new(client, self.watch.pulse(backend)))
    }

    pub(in crate::database) async fn keep_watch(&self) -> Result<(), ServerError> {
        let Some(opened) = self.watch.begin() else {
            return Ok(());
        };
        match self.patiently(opened).await? {
            Ok(Err(error)) => Err(self.not_opened(&error)),
            // Without a thread for it, nothing can be watched.
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }

    /// Opens a connection whose calls are not watched.
    pub(super) async fn open(&self, application: &str) -> Result<PgConnection, ServerError> {
        let options = self
            .options
            .clone()
            .application_name(application)
            .disable_statement_logging();
        let opened = self.patiently(options.connect()).await?;
        opened.map_err(|error| self.not_opened(&error))
    }

    fn not_opened(&self, error: &sqlx::Error) -> ServerError {
        self.refused(&sqlstate(error), reason(error))
    }

    fn not_open(&self, failure: &WireFailure) -> ServerError {
        let reason = in_plain_words(failure.to_string());
        self.refused(failure.sqlstate().unwrap_or_default(), reason)
    }

    fn refused(&self, sqlstate: &str, reason: String) -> ServerError {
        let server = self.address();
        match sqlstate {
            "57P03" => ServerError::NotReady { server, reason },
            "53300" => ServerError::TooManyConnections {
                server,
                wanted: 1,
                reason,
            },
            _ => ServerError::Connect { server, reason },
        }
    }

    /// Waits for what opens a connection. A server that was given up once is not
    /// asked again: each of many connections would wait in turn.
    pub(super) async fn patiently<T>(
        &self,
        opening: impl Future<Output = T>,
    ) -> Result<T, ServerError> {
        let given_up = || ServerError::NoAnswer {
            server: self.address(),
            reason: self.watch.reason(),
        };
        if self.watch.is_over() {
            return Err(given_up());
        }
        self.watch.patiently(opening).await.ok_or_else(given_up)
    }

    /// Reads what a report says of the server.
    pub(super) async fn fingerprint(
        &self,
        connection: &mut Link,
    ) -> Result<Fingerprint, ServerError> {
        let failed = |error| while_trying_to("read the server's settings")(error);
        let asked = sqlx::query(sql::SERVER_AND_ROLE);
        let row = connection.one(asked).await.map_err(failed)?;
        let settings = sqlx::query(sql::SETTINGS).bind(SETTINGS.map(String::from).to_vec());
        let rows = connection.all(settings).await.map_err(failed)?;
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

fn wire_address(options: &PgConnectOptions) -> WireAddress {
    match options.get_socket() {
        Some(directory) => WireAddress::Unix(directory.clone(), options.get_port()),
        None => WireAddress::Tcp(options.get_host().into(), options.get_port()),
    }
}

/// The same server for the client in which every value is text.
fn wire_options(
    options: &PgConnectOptions,
    application: &str,
    settings: &[(&str, &str)],
) -> WireOptions {
    let address = wire_address(options);
    let user = options.get_username();
    let mut wire = WireOptions::new(address, user, options.get_database().unwrap_or(user));
    // The driver tells the password and the certificates in a URL alone.
    let url = options.to_url_lossy();
    wire.password = url.password().map(url::in_clear);
    wire.application_name = application.into();
    let given = options.get_options().map(|given| ("options", given));
    let settings = settings.iter().copied().chain(given);
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    wire.parameters = settings.map(owned).collect();
    let pem = |wanted| {
        let mut pairs = url.query_pairs();
        let (_, value) = pairs.find(|(name, _)| name == wanted)?;
        Some(pem(&value))
    };
    wire.tls = WireTls {
        mode: tls_mode(options.get_ssl_mode()),
        authority: pem("sslrootcert"),
        certificate: pem("sslcert"),
        key: pem("sslkey"),
    };
    wire
}

/// As the driver takes each.
const fn tls_mode(mode: PgSslMode) -> WireTlsMode {
    match mode {
        PgSslMode::Disable | PgSslMode::Allow => WireTlsMode::Off,
        PgSslMode::Prefer => WireTlsMode::Preferred,
        PgSslMode::Require => WireTlsMode::Required,
        PgSslMode::VerifyCa => WireTlsMode::VerifiedAuthority,
        PgSslMode::VerifyFull => WireTlsMode::VerifiedName,
    }
}

/// A certificate or a key as the driver tells it: its text, or `file: ` and a path.
fn pem(told: &str) -> WirePem {
    match told.trim_start().starts_with("-----BEGIN") {
        true => WirePem::Text(told.into()),
        false => WirePem::File(told.strip_prefix("file: ").unwrap_or(told).into()),
    }
}

fn address(options: &PgConnectOptions, private: bool) -> String {
    if private {
        return "private cluster".into();
    }
    let database = options.get_database().unwrap_or_default();
    match options.get_socket() {
        Some(socket) => format!("{}/{database}", socket.display()),
        None => format!("{}:{}/{database}", options.get_host(), options.get_port()),
    }
}
