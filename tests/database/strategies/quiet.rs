//! A server on which nothing happens but what a test asks for.

use std::time::{Duration, Instant};

use checkout_sim::database::cluster::Cluster;
use checkout_sim::database::{Schema, Server};
use checkout_sim::load::RunResult;
use checkout_sim::scenario::Scenario;
use checkout_sim::shop::Isolation;
use checkout_sim::subject::Strategy;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, Row as _};

use super::{common, run};
use crate::postgres;

const DATABASE: &str = "of_this_run";

/// How long a goodbye may take on a busy machine.
const HUNG: Duration = Duration::from_secs(120);

pub struct Quiet {
    cluster: Cluster,
    /// In another database than the run.
    onlooker: PgConnection,
}

impl Quiet {
    /// With parameters beside those of a private cluster, and an empty database
    /// for runs.
    pub async fn start(parameters: &[(&str, &str)]) -> Self {
        let cluster = postgres::start(&[&[("autovacuum", "off")], parameters].concat());
        let onlooker = postgres::superuser(&cluster, "postgres").connect().await;
        let mut onlooker = onlooker.expect("an onlooker");
        let create = format!("CREATE DATABASE {DATABASE}");
        let create = AssertSqlSafe(create);
        onlooker.execute(create).await.expect("a database");
        Self { cluster, onlooker }
    }

    /// One run in the database of its own: set-up, run and audit, until every
    /// connection is gone.
    pub async fn run(&mut self, scenario: &Scenario, cell: (Strategy, Isolation)) -> RunResult {
        let url = common::url(&self.cluster, DATABASE);
        let server = Server::from_url(&url).expect("a server");
        let mut schema = Schema::create(server, "sim_quiet".into()).await;
        let schema_of_run = schema.as_mut().expect("a schema");
        let result = run(schema_of_run, scenario, cell, 1).await;
        schema.expect("a schema").close().await;
        self.all_gone().await;
        result
    }

    /// A server process counts its transactions in before it is gone from
    /// `pg_stat_activity`, so this waits for the last one.
    async fn all_gone(&mut self) {
        let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1";
        let began = Instant::now();
        while began.elapsed() < HUNG {
            let row = sqlx::query(others).bind(DATABASE);
            let row = row.fetch_one(&mut self.onlooker).await.expect("a count");
            if row.get::<i64, _>(0) == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("a session is still connected to {DATABASE}");
    }

    /// Commits and rollbacks that the server counted so far.
    pub async fn ended(&mut self) -> (i64, i64) {
        let counted = "SELECT xact_commit, xact_rollback FROM pg_stat_database WHERE datname = $1";
        let row = sqlx::query(counted).bind(DATABASE);
        let row = row.fetch_one(&mut self.onlooker).await.expect("counts");
        (row.get(0), row.get(1))
    }

    /// Everything that the server wrote to its log.
    pub fn log(&self) -> String {
        let log = self.cluster.log();
        std::fs::read_to_string(log).expect("the server's log")
    }

    pub fn stop(self) {
        self.cluster.stop().expect("stop the cluster");
    }
}
