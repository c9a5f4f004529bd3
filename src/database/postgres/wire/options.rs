//! Where a server is, and for which role to speak to it.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireAddress {
    /// The directory of its unix socket, and the port in the name of that socket.
    Unix(PathBuf, u16),
    /// Host and port.
    Tcp(String, u16),
}

impl WireAddress {
    /// Whether it is on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let Self::Tcp(host, _) = self else {
            return true;
        };
        let number: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
        host == "localhost" || number.is_ok_and(|number| number.is_loopback())
    }
}

/// Whether TLS is asked for, and what is proven by it. Of no meaning on a unix socket.
///
/// Without the feature `tls` asking makes the connection fail with a reason rather than
/// go on in clear.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WireTlsMode {
    /// Never.
    #[default]
    Off,
    /// If the server has it; its certificate is not looked at.
    Preferred,
    /// Always; the certificate is not looked at.
    Required,
    /// Always, with a certificate that a trusted authority has signed, for whichever name.
    VerifiedAuthority,
    /// Always, with a certificate that a trusted authority has signed for the host.
    VerifiedName,
}

/// A certificate, several, or a key, in the format PEM.
#[derive(Clone, PartialEq, Eq)]
pub enum WirePem {
    /// Read at each connection.
    File(PathBuf),
    /// As it stands in a file.
    Text(String),
}

/// How TLS is spoken.
#[derive(Clone, Default)]
pub struct WireTls {
    /// Whether it is, and what is proven by it.
    pub mode: WireTlsMode,
    /// Authorities that are trusted beside those of the system.
    pub authority: Option<WirePem>,
    /// By which the client proves itself. Goes with `key`.
    pub certificate: Option<WirePem>,
    /// The key of `certificate`.
    pub key: Option<WirePem>,
}

impl From<WireTlsMode> for WireTls {
    fn from(mode: WireTlsMode) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }
}

/// Where to connect, and for which role.
#[derive(Clone)]
pub struct WireOptions {
    /// Where.
    pub address: WireAddress,
    /// The role.
    pub user: String,
    /// The database.
    pub database: String,
    /// Its password, if the server asks for one.
    pub password: Option<String>,
    /// By which `pg_stat_activity` shows the connection.
    pub application_name: String,
    /// Settings of the session, such as `default_transaction_isolation`, and
    /// `options`, the command line of the server process.
    pub parameters: Vec<(String, String)>,
    /// How TLS is spoken.
    pub tls: WireTls,
    /// The most bytes that the values of one reply may take.
    pub result_bytes_max: usize,
    /// How many statements are kept prepared by their text.
    pub statements_kept_max: usize,
}

impl WireOptions {
    /// Without a password and without settings.
    #[must_use]
    pub fn new(address: WireAddress, user: &str, database: &str) -> Self {
        Self {
            address,
            user: user.to_owned(),
            database: database.to_owned(),
            password: None,
            application_name: String::new(),
            parameters: Vec::new(),
            tls: WireTls::default(),
            result_bytes_max: 256 << 20,
            statements_kept_max: 256,
        }
    }

    /// What a startup packet says. Text is UTF-8 whatever the database is in.
    pub(super) fn startup(&self) -> impl Iterator<Item = (&str, &str)> {
        let fixed = [
            ("user", self.user.as_str()),
            ("database", self.database.as_str()),
            ("application_name", self.application_name.as_str()),
            ("client_encoding", "UTF8"),
        ];
        let further = self.parameters.iter();
        let further = further.map(|(name, value)| (name.as_str(), value.as_str()));
        further
            .filter(|(name, _)| *name != "client_encoding")
            .chain(fixed)
    }
}

/// Without the password and the key.
impl fmt::Debug for WireOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireOptions")
            .field("address", &self.address)
            .field("user", &self.user)
            .field("database", &self.database)
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}
