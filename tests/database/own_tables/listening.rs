//! A private server that programs of the user's reach over TCP.

use checkout_sim::database::cluster::{Cluster, ClusterSettings};
use checkout_sim::database::{Playground, Server};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Executor as _, Row as _};

use super::shop::files;
use crate::postgres::postgres;

const ROWS: &str = "CREATE TABLE products (id int PRIMARY KEY, stock int); \
                    INSERT INTO products VALUES (1, 10)";

async fn refusal(options: PgConnectOptions) -> String {
    let refused = PgConnection::connect_with(&options).await;
    let error = refused.expect_err("a refusal");
    let told = error.as_database_error().and_then(|told| told.code());
    told.map_or_else(|| error.to_string(), |code| code.into_owned())
}

/// An application comes in with its password as a role that owns one database, and can do nothing
/// else; the superuser comes in by the socket alone.
#[tokio::test]
async fn an_application_comes_in_as_an_ordinary_role() {
    let settings = ClusterSettings {
        listens: true,
        ..ClusterSettings::default()
    };
    let cluster = Cluster::start(&postgres(), &settings).expect("a server");
    let server = Server::private(cluster.socket_dir(), cluster.port(), cluster.superuser());
    let server = server.listening(cluster.port());
    let made = Playground::make(&server, "sim_listening", &files(&[ROWS])).await;
    let mut playground = made.unwrap_or_else(|error| panic!("{error}"));
    let access = playground.copy().await.expect("a copy").access();
    assert_eq!(
        (access.host.as_str(), access.port),
        ("127.0.0.1", cluster.port())
    );

    let options: PgConnectOptions = access.url.parse().expect("a URL");
    let mut inside = PgConnection::connect_with(&options).await.expect("let in");
    let row = inside
        .fetch_one("SELECT stock, rolsuper, setting FROM products, pg_roles, pg_settings WHERE rolname = current_user AND name = 'listen_addresses'")
        .await
        .expect("a row");
    assert_eq!(row.get::<i32, _>(0), 10);
    assert!(!row.get::<bool, _>(1), "no superuser");
    assert_eq!(row.get::<String, _>(2), "127.0.0.1");
    for forbidden in [
        "COPY products TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "CREATE ROLE another",
        "CREATE DATABASE another",
    ] {
        let refused = inside.execute(forbidden).await.expect_err(forbidden);
        let code = refused.as_database_error().and_then(|told| told.code());
        assert_eq!(code.as_deref(), Some("42501"), "{forbidden}: {refused}");
    }
    assert_eq!(refusal(options.clone().password("guess")).await, "28P01");
    for password in ["", "postgres"] {
        let superuser = options.clone().username("postgres").password(password);
        assert_eq!(refusal(superuser).await, "28P01", "{password:?}");
    }
    // Of several servers each has a port of its own.
    let other = Cluster::start(&postgres(), &settings).expect("another server");
    assert_ne!(other.port(), cluster.port());
}
