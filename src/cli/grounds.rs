//! Tables of the user's own on the server of a run: made, copied for each arena, and refused
//! where they cannot be judged.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use tokio::runtime;

use super::exit::{self, Usage};
use crate::cell::Cell;
use crate::database::{
    Ground, GroundCopy, Playground, ReadOnlyDatabase, RuleError, Server, ServerError, SetUpError,
};
use crate::explore::arena::StepError;
use crate::explore::case::Case;
use crate::explore::overheard::{Overheard, overhear};
use crate::explore::own::end_tables;
use crate::explore::recorded::{RecordedRequests, record};
use crate::explore::worlds::engine::{EngineWorld, OwnSite, Site};
use crate::explore::worlds::proxied::{ProxiedArena, ProxiedService, ServiceProgram};
use crate::explore::worlds::proxy::open_faulty_way;
use crate::load::{LoadTables, VisitedService};
use crate::oracle::Broken;
use crate::oracle::serial::check_names;
use crate::scenario::{OwnTables, Scenario, ServicePlan, Shape};
use crate::service::{FoundService, ServiceGiven, ServiceOrigin};

/// Tables of the user's own, a copy for each arena.
#[derive(Debug, Clone)]
pub(super) struct Grounds {
    copies: Vec<GroundCopy>,
    /// What runs on them, where it is no script.
    service: Option<ServicePlan>,
    /// How many of the copies have had a service: it changes them, and the next one has another.
    used: Arc<AtomicUsize>,
}

impl Grounds {
    /// Makes the tables in databases of this name, and so many copies of them. On a thread
    /// that may wait.
    pub(super) fn make(
        server: &Server,
        name: &str,
        tables: &OwnTables,
        (arenas, cells): (usize, usize),
    ) -> Result<Self> {
        let copies = match tables.has_service() {
            true => arenas * cells,
            false => arenas,
        };
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let copies = runtime.block_on(make(server, name, tables, copies))?;
        Ok(Self {
            copies,
            service: tables.service.clone(),
            used: Arc::default(),
        })
    }

    pub(super) const fn arenas(&self) -> usize {
        self.copies.len()
    }

    /// Whether a service runs on them.
    pub(super) const fn have_service(&self) -> bool {
        self.service.is_some()
    }

    /// A service, started on a copy of its own; `false` where deadlocks have no certain victim.
    ///
    /// # Panics
    /// Where no service runs on them, or more of them than there are copies for.
    pub(super) async fn open_service(
        &self,
        shape: &Shape,
        case: Arc<Case>,
    ) -> Result<(ProxiedArena<ServiceProgram>, bool), StepError> {
        self.service(shape, &case).open(case).await
    }

    /// Starts a service on a copy of its own, and hears what it says to its database.
    ///
    /// # Panics
    /// As [`Self::open_service`].
    pub(super) async fn overhear(
        &self,
        shape: &Shape,
        case: &Case,
    ) -> Result<Overheard, StepError> {
        overhear(self.service(shape, case), case).await
    }

    /// Starts a service on a copy of its own, and hears each of its requests.
    ///
    /// # Panics
    /// As [`Self::open_service`].
    pub(super) async fn record(
        &self,
        shape: &Shape,
        case: &Case,
    ) -> Result<RecordedRequests, StepError> {
        record(self.service(shape, case), case).await
    }

    /// The service, on the next copy that nothing uses.
    fn service(&self, shape: &Shape, case: &Case) -> ProxiedService<'_> {
        let number = self.used.fetch_add(1, Ordering::Relaxed);
        let subject = case.terms.cell.subject;
        ProxiedService {
            plan: self.service.as_ref().expect("a service runs on them"),
            given: ServiceGiven {
                variant: subject.variant().unwrap_or_default(),
                products: shape.products,
                stock: shape.stock,
            },
            copy: &self.copies[number],
        }
    }

    /// The world of this number.
    pub(super) async fn open(
        &self,
        number: usize,
        case: Arc<Case>,
    ) -> Result<EngineWorld, StepError> {
        let ground = self.copies[number].open().await;
        let ground = ground.map_err(|error| StepError::Database(error.to_string()))?;
        EngineWorld::on(Site::Own(Box::new(OwnSite::new(ground))), case).await
    }
}

/// Tables of the user's own for a load; refused where an invariant fails, or breaks before any
/// buyer has come.
pub(super) async fn for_load(
    server: &Server,
    name: &str,
    tables: &OwnTables,
    (cell, scenario): (Cell, &Scenario),
) -> Result<LoadTables> {
    let playground = playground(server, name, tables).await?;
    if let ([first, ..], None) = (playground.unresettable(), &tables.service) {
        exit::note(&format!(
            "connections are not warmed up, since what that leaves could not be put back: {first}"
        ));
    }
    let mut made = LoadTables::new(playground, tables.clone(), open_faulty_way);
    refuse_broken(made.broken_at_start(cell, scenario).await, "")?;
    Ok(made)
}

/// A service that runs already, for a load; refused as [`for_load`] does.
pub(super) async fn for_visit(
    server: &Server,
    tables: &OwnTables,
    origin: ServiceOrigin,
    (cell, scenario): (Cell, &Scenario),
) -> Result<VisitedService> {
    const PUT_BACK: &str = "; sim puts nothing back at a service that runs already: put its \
                            database back first";
    let plan = tables.service.as_ref().context("there is no service")?;
    let service = FoundService::find(plan, origin).await?;
    let database = ReadOnlyDatabase::open(server).await?;
    let mut found = VisitedService::new(service, database, tables.clone());
    let asked = found.broken_at_start(cell, scenario).await;
    match refuse_broken(asked, PUT_BACK) {
        Ok(()) => Ok(found),
        Err(refused) => {
            found.close().await;
            Err(refused)
        }
    }
}

/// An invariant that fails, or that breaks before any session has come, says nothing of a race;
/// `remedy` ends the sentence.
fn refuse_broken(asked: Result<Vec<Broken>, RuleError>, remedy: &str) -> Result<()> {
    let broken = match asked {
        Ok(broken) => broken,
        Err(RuleError::Server(error @ ServerError::Service(_))) => return Err(error.into()),
        Err(RuleError::Server(error)) => return Err(error).context("cannot ask the invariants"),
        Err(refused @ RuleError::Refused { .. }) => bail!(Usage(refused.to_string())),
    };
    match broken.first() {
        None => Ok(()),
        Some(broken) => {
            let s = if broken.total == 1 { "" } else { "s" };
            bail!(Usage(format!(
                "the invariant {} breaks before any session has come ({} row{s}): it must hold at \
                 the start{remedy}",
                broken.invariant, broken.total
            )))
        }
    }
}

async fn make(
    server: &Server,
    name: &str,
    tables: &OwnTables,
    arenas: usize,
) -> Result<Vec<GroundCopy>> {
    let mut playground = playground(server, name, tables).await?;
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
    if let ([first, ..], None) = (copies.as_slice(), &tables.service) {
        let mut ground = first.open().await?;
        let asked = ground.broken(&tables.invariants).await;
        let compared = check_compared(&mut ground, tables).await;
        ground.close().await;
        refuse_broken(asked, "")?;
        compared?;
    }
    Ok(copies)
}

/// Carries the set-up out.
async fn playground(server: &Server, name: &str, tables: &OwnTables) -> Result<Playground> {
    // Those of the study before.
    server.drop_playground(name).await?;
    let playground = match Playground::make(server, name, &tables.set_up).await {
        Ok(playground) => playground,
        Err(SetUpError::Server(error)) => return Err(error).context("cannot make your tables"),
        Err(refused) => bail!(Usage(refused.to_string())),
    };
    for sentence in playground.left_out() {
        exit::note(sentence);
    }
    Ok(playground)
}

/// Refuses what is to be ignored or ordered, and is not there.
async fn check_compared(ground: &mut Ground, tables: &OwnTables) -> Result<()> {
    let shared = |names: &[String]| -> Vec<Arc<str>> {
        names.iter().map(|name| name.as_str().into()).collect()
    };
    let (ignore, ordered) = (shared(&tables.ignore), shared(&tables.ordered));
    if ignore.is_empty() && ordered.is_empty() {
        return Ok(());
    }
    let start = end_tables(&ground.state().await?);
    check_names(&start, &ignore, &ordered).map_err(|fault| Usage(fault.to_string()))?;
    Ok(())
}
