//! A server of the user's: nothing on it is touched but what the run has made.

use std::time::Duration;

use checkout_sim::database::cluster::Cluster;
use checkout_sim::database::{Playground, Server, ServerError, SetUpError, drop_playground};
use checkout_sim::scenario::SetUp;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use super::dump::{lines, run};
use super::shop::{files, ground};
use crate::postgres;

/// A server with a database of the user's, and roles.
struct Users {
    cluster: Cluster,
    look: PgConnection,
    before: Vec<String>,
}

impl Users {
    async fn start() -> Self {
        let cluster = postgres::start(&[("autovacuum", "off")]);
        let connect = async |database: &str| {
            let options = postgres::superuser(&cluster, database);
            PgConnection::connect_with(&options)
                .await
                .expect("a connection")
        };
        run(
            &mut connect("postgres").await,
            "CREATE ROLE maker LOGIN CREATEDB; CREATE ROLE plain LOGIN; \
             CREATE ROLE reader LOGIN; ALTER ROLE reader SET work_mem TO '1MB'",
        )
        .await;
        run(
            &mut connect("postgres").await,
            "CREATE DATABASE mine OWNER plain",
        )
        .await;
        let mut look = connect("mine").await;
        run(
            &mut look,
            "CREATE TABLE products (id int PRIMARY KEY, stock int); \
             INSERT INTO products VALUES (1, 10), (2, 20); COMMENT ON DATABASE mine IS 'a shop'; \
             GRANT SELECT ON products TO reader; CREATE SCHEMA sim; CREATE TABLE sim.tables (x int)",
        )
        .await;
        let before = all(&mut look).await;
        Self {
            cluster,
            look,
            before,
        }
    }

    fn server(&self, role: &str) -> Server {
        let (port, socket) = (self.cluster.port(), self.cluster.socket_dir().display());
        let url = format!("postgres://{role}@localhost:{port}/mine?host={socket}");
        Server::from_url(&url).expect("a URL").marked()
    }

    async fn assert_untouched(&mut self, after: &str) {
        assert_eq!(all(&mut self.look).await, self.before, "{after}");
    }
}

/// The whole catalogue that all databases share, the catalogue of the user's, and its rows.
async fn all(look: &mut PgConnection) -> Vec<String> {
    let mut found = Vec::new();
    for table in [
        "pg_database",
        "pg_authid",
        "pg_auth_members",
        "pg_db_role_setting",
        "pg_tablespace",
        "pg_shdescription",
        "pg_shdepend",
        "pg_shseclabel",
        "pg_parameter_acl",
        "pg_namespace",
        "pg_class",
        "pg_attribute",
        "pg_proc",
        "pg_type",
        "pg_constraint",
        "pg_trigger",
        "pg_description",
        "pg_extension",
        "pg_default_acl",
        "pg_largeobject_metadata",
        "products",
        "sim.tables",
    ] {
        let sql =
            format!("SELECT '{table} ' || ctid || xmin || t::text FROM {table} AS t ORDER BY 1");
        found.extend(lines(look, &sql).await);
    }
    found
}

const SHOP: &str = "CREATE TABLE products (id int PRIMARY KEY, stock int); \
     INSERT INTO products VALUES (1, 10);";
const KEYS: &str = "CREATE TABLE lines (product int REFERENCES products);";

#[tokio::test]
async fn every_ending_leaves_the_users_server_as_it_was() {
    let mut users = Users::start().await;
    for role in ["postgres", "maker"] {
        let server = users.server(role);
        let name = "sim_0123456789ab";
        let made = Playground::make(&server, name, &files(&[SHOP])).await;
        let mut playground = made.unwrap_or_else(|error| panic!("{role}: {error}"));
        let mut arena = ground(&mut playground).await;
        let other = ground(&mut playground).await;
        assert_eq!(
            arena
                .state()
                .await
                .expect("a state")
                .rows("products")
                .count(),
            1
        );
        arena.reset().await.expect("reset");
        assert_eq!(
            server.sweep_playgrounds().await,
            Vec::<String>::new(),
            "it is alive"
        );
        // With its connections still open, as after a panic; and again, as by the guard.
        drop(other);
        drop_playground(&server, name).await.expect("dropped");
        drop_playground(&server, name)
            .await
            .expect("nothing is left to drop");
        users.assert_untouched(role).await;

        let wrong = files(&[SHOP, "CREATE ROLE x SUPERUSER; SELECT wrong"]);
        let refused = Playground::make(&server, name, &wrong).await;
        assert!(
            matches!(refused, Err(SetUpError::Statement { line: 1, .. })),
            "{refused:?}"
        );
        users.assert_untouched("a set-up that fails").await;

        let sleep = SetUp::Command("sleep 60".into());
        let making = Playground::make(&server, name, &sleep);
        let cut = tokio::time::timeout(Duration::from_secs(1), making).await;
        assert!(cut.is_err(), "it was dropped in the middle");
        drop_playground(&server, name).await.expect("dropped");
        users.assert_untouched("a set-up that was cut").await;
    }
}

#[tokio::test]
async fn a_dead_runs_databases_are_swept_away_and_nothing_else() {
    let mut users = Users::start().await;
    let server = users.server("postgres");
    let mut left = Vec::new();
    for name in ["sim_0123456789ab", "sim_0123456789ac"] {
        let made = Playground::make(&server, name, &files(&[SHOP])).await;
        let mut playground = made.unwrap_or_else(|error| panic!("{error}"));
        ground(&mut playground).await.close().await;
        playground.close().await;
        left.push(name);
    }
    // The process of the first one had another start: it has ended.
    let mark = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'sim_0123456789ab'";
    let mark = lines(&mut users.look, mark).await.remove(0);
    let words: Vec<&str> = mark.split(' ').collect();
    let dead = format!("sim: process {} 1 {}", words[2], words[4]);
    for of in ["DATABASE", "ROLE"] {
        run(
            &mut users.look,
            &format!("COMMENT ON {of} {} IS '{dead}'", left[0]),
        )
        .await;
    }
    assert_eq!(server.sweep_playgrounds().await, [left[0]]);
    assert_eq!(server.sweep_playgrounds().await, Vec::<String>::new());
    let there =
        "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname ~ '^sim'";
    assert_eq!(
        lines(&mut users.look, there).await,
        ["sim_0123456789ac sim_0123456789ac_1"]
    );
    drop_playground(&server, left[1]).await.expect("dropped");
    users.assert_untouched("swept").await;
}

#[tokio::test]
async fn a_role_that_may_not_is_told_what_it_lacks() {
    let mut users = Users::start().await;
    let name = "sim_0123456789ab";
    let refused = Playground::make(&users.server("plain"), name, &files(&[SHOP])).await;
    let Err(SetUpError::Server(error @ ServerError::MayNotCreateDatabase { .. })) = refused else {
        panic!("{refused:?}");
    };
    let said = error.to_string();
    assert!(said.contains("ALTER ROLE \"plain\" CREATEDB"), "{said}");
    assert!(said.contains("--database-url"), "{said}");
    assert!(error.is_refusal());
    users.assert_untouched("refused").await;

    // Without a superuser, triggers would fire while rows are put back: keys are triggers too.
    let server = users.server("maker");
    let made = Playground::make(&server, name, &files(&[SHOP, KEYS])).await;
    let playground = made.unwrap_or_else(|error| panic!("{error}"));
    let named: Vec<String> = playground
        .unresettable()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(!named.is_empty());
    for it in &named {
        assert!(it.contains("checks a key: only a superuser"), "{it}");
    }
    drop_playground(&server, name).await.expect("dropped");
    users.assert_untouched("dropped").await;
}
