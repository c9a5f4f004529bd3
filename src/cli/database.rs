//! The server of a run: a private cluster, or one that runs already.

use anyhow::{Context, Result, bail};

use super::args::DatabaseArgs;
use super::exit::{self, Usage};
use super::guard::Guard;
use super::progress::Display;
use crate::database::cluster::{self, Binaries, Cluster, Settings};
use crate::database::postgres::Server;

/// Room on the private server beside the buyers' connections: the run's own
/// connection, the three that PostgreSQL reserves for superusers, and some.
const CONNECTIONS_BESIDE: u32 = 10;

/// PostgreSQL's own default; fewer would change nothing.
const CONNECTIONS_MIN: u32 = 100;

/// A server, and whatever must be cleaned up after the run.
pub(super) struct Database {
    pub(super) server: Server,
    /// The schema of the run.
    pub(super) schema: String,
    cluster: Option<Cluster>,
    guard: Option<Guard>,
    keep: bool,
}

impl Database {
    /// Starts or finds the server.
    pub(super) fn ready(args: &DatabaseArgs, connections: u32, display: Display) -> Result<Self> {
        let schema = format!("sim_{:012x}", rand::random::<u64>() >> 16);
        if let Some(url) = &args.database_url {
            let server = Server::from_url(url).map_err(|error| Usage(error.to_string()))?;
            let guard = match args.keep {
                true => None,
                false => Some(Guard::post(url, &schema).context("cannot start the guard")?),
            };
            return Ok(Self {
                server,
                schema,
                cluster: None,
                guard,
                keep: args.keep,
            });
        }
        let cluster = start_cluster(args, connections, display)?;
        Ok(Self {
            server: Server::private(cluster.socket_dir(), cluster.port(), cluster.superuser()),
            schema,
            cluster: Some(cluster),
            guard: None,
            keep: false,
        })
    }

    /// Why the private server ended on its own, if it did.
    pub(super) fn has_died(&self) -> Option<String> {
        self.cluster.as_ref().and_then(Cluster::has_died)
    }

    /// Leaves nothing behind: drops the schema, or stops the private server.
    pub(super) async fn clean_up(self) -> Result<()> {
        if let Some(cluster) = self.cluster {
            return cluster.stop().context("cannot stop the private server");
        }
        if self.keep {
            let (schema, server) = (&self.schema, self.server.address());
            exit::note(&format!("kept: schema {schema} on {server}"));
            return Ok(());
        }
        self.server
            .drop_schema(&self.schema)
            .await
            .with_context(|| {
                let (schema, server) = (&self.schema, self.server.address());
                format!("schema {schema} is left behind on {server}: DROP SCHEMA {schema} CASCADE")
            })?;
        if let Some(guard) = self.guard {
            guard.dismiss();
        }
        Ok(())
    }
}

fn start_cluster(args: &DatabaseArgs, connections: u32, display: Display) -> Result<Cluster> {
    let binaries = match Binaries::find()? {
        Some(binaries) => binaries,
        None => fetch(args, display)?,
    };
    let _busy = display.busy("starting a private PostgreSQL");
    let settings = Settings {
        max_connections: CONNECTIONS_MIN.max(connections + CONNECTIONS_BESIDE),
        ..Settings::default()
    };
    Cluster::start(&binaries, &settings).context("cannot start a private PostgreSQL")
}

fn fetch(args: &DatabaseArgs, display: Display) -> Result<Binaries> {
    if args.no_download {
        bail!(
            "no PostgreSQL server is installed, and --no-download is set\n{}",
            cluster::ways_to_go_on()
        );
    }
    let busy = display.busy("fetching PostgreSQL");
    let fetched = cluster::fetch(&mut |line| {
        exit::note(line);
        busy.say(line);
    });
    Ok(fetched?)
}
