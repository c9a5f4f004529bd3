//! The server of a run: a private cluster, or one that runs already.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};

use super::args::ServerArgs;
use super::exit::{self, Usage};
use super::guard::Guard;
use super::progress::Display;
use crate::database::cluster::{self, Binaries, Cluster, ClusterSettings};
use crate::database::{
    self, Fingerprint, ReadOnlyDatabase, Schema, Server, drop_playground, drop_schema, once_ready,
};

/// Room on the private server beside the buyers' connections: the run's own
/// connection, the three that PostgreSQL reserves for superusers, and some.
const CONNECTIONS_BESIDE: u32 = 10;

/// PostgreSQL's own default; fewer would change nothing.
const CONNECTIONS_MIN: u32 = 100;

/// What a command needs of a server.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The name of the first schema; one that is drawn where nothing is said.
    pub(super) schema: Option<String>,
    /// Connections beside its own.
    pub(super) connections: u32,
    /// Schemas.
    pub(super) schemas: usize,
    /// Whether the schemas stay.
    pub(super) keep: bool,
    /// Whether programs of the user's reach it over TCP.
    pub(super) listens: bool,
    /// Whether its database is that of a service that runs already: nothing is made in it.
    pub(super) only_reads: bool,
}

/// A server, and whatever must be cleaned up after the run.
pub(super) struct Database {
    server: Server,
    /// The schemas of the run.
    schemas: Vec<String>,
    /// Whether the schemas may be there: from the moment they are asked for.
    may_be_there: bool,
    cluster: Option<Cluster>,
    guard: Option<Guard>,
    keep: bool,
}

impl Database {
    /// Starts or finds the server.
    pub(super) fn ready(args: &ServerArgs, wanted: Wanted, display: Display) -> Result<Self> {
        if wanted.only_reads {
            return Self::of_visit(args);
        }
        let drawn = || format!("sim_{:012x}", rand::random::<u64>() >> 16);
        let name = wanted.schema.clone().unwrap_or_else(drawn);
        let numbered = (2..=wanted.schemas).map(|number| format!("{name}_{number}"));
        let schemas: Vec<String> = std::iter::once(name.clone()).chain(numbered).collect();
        if let Some(url) = &args.database_url {
            let refused = |error| Usage(format!("--database-url (or SIM_DATABASE_URL): {error}"));
            let server = Server::from_url(url).map_err(refused)?;
            let server = server.with_patience(args.patience, Arc::new(exit::warn));
            // What is kept has no mark: no other run may take it for left behind.
            let (server, guard) = match wanted.keep {
                true => (server, None),
                false => {
                    let guard = Guard::post(url, &schemas).context("cannot start the guard")?;
                    (server.marked(), Some(guard))
                }
            };
            return Ok(Self {
                server,
                schemas,
                may_be_there: false,
                cluster: None,
                guard,
                keep: wanted.keep,
            });
        }
        let cluster = start_cluster(args, &wanted, display)?;
        let server = Server::private(cluster.socket_dir(), cluster.port(), cluster.superuser());
        let server = match wanted.listens {
            true => server.listening(cluster.port()),
            false => server,
        };
        Ok(Self {
            server: server.with_patience(args.patience, Arc::new(exit::warn)),
            schemas,
            may_be_there: false,
            cluster: Some(cluster),
            guard: None,
            keep: false,
        })
    }

    /// The database of a service that runs already: without a schema, and so without a guard.
    fn of_visit(args: &ServerArgs) -> Result<Self> {
        let url = args.database_url.as_deref().unwrap_or_default();
        let server = Server::from_url(url).map_err(|error| Usage(error.to_string()))?;
        let server = server.with_patience(args.patience, Arc::new(exit::warn));
        Ok(Self {
            server: server.read_only(),
            schemas: Vec::new(),
            may_be_there: false,
            cluster: None,
            guard: None,
            keep: false,
        })
    }

    /// Whether nothing is made in it.
    pub(super) const fn only_reads(&self) -> bool {
        self.schemas.is_empty()
    }

    /// Asks a database that is only read which server it is on, where each connection keeps its
    /// session: what is given up is ended by the number of its session.
    pub(super) async fn look(&self) -> Result<Fingerprint, database::ServerError> {
        once_ready(async || self.server.refuse_stand_in().await).await?;
        once_ready(async || self.server.keep_watch().await).await?;
        let mut database = once_ready(async || ReadOnlyDatabase::open(&self.server).await).await?;
        let fingerprint = database.fingerprint().await;
        database.close().await;
        fingerprint
    }

    /// The server.
    pub(super) const fn server(&self) -> &Server {
        &self.server
    }

    /// The names of the run's schemas, of which [`Database::create_schema`]
    /// makes the first.
    pub(super) fn schemas(&self) -> &[String] {
        &self.schemas
    }

    /// Creates the first schema of the run, where each connection keeps its
    /// session.
    pub(super) async fn create_schema(&mut self) -> Result<Schema, database::ServerError> {
        once_ready(async || self.server.refuse_stand_in().await).await?;
        once_ready(async || self.server.keep_watch().await).await?;
        let connect = async || Schema::connect(self.server.clone(), self.schemas[0].clone()).await;
        let mut schema = once_ready(connect).await?;
        if self.cluster.is_none() {
            for name in schema.sweep().await {
                exit::note(&format!(
                    "dropped schema {name}, which a run that was killed had left"
                ));
            }
        }
        if self.cluster.is_none() {
            for run in self.server.sweep_playgrounds().await {
                exit::note(&format!(
                    "dropped the databases of {run}, a run that was killed"
                ));
            }
        }
        self.may_be_there = true;
        let made = schema.make().await;
        self.may_be_there = !made.as_ref().is_err_and(database::ServerError::is_refusal);
        made.map(|()| schema)
    }

    /// Nothing ran, so there is nothing to keep.
    pub(super) const fn keep_nothing(&mut self) {
        self.keep = false;
    }

    /// Whether something of the run may be on the server.
    pub(super) const fn may_be_there(&self) -> bool {
        self.may_be_there
    }

    /// Asks the server once more, should it have been given up: it may be back.
    #[cfg(feature = "serve")]
    pub(super) fn ask_again(&mut self) {
        let server = self.server.clone();
        self.server = server.with_patience(self.server.patience(), Arc::new(exit::warn));
    }

    /// What has become of the private server on its own: it ended, or its disk is full.
    pub(super) fn troubles(&self) -> Vec<String> {
        let cluster = self.cluster.as_ref();
        let died = cluster.and_then(Cluster::has_died);
        let full = cluster.and_then(Cluster::has_no_space);
        let full = full.map(|error| error.to_string());
        died.into_iter().chain(full).collect()
    }

    /// What is left if it cannot be cleaned up, and how to do so by hand.
    pub(super) fn left_behind(&self) -> String {
        if self.only_reads() {
            return format!("nothing of the run is on {}", self.server.address());
        }
        let (remedy, server) = (
            self.server.engine().drop_schemas(&self.schemas),
            self.server.address(),
        );
        let are = match self.schemas.len() {
            1 => "schema is",
            _ => "schemas are",
        };
        format!("the run's {are} left behind on {server}; drop what is there of it with\n{remedy};")
    }

    /// Leaves nothing behind: drops the schemas, or stops the private server.
    ///
    /// Where an exploration still works on the server (`is_busy`), a schema may come
    /// back: then the guard stays, and drops what it finds when this process
    /// has ended.
    pub(super) async fn clean_up(self, is_busy: bool) -> Result<()> {
        if let Some(cluster) = self.cluster {
            // On a thread of its own: signals are heard meanwhile.
            let stopped = tokio::task::spawn_blocking(|| cluster.stop()).await?;
            return stopped.context("cannot stop the private server");
        }
        if self.may_be_there && self.keep {
            let (schema, server) = (&self.schemas[0], self.server.address());
            exit::note(&format!("kept: schema {schema} on {server}"));
        } else if self.may_be_there {
            for schema in &self.schemas {
                let dropped = drop_schema(&self.server, schema).await;
                let left = |error| anyhow!("{error}: {}", self.left_behind());
                dropped.map_err(left)?;
            }
        }
        if self.may_be_there {
            // The databases of tables of the user's own, where there are any.
            let dropped = drop_playground(&self.server, &self.schemas[0]).await;
            dropped.context("cannot drop the databases of your own tables")?;
        }
        if let Some(guard) = self.guard.filter(|_| !is_busy) {
            guard.dismiss();
        }
        Ok(())
    }
}

fn start_cluster(args: &ServerArgs, wanted: &Wanted, display: Display) -> Result<Cluster> {
    let binaries = match Binaries::find()? {
        Some(binaries) => binaries,
        None => fetch(args, display)?,
    };
    let _busy = display.busy("starting a private PostgreSQL");
    for home in cluster::sweep() {
        exit::note(&format!(
            "removed {}, which a run that was killed had left",
            home.display()
        ));
    }
    let settings = ClusterSettings {
        max_connections: CONNECTIONS_MIN.max(wanted.connections + CONNECTIONS_BESIDE),
        listens: wanted.listens,
        ..ClusterSettings::default()
    };
    Cluster::start(&binaries, &settings).context("cannot start a private PostgreSQL")
}

fn fetch(args: &ServerArgs, display: Display) -> Result<Binaries> {
    if args.no_download {
        if let Some(binaries) = cluster::fetched_before()? {
            return Ok(binaries);
        }
        bail!(
            "no PostgreSQL server is installed, and --no-download is set\n{}",
            cluster::ways_to_go_on()
        );
    }
    let busy = display.busy("fetching PostgreSQL");
    let fetched = cluster::fetch(&mut |line| {
        exit::note(line);
        // The whole line is longer than a terminal is wide.
        busy.say(line.split(" into ").next().unwrap_or(line));
    });
    Ok(fetched?)
}
