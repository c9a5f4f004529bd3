//! A private PostgreSQL for tests: where its programs are, how it starts, how to it.

use checkout_sim::database::cluster::{self, Binaries, Cluster, ClusterSettings};
use sqlx::postgres::PgConnectOptions;

/// The server programs, fetched as `sim` fetches them where none are installed: no
/// test skips.
pub fn postgres() -> Binaries {
    let installed = Binaries::find().expect("PostgreSQL can be looked for");
    installed.unwrap_or_else(|| {
        cluster::fetch(&mut |line| eprintln!("{line}")).expect("PostgreSQL can be fetched")
    })
}

/// A server with these parameters beside those of every private cluster.
pub fn start(parameters: &[(&str, &str)]) -> Cluster {
    let parameter = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
    let settings = ClusterSettings {
        parameters: parameters.iter().map(parameter).collect(),
        ..ClusterSettings::default()
    };
    Cluster::start(&postgres(), &settings).expect("a private PostgreSQL starts")
}

/// The way to one of its databases, for its superuser.
pub fn superuser(cluster: &Cluster, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(cluster.socket_dir())
        .port(cluster.port())
        .username(cluster.superuser())
        .database(database)
}
