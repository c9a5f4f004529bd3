//! Servers that insist on TLS.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

use crate::fixture::{Done, Server, eventually, sim};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};

/// An authority that signs for itself.
struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self {
            certificate: params.self_signed(&key).unwrap(),
            issuer: Issuer::new(params, key),
        }
    }
}

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
            fs::write(directory.path().join(name), authority.certificate.pem()).unwrap();
        };
        write("right.pem", &authority);
        write("wrong.pem", &Authority::new());
        Self {
            server,
            port,
            directory,
        }
    }

    /// A run at `host` with these parameters of the URL.
    fn run(&self, host: &str, parameters: &str) -> Done {
        let directory = self.directory.path().display().to_string();
        let parameters = parameters.replace("DIR", &directory);
        let port = self.port;
        let url = format!("postgres://postgres:hush@{host}:{port}/postgres?{parameters}");
        let done = sim("--strategy atomic --buyers 300").at(&url).json().run();
        let schemas = self.server.database().schemas();
        assert_eq!(schemas, [] as [String; 0]);
        done.never_tells("hush");
        done
    }
}

/// Gives the server a certificate and switches TLS on.
fn install(server: &Server, authority: &Authority) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    put(server, &certificate.pem(), &key.serialize_pem());
    let database = server.database();
    database.run("ALTER SYSTEM SET ssl = on");
    database.ask("SELECT pg_reload_conf()::text");
    eventually("TLS is on", || database.ask("SHOW ssl") == ["on"]);
}

/// Writes the files of a certificate as the server wants them.
fn put(server: &Server, certificate: &str, key: &str) {
    let data = server.cluster().data_dir();
    let owner = fs::metadata(data).unwrap();
    for (name, content) in [("server.crt", certificate), ("server.key", key)] {
        let path = data.join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
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

/// The other direction: a server without TLS, of which TLS is demanded.
#[test]
fn a_server_without_tls_is_refused_when_tls_is_demanded() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let _server = Server::start(&[("listen_addresses", "127.0.0.1"), ("port", &port)]);
    let url = format!("postgres://postgres@localhost:{port}/postgres");
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
    put(&guarded.server, &certificate, &key.serialize_pem());
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
