//! What looks after a schema on a server of the user's when `sim` itself can
//! not: after SIGKILL nothing of ours runs any more, except this.
//!
//! A second `sim` waits at the end of a pipe. A word through the pipe sends it
//! home; the end of the pipe without that word means that the parent is gone,
//! and the guard drops the schemas and the databases of own tables.

use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use super::exit::Exit;
use crate::database::{Asking, Server, ServerError, drop_playground, drop_schema};

/// Sends the guard home.
const DISMISSED: &[u8] = b"dismissed";

/// How long the guard waits for a server that does not answer.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// How long it waits for one that is down: it may be restarted.
const RETURN_MAX: Duration = Duration::from_secs(10);
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// The variable that carries the URL: an argument would show a password to
/// every user that can list processes.
const URL: &str = "SIM_GUARDED_DATABASE_URL";

/// The guard, seen from the run.
#[derive(Debug)]
pub(super) struct Guard(Child);

impl Guard {
    /// Starts a guard over `schemas`.
    pub(super) fn post(url: &str, schemas: &[String]) -> std::io::Result<Self> {
        Command::new(std::env::current_exe()?)
            .arg("guard")
            .args(schemas)
            .env(URL, url)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C at the terminal must not reach it.
            .process_group(0)
            .spawn()
            .map(Self)
    }

    /// Sends it home: there is nothing to drop any more.
    pub(super) fn dismiss(mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            // A guard that is gone already cannot be told.
            let _ = pipe.write_all(DISMISSED);
        }
        let _ = self.0.wait();
    }
}

/// Drops something of a server that may be down, or silent, for a while.
async fn drop_in_the_end(
    url: &str,
    drop: impl AsyncFn(Server) -> Result<(), ServerError>,
) -> Result<()> {
    let asking = Asking::begin();
    loop {
        // A server that was given up once is not asked again: each time a new one.
        let dropped = drop(Server::from_url(url)?).await;
        let limit = match dropped {
            Ok(()) => return Ok(()),
            Err(ServerError::NoAnswer { .. }) => ANSWER_MAX,
            Err(_) => RETURN_MAX,
        };
        if !asking.again(limit, ASK_AGAIN).await {
            return Ok(dropped?);
        }
    }
}

/// Stands guard: `sim guard SCHEMA...`, started by [`Guard::post`] alone.
pub(super) fn stand(schemas: &[String]) -> Result<Exit> {
    let url = std::env::var(URL).context("the guard is started by sim itself")?;
    let mut word = Vec::new();
    std::io::stdin().read_to_end(&mut word)?;
    if word == DISMISSED {
        return Ok(Exit::AsExpected);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    for schema in schemas {
        let drop = async |server: Server| drop_schema(&server, schema).await;
        runtime.block_on(drop_in_the_end(&url, drop))?;
    }
    // The databases of own tables have the name of the first schema.
    if let Some(name) = schemas.first() {
        let drop = async |server: Server| drop_playground(&server, name).await;
        runtime.block_on(drop_in_the_end(&url, drop))?;
    }
    Ok(Exit::AsExpected)
}
