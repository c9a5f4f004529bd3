//! What a run counted, held against what the server counted meanwhile.

use std::time::Duration;

use checkout_sim::database::cluster::{Cluster, Settings};
use checkout_sim::database::postgres::{Schema, Server};
use checkout_sim::driver::RunResult;
use checkout_sim::scenario::{RetryDelay, Scenario};
use checkout_sim::shop::Isolation;
use checkout_sim::strategy::Strategy;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Executor as _, Row as _};

use super::{cells, common, run, runtime};

const DATABASE: &str = "of_this_run";

/// Transactions that a database has seen the end of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ended {
    committed: i64,
    rolled_back: i64,
}

impl Ended {
    fn since(self, earlier: Self) -> Self {
        Self {
            committed: self.committed - earlier.committed,
            rolled_back: self.rolled_back - earlier.rolled_back,
        }
    }
}

/// A server on which nobody works but who is told to.
struct Quiet {
    cluster: Cluster,
    /// In another database than the run.
    onlooker: PgConnection,
}

impl Quiet {
    async fn start() -> Self {
        let settings = Settings {
            parameters: vec![("autovacuum".into(), "off".into())],
            ..Settings::default()
        };
        let cluster = Cluster::start(&common::postgres(), &settings).expect("start a cluster");
        let mut onlooker = PgConnectOptions::new_without_pgpass()
            .socket(cluster.socket_dir())
            .port(cluster.port())
            .username(cluster.superuser())
            .database("postgres")
            .connect()
            .await
            .expect("an onlooker");
        let create = format!("CREATE DATABASE {DATABASE}");
        let create = sqlx::AssertSqlSafe(create);
        onlooker.execute(create).await.expect("a database");
        Self { cluster, onlooker }
    }

    /// One run in the database of its own, and what the server counted until
    /// every connection was gone: set-up, run and audit.
    async fn counts(
        &mut self,
        scenario: &Scenario,
        cell: (Strategy, Isolation),
    ) -> (RunResult, Ended) {
        let before = self.ended().await;
        let directory = self.cluster.socket_dir().display();
        let (user, port) = (self.cluster.superuser(), self.cluster.port());
        let url = format!("postgres://{user}@localhost:{port}/{DATABASE}?host={directory}");
        let server = Server::from_url(&url).expect("a server");
        let mut schema = Schema::create(server, "sim_totals".into()).await;
        let schema_of_run = schema.as_mut().expect("a schema");
        let result = run(schema_of_run, scenario, cell, 1).await;
        schema.expect("a schema").close().await;
        (result, self.ended().await.since(before))
    }

    /// A server process counts its transactions in before it is gone from
    /// `pg_stat_activity`, so this waits for the last one.
    async fn ended(&mut self) -> Ended {
        let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1";
        let counted = "SELECT xact_commit, xact_rollback FROM pg_stat_database WHERE datname = $1";
        loop {
            let row = sqlx::query(others).bind(DATABASE);
            let row = row.fetch_one(&mut self.onlooker).await.expect("a count");
            if row.get::<i64, _>(0) == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let row = sqlx::query(counted).bind(DATABASE);
        let row = row.fetch_one(&mut self.onlooker).await.expect("counts");
        Ended {
            committed: row.get(0),
            rolled_back: row.get(1),
        }
    }
}

/// What `sim` says that the buyers' transactions and its own looks came to.
fn recorded(result: &RunResult) -> Ended {
    let count = |n: u64| i64::try_from(n).expect("small");
    let (sold, looks) = (count(result.outcomes.sold), count(result.evidence.looks));
    // The statement of the looks is prepared in a transaction of its own.
    let looks = looks + looks.min(1);
    Ended {
        committed: sold + looks,
        rolled_back: count(result.effort.attempts) - sold,
    }
}

/// Every sale is one commit, every other attempt one rollback, and the server
/// counted exactly those. What else a run does (tables, connections, prepared
/// statements, the audit) is the same however many buyers there are, so a run
/// of one buyer says how much that is.
#[test]
fn the_server_counted_the_same_transactions() {
    let crowd = Scenario {
        buyers: 300,
        stock: 60,
        connections: 8,
        max_tries: 4,
        retry_delay: RetryDelay {
            min_us: 100,
            max_us: 1_000,
        },
        ..common::default_scenario()
    };
    let alone = Scenario {
        buyers: 1,
        ..crowd.clone()
    };
    let (mut refused, mut lost) = (0, 0);
    runtime().block_on(async {
        let mut server = Quiet::start().await;
        // Autocommit has a transaction for each statement, and check-outside
        // another one for what it reads before it begins.
        let is_one_transaction =
            |s: Strategy| ![Strategy::Autocommit, Strategy::CheckOutside].contains(&s);
        for cell in cells().filter(|(strategy, _)| is_one_transaction(*strategy)) {
            let (few, of_few) = server.counts(&alone, cell).await;
            let (many, of_many) = server.counts(&crowd, cell).await;
            let counted = of_many.since(of_few);
            let told = recorded(&many).since(recorded(&few));
            assert_eq!(counted, told, "{cell:?}");
            refused += many.outcomes.sold_out;
            lost += many.effort.lost_attempts();
        }
        server.cluster.stop().expect("stop the cluster");
    });
    assert!(refused > 0 && lost > 0, "{refused} refused, {lost} lost");
}
