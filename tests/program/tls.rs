//! Servers that insist on TLS.

use std::fs;
use std::net::TcpListener;

use crate::authority::{Authority, put};
use crate::fixture::{Done, Server, eventually, sim};
use checkout_sim::subject::script::shipped;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

/// A server named `localhost` that refuses TCP without TLS.
struct Guarded {
    server: Server,
    port: u16,
    directory: tempfile::TempDir,
}

impl Guarded {
    fn start() -> Self {
        let authority = Authority::new();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let server = Server::start(&[
            ("listen_addresses", "127.0.0.1"),
            ("port", &port.to_string()),
        ]);
        install(&server, &authority);
        server.admit("hostssl all all 127.0.0.1/32 trust");
        let directory = tempfile::tempdir().unwrap();
        let write = |name, authority: &Authority| {
            fs::write(directory.path().join(name), authority.pem()).unwrap();
        };
        write("right.pem", &authority);
        write("wrong.pem", &Authority::new());
        let script = shipped::named("optimistic").unwrap();
        fs::write(directory.path().join("own.sql"), script).unwrap();
        Self {
            server,
            port,
            directory,
        }
    }

    /// A run at `host` with these parameters of the URL.
    fn run(&self, host: &str, parameters: &str) -> Done {
        self.run_strategy("atomic", host, parameters)
    }

    /// The same with the client in which every value is text.
    fn run_script(&self, host: &str, parameters: &str) -> Done {
        self.run_strategy("DIR/own.sql", host, parameters)
    }

    fn run_strategy(&self, strategy: &str, host: &str, parameters: &str) -> Done {
        let directory = self.directory.path().display().to_string();
        let strategy = strategy.replace("DIR", &directory);
        let parameters = parameters.replace("DIR", &directory);
        let port = self.port;
        let url = format!("postgres://postgres:hush@{host}:{port}/postgres?{parameters}");
        let call = sim(&format!("--strategy {strategy} --buyers 300"));
        let done = call.at(&url).json().run();
        let schemas = self.server.database().schemas();
        assert_eq!(schemas, [] as [String; 0]);
        done.never_tells("hush");
        done
    }
}

/// Gives the server a certificate and switches TLS on.
fn install(server: &Server, authority: &Authority) {
    let (certificate, key) = authority.sign_host("localhost");
    put(server.cluster(), "server.crt", &certificate);
    put(server.cluster(), "server.key", &key);
    let database = server.database();
    database.run("ALTER SYSTEM SET ssl = on");
    database.ask("SELECT pg_reload_conf()::text");
    eventually("TLS is on", || database.ask("SHOW ssl") == ["on"]);
}

#[test]
fn a_server_that_requires_tls_gets_it_and_is_verified_when_asked() {
    let guarded = Guarded::start();
    // With TLS: demanded, verified, and by default.
    for parameters in [
        "sslmode=require",
        "sslmode=verify-ca&sslrootcert=DIR/right.pem",
        "sslmode=verify-full&sslrootcert=DIR/right.pem",
        "",
    ] {
        guarded.run("localhost", parameters).exits(0);
    }
    // Without TLS the server refuses.
    let refused = guarded.run("localhost", "sslmode=disable");
    refused.exits(1).complains("cannot connect to localhost:");
    refused.complains("no encryption (SQLSTATE 28000)");
    // The wrong authority, the wrong name, no authority at all.
    for (host, parameters, why) in [
        (
            "localhost",
            "sslmode=verify-full&sslrootcert=DIR/wrong.pem",
            "invalid peer certificate",
        ),
        (
            "127.0.0.1",
            "sslmode=verify-full&sslrootcert=DIR/right.pem",
            "not valid for name",
        ),
        (
            "localhost",
            "sslmode=verify-full",
            "invalid peer certificate: UnknownIssuer",
        ),
    ] {
        let refused = guarded.run(host, parameters);
        refused
            .exits(1)
            .says("NOT RUN")
            .complains("cannot connect to ");
        refused.complains(why);
    }
}

/// Its connections are opened by another client: what that one proves is tested without
/// the driver before it, in `tests/database/wire/tls.rs`.
#[test]
fn a_script_speaks_tls_as_a_strategy_that_is_built_in() {
    let guarded = Guarded::start();
    for (host, parameters) in [
        ("localhost", ""),
        ("127.0.0.1", "sslmode=require&sslrootcert=DIR/wrong.pem"),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert=DIR/right.pem"),
        ("localhost", "sslmode=verify-full&ssl-ca=DIR/right.pem"),
    ] {
        let done = guarded.run_script(host, parameters);
        done.exits(0).says("own.sql");
    }
    for (parameters, why) in [
        (
            "sslmode=verify-full&sslrootcert=DIR/right.pem",
            "not valid for name",
        ),
        (
            "sslmode=verify-ca&sslrootcert=DIR/wrong.pem",
            "invalid peer certificate",
        ),
        ("sslmode=disable", "no encryption (SQLSTATE 28000)"),
    ] {
        let refused = guarded.run_script("127.0.0.1", parameters);
        refused.exits(1).complains("cannot connect to 127.0.0.1:");
        refused.complains(why);
    }
}

/// The other direction: a server without TLS, of which TLS is demanded.
#[test]
fn a_server_without_tls_is_refused_when_tls_is_demanded() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let server = Server::start(&[("listen_addresses", "127.0.0.1"), ("port", &port)]);
    server
        .database()
        .run("ALTER ROLE postgres PASSWORD 'known'");
    let url = format!("postgres://postgres:known@localhost:{port}/postgres");
    let call = || sim("--strategy atomic --buyers 300");
    call().at(&url).run().exits(0);
    let refused = call().at(&format!("{url}?sslmode=require")).run();
    refused.exits(1).complains("server does not support TLS");
}

/// As `openssl req -x509` makes one: an authority's, which signs for itself and is the server's too.
#[test]
fn a_certificate_that_is_its_own_authority_is_refused_in_plain_words() {
    let guarded = Guarded::start();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap().pem();
    put(guarded.server.cluster(), "server.crt", &certificate);
    put(guarded.server.cluster(), "server.key", &key.serialize_pem());
    guarded
        .server
        .database()
        .ask("SELECT pg_reload_conf()::text");
    fs::write(guarded.directory.path().join("own.pem"), certificate).unwrap();
    let refused = || guarded.run("localhost", "sslmode=verify-full&sslrootcert=DIR/own.pem");
    eventually("the new certificate is used", || {
        refused().stderr.contains("CaUsedAsEndEntity")
    });
    refused()
        .exits(1)
        .complains("the server's certificate is an authority's");
    guarded.run("localhost", "sslmode=require").exits(0);
}
