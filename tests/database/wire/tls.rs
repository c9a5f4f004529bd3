//! TLS with a real PostgreSQL: what is proven in each mode, and that much goes through it.

use std::sync::OnceLock;

use checkout_sim::database::cluster::Cluster;
use checkout_sim::database::wire::{
    WireAddress, WireClient, WireFailure, WireOptions, WirePem, WireTls, WireTlsMode,
};

use super::server::{one, tell};
use crate::authority::{Authority, put};
use crate::postgres::start;

/// In clear no role is let in over TCP.
const HBA: &str = "\
local all postgres trust
hostssl all postgres 127.0.0.1/32 trust
hostssl all scram_user 127.0.0.1/32 scram-sha-256
hostssl all cert_user 127.0.0.1/32 cert
";

/// A server whose certificate is for `localhost`.
struct Guarded {
    cluster: Cluster,
    port: u16,
    right: Authority,
    wrong: Authority,
}

/// It is never dropped: when the process ends, its reaper stops it.
async fn guarded() -> &'static Guarded {
    static GUARDED: OnceLock<Guarded> = OnceLock::new();
    static IS_SET_UP: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();
    let guarded = GUARDED.get_or_init(begin);
    IS_SET_UP.get_or_init(|| set_up(guarded)).await;
    guarded
}

fn begin() -> Guarded {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let number = port.to_string();
    let cluster = start(&[("listen_addresses", "127.0.0.1"), ("port", &number)]);
    let right = Authority::new();
    let (certificate, key) = right.sign_host("localhost");
    put(&cluster, "server.crt", &certificate);
    put(&cluster, "server.key", &key);
    put(&cluster, "root.crt", &right.pem());
    std::fs::write(cluster.data_dir().join("pg_hba.conf"), HBA).expect("written");
    Guarded {
        cluster,
        port,
        right,
        wrong: Authority::new(),
    }
}

async fn set_up(guarded: &Guarded) {
    let directory = guarded.cluster.socket_dir().to_owned();
    let address = WireAddress::Unix(directory, guarded.port);
    let mut options = WireOptions::new(address, "postgres", "postgres");
    // Of no meaning on a unix socket.
    options.tls.mode = WireTlsMode::VerifiedName;
    let mut client = WireClient::connect(&options).await.expect("a connection");
    tell(
        &mut client,
        &[
            "CREATE ROLE cert_user LOGIN",
            "CREATE ROLE scram_user LOGIN PASSWORD 'secret'",
            "ALTER SYSTEM SET ssl_ca_file = 'root.crt'",
            "ALTER SYSTEM SET ssl = on",
            "SELECT pg_reload_conf()",
        ],
    )
    .await;
    while one(&mut client, "SHOW ssl", &[]).await.as_deref() != Some("on") {}
    client.close().await;
}

impl Guarded {
    fn options(&self, host: &str, user: &str, tls: impl Into<WireTls>) -> WireOptions {
        let address = WireAddress::Tcp(host.into(), self.port);
        let mut options = WireOptions::new(address, user, "postgres");
        options.tls = tls.into();
        options
    }
}

fn trusting(mode: WireTlsMode, authority: &Authority) -> WireTls {
    WireTls {
        mode,
        authority: Some(WirePem::Text(authority.pem())),
        ..WireTls::default()
    }
}

async fn client(options: &WireOptions) -> WireClient {
    let opened = WireClient::connect(options).await;
    let mut client = opened.unwrap_or_else(|failure| panic!("{options:?}: {failure}"));
    let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(one(&mut client, sql, &[]).await.as_deref(), Some("t"));
    client
}

async fn refusal(options: &WireOptions) -> WireFailure {
    let opened = WireClient::connect(options).await;
    opened.expect_err("a certificate that is refused")
}

#[tokio::test]
async fn each_mode_proves_what_it_says() {
    use WireTlsMode::{Off, Preferred, Required, VerifiedAuthority, VerifiedName};
    let guarded = guarded().await;
    let (right, wrong) = (&guarded.right, &guarded.wrong);
    let unknown = Some("invalid peer certificate");
    let not_its_name = Some("not valid for name");
    for (mode, authority, host, why) in [
        // Nothing.
        (Preferred, wrong, "127.0.0.1", None),
        (Required, wrong, "127.0.0.1", None),
        // The authority.
        (VerifiedAuthority, right, "localhost", None),
        (VerifiedAuthority, right, "127.0.0.1", None),
        (VerifiedAuthority, wrong, "localhost", unknown),
        (VerifiedAuthority, wrong, "127.0.0.1", unknown),
        // The name too.
        (VerifiedName, right, "localhost", None),
        (VerifiedName, right, "127.0.0.1", not_its_name),
        (VerifiedName, wrong, "localhost", unknown),
        // In clear the server lets no role in.
        (Off, right, "localhost", Some("no encryption")),
    ] {
        let options = guarded.options(host, "postgres", trusting(mode, authority));
        match why {
            None => client(&options).await.close().await,
            Some(why) => {
                let failure = refusal(&options).await.to_string();
                assert!(failure.contains(why), "{mode:?} at {host}: {failure}");
            }
        }
    }
}

/// No authority of the system has signed it.
#[tokio::test]
async fn an_authority_is_to_be_named_and_its_file_to_be_there() {
    let guarded = guarded().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("right.pem");
    std::fs::write(&path, guarded.right.pem()).expect("written");
    let junk = directory.path().join("junk.pem");
    let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    std::fs::write(&junk, text).expect("written");
    let options = |authority| {
        let mut tls = WireTls::from(WireTlsMode::VerifiedName);
        tls.authority = authority;
        guarded.options("localhost", "postgres", tls)
    };
    client(&options(Some(WirePem::File(path.clone())))).await;
    refusal(&options(None)).await;
    refusal(&options(Some(WirePem::File(junk)))).await;
    std::fs::remove_file(&path).expect("gone");
    let failure = refusal(&options(Some(WirePem::File(path)))).await;
    assert!(matches!(failure, WireFailure::Unsupported(_)), "{failure}");
    let failure = failure.to_string();
    assert!(failure.contains("right.pem"), "{failure}");
}

#[tokio::test]
async fn a_role_proves_itself_by_its_certificate_or_its_password() {
    let guarded = guarded().await;
    let (certificate, key) = guarded.right.sign_role("cert_user");
    let mut tls = WireTls::from(WireTlsMode::Required);
    tls.certificate = Some(WirePem::Text(certificate));
    tls.key = Some(WirePem::Text(key));
    let options = |tls: &WireTls| guarded.options("localhost", "cert_user", tls.clone());
    client(&options(&tls)).await;
    // One of another role.
    let (certificate, key) = guarded.right.sign_role("postgres");
    let mut other = tls.clone();
    other.certificate = Some(WirePem::Text(certificate));
    other.key = Some(WirePem::Text(key));
    assert_eq!(refusal(&options(&other)).await.sqlstate(), Some("28000"));
    tls.key = None;
    let failure = refusal(&options(&tls)).await.to_string();
    assert!(failure.contains("go together"), "{failure}");
    tls.certificate = None;
    assert_eq!(refusal(&options(&tls)).await.sqlstate(), Some("28000"));
    // The server offers channel binding too, and lets in without.
    let mut scram = guarded.options("localhost", "scram_user", tls);
    scram.password = Some("secret".into());
    client(&scram).await;
    scram.password = Some("guessed".into());
    assert_eq!(refusal(&scram).await.sqlstate(), Some("28P01"));
}

#[tokio::test]
async fn more_than_fits_into_any_buffer_goes_both_ways() {
    let options = guarded()
        .await
        .options("localhost", "postgres", WireTlsMode::Required);
    let mut client = client(&options).await;
    // More than sockets and TLS keep, in each direction.
    let long: String = "a\u{e9}b".repeat(4 << 20);
    for _ in 0..2 {
        let echoed = one(&mut client, "SELECT $1::text", &[Some(&long)]).await;
        assert!(echoed.as_deref() == Some(&long), "another text came back");
    }
    tell(&mut client, &["BEGIN", "SELECT 1", "COMMIT"]).await;
    client.close().await;
}

#[tokio::test]
async fn a_server_that_ends_the_session_is_heard_and_a_statement_cancelled() {
    let guarded = guarded().await;
    let options = guarded.options("localhost", "postgres", WireTlsMode::Required);
    let mut sleeping = client(&options).await;
    let key = sleeping.cancel_key().clone();
    let pid = key.pid().to_string();
    let mut other = client(&options).await;
    let cancel = async {
        let sleeps =
            "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'";
        while one(&mut other, sleeps, &[Some(&pid)]).await.as_deref() != Some("1") {}
        key.cancel().await.expect("asked");
    };
    let (slept, ()) = tokio::join!(sleeping.run("SELECT pg_sleep(600)", &[]), cancel);
    let failure = slept.expect_err("cancelled");
    assert_eq!(failure.sqlstate(), Some("57014"));
    let end = "SELECT pg_terminate_backend($1, 60000)";
    one(&mut other, end, &[Some(&pid)]).await;
    let failure = sleeping.run("SELECT 1", &[]).await.expect_err("gone");
    assert!(matches!(failure, WireFailure::Lost { .. }), "{failure}");
    assert_eq!(failure.sqlstate(), Some("57P01"));
}
