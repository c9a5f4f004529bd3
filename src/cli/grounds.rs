//! Tables of the user's own on the server of a run: made, copied for each arena, and refused
//! where they cannot be judged.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use tokio::runtime;

use super::exit::{self, Usage};
use crate::database::{self, Fingerprint, GroundCopy, Playground, Server, SetUpError};
use crate::explore::arena::StepError;
use crate::explore::case::Case;
use crate::explore::worlds::engine::{EngineWorld, OwnSite, Site, refused};
use crate::explore::worlds::gate::Gate;
use crate::scenario::OwnTables;

/// Tables of the user's own, a copy for each arena.
#[derive(Debug, Clone)]
pub(super) struct Grounds {
    copies: Vec<GroundCopy>,
    pub(super) fingerprint: Fingerprint,
}

impl Grounds {
    /// Makes the tables in databases of this name, and so many copies of them. On a thread
    /// that may wait.
    pub(super) fn make(
        server: &Server,
        name: &str,
        tables: &OwnTables,
        arenas: usize,
        fingerprint: Fingerprint,
    ) -> Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let copies = runtime.block_on(make(server, name, tables, arenas))?;
        Ok(Self {
            copies,
            fingerprint,
        })
    }

    pub(super) const fn arenas(&self) -> usize {
        self.copies.len()
    }

    /// The arena of this number; refused where an invariant fails, or breaks before any session
    /// has come.
    pub(super) async fn open(
        &self,
        number: usize,
        case: &Arc<Case>,
    ) -> Result<Gate<EngineWorld>, StepError> {
        let database = |error: database::ServerError| StepError::Database(error.to_string());
        let mut ground = self.copies[number].open().await.map_err(database)?;
        let invariants = case.own().map_or(&[][..], |own| &own.invariants);
        let broken = ground.broken(invariants).await.map_err(refused)?;
        if let Some(broken) = broken.first() {
            return Err(StepError::Unsupported(format!(
                "the invariant {} breaks before any session has come: {} row(s); it must hold at \
                 the start",
                broken.invariant, broken.total
            )));
        }
        let site = Site::Own(Box::new(OwnSite::new(ground)));
        let world = EngineWorld::on(site, Arc::clone(case)).await?;
        Ok(Gate::new(world, Arc::clone(case)))
    }
}

async fn make(
    server: &Server,
    name: &str,
    tables: &OwnTables,
    arenas: usize,
) -> Result<Vec<GroundCopy>> {
    // Those of the study before.
    server.drop_playground(name).await?;
    let made = Playground::make(server, name, &tables.set_up).await;
    let mut playground = match made {
        Ok(playground) => playground,
        Err(SetUpError::Server(error)) => return Err(error).context("cannot make your tables"),
        Err(refused) => bail!(Usage(refused.to_string())),
    };
    for sentence in playground.left_out() {
        exit::note(sentence);
    }
    if let [first, ..] = playground.unresettable() {
        let more = playground.unresettable().len() - 1;
        let more = if more == 0 {
            String::new()
        } else {
            format!(" (and {more} more)")
        };
        bail!(Usage(format!(
            "your tables cannot be put back after each schedule: {first}{more}"
        )));
    }
    for table in playground.large_tables() {
        exit::note(&format!(
            "{table} has more than 1,000 rows: its rows are put back, and not in their first order"
        ));
    }
    let mut copies = Vec::new();
    for _ in 0..arenas {
        copies.push(playground.copy().await?);
    }
    playground.close().await;
    Ok(copies)
}
