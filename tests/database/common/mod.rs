//! One private cluster for all tests of a binary; a schema for each.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use checkout_sim::database::cluster::Cluster;
use checkout_sim::database::{Schema, Server};
use checkout_sim::scenario::{Arrival, Popularity, RetryDelay, Scenario};
use checkout_sim::shop::{LockOrder, Retry};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor};

use crate::postgres;

/// The cluster, started by the test that comes first. It is never dropped: when the
/// process ends, its reaper stops the server and removes the directory.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| postgres::start(&[("max_connections", "200")]))
}

/// The URL of one of its databases, for its superuser.
pub fn url(cluster: &Cluster, database: &str) -> String {
    let (role, port) = (cluster.superuser(), cluster.port());
    let socket = cluster.socket_dir().display();
    format!("postgres://{role}@localhost:{port}/{database}?host={socket}")
}

/// A name that no other test of this binary uses.
pub fn name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The shared cluster, and the name of a schema that is still to be made.
pub fn server_and_name() -> (Server, String) {
    let cluster = cluster();
    let server = Server::private(cluster.socket_dir(), cluster.port(), cluster.superuser());
    (server, name())
}

/// A schema on the shared cluster.
pub async fn schema() -> Schema {
    let cluster = cluster();
    let server = Server::private(cluster.socket_dir(), cluster.port(), cluster.superuser());
    Schema::create(server, name()).await.expect("a schema")
}

/// A schema in a database whose backends look for deadlocks after 20 ms rather
/// than after a second: only that many deadlocks as a test needs are waited for.
pub async fn schema_where_deadlocks_are_noticed_soon() -> Schema {
    let (cluster, database) = (cluster(), name());
    let mut connection = connect("postgres").await;
    for sql in [
        format!("CREATE DATABASE {database}"),
        format!("ALTER DATABASE {database} SET deadlock_timeout TO '20ms'"),
    ] {
        let done = connection.execute(AssertSqlSafe(sql)).await;
        done.expect("a superuser may");
    }
    let server = Server::from_url(&url(cluster, &database)).expect("a URL");
    // Its database has the schema's name, so that `look_into` finds both.
    Schema::create(server, database).await.expect("a schema")
}

/// A connection that has nothing to do with the code under test, to look at a
/// schema's tables with SQL of the test's own.
pub async fn look_into(schema: &Schema) -> PgConnection {
    let has_own_database = schema.address().ends_with(schema.name());
    let mut connection = connect(if has_own_database {
        schema.name()
    } else {
        "postgres"
    })
    .await;
    let path = format!("SET search_path TO {}", schema.name());
    let set = connection.execute(AssertSqlSafe(path)).await;
    set.expect("the search path is set");
    connection
}

/// A connection to one of its databases.
pub async fn connect(database: &str) -> PgConnection {
    let options = postgres::superuser(cluster(), database);
    PgConnection::connect_with(&options)
        .await
        .expect("the cluster takes a connection")
}

/// What `sim run` does when it is told nothing but a strategy.
pub fn default_scenario() -> Scenario {
    Scenario {
        buyers: 500,
        products: 1,
        stock: 100,
        lines: 1,
        duplicate_lines: false,
        units: 1,
        lock_order: LockOrder::Sorted,
        popularity: Popularity::Uniform,
        connections: 16,
        arrival: Arrival::Burst,
        think_time_us: 0,
        max_tries: 10,
        retry: Retry::default(),
        retry_delay: RetryDelay {
            min_us: 1_000,
            max_us: 50_000,
        },
        runs: 1,
        seed: 1,
        mix: checkout_sim::scenario::Mix::default(),
        key: None,
        faults: Default::default(),
    }
}
