//! Where schedules are run: on a server, or in memory.

use anyhow::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cell::Cell;
use crate::database::{self, Fingerprint, Schema, Server};
use crate::explore::arena::{Arena, StepError};
use crate::explore::bounds::SearchPlan;
use crate::explore::calibrate::calibrate;
use crate::explore::case::Case;
use crate::explore::checkup::{Trial, try_out};
use crate::explore::found::{Found, explore};
use crate::explore::guided::{Guided, guide};
use crate::explore::overheard::Overheard;
use crate::explore::recorded::RecordedRequests;
use crate::explore::schedule::Schedule;
use crate::explore::search::Arenas;
use crate::explore::trace::follow;
use crate::explore::unbegun::not_begun;
use crate::explore::worlds::engine::EngineWorld;
use crate::explore::worlds::gate::Gate;
use crate::explore::worlds::memory;
use crate::explore::worlds::proxied::{ProxiedArena, ServiceProgram};

use super::database::Database;
use super::grounds::{self, Grounds};
use super::visit::Visit;
use crate::load::{LoadTables, VisitedService};
use crate::scenario::{OwnTables, Scenario, Shape};

/// Where schedules are run.
#[derive(Debug, Clone)]
pub(super) enum Worlds {
    /// The model of PostgreSQL.
    Memory,
    /// A real one.
    Postgres(Box<OnServer>),
}

/// A server, with a schema for each arena.
#[derive(Debug, Clone)]
pub(super) struct OnServer {
    server: Server,
    schemas: Vec<String>,
    fingerprint: Fingerprint,
    /// Tables of the user's own, where sessions meet on them and not in the shop.
    grounds: Option<Grounds>,
}

impl Worlds {
    /// Makes the first schema, unless the database is only read, and asks what server it is.
    pub(super) async fn on(
        database: &mut Database,
    ) -> std::result::Result<Self, database::ServerError> {
        let fingerprint = match database.only_reads() {
            true => database.look().await?,
            false => {
                let mut schema = database.create_schema().await?;
                let fingerprint = schema.fingerprint().await?;
                schema.close().await;
                fingerprint
            }
        };
        Ok(Self::Postgres(Box::new(OnServer {
            server: database.server().clone(),
            schemas: database.schemas().to_vec(),
            fingerprint,
            grounds: None,
        })))
    }

    /// The same for explorations on tables of the user's own, if that is what is asked for.
    /// They are made anew, a copy for each of so many arenas, of a service for each of so many
    /// cells; on a thread that may wait.
    pub(super) fn for_tables(
        &self,
        tables: Option<&OwnTables>,
        (arenas, cells): (usize, usize),
    ) -> Result<Self> {
        match (self, tables) {
            (Self::Postgres(site), Some(tables)) => {
                let made = Grounds::make(&site.server, &site.schemas[0], tables, (arenas, cells))?;
                Ok(Self::Postgres(Box::new(OnServer {
                    grounds: Some(made),
                    ..*site.clone()
                })))
            }
            _ => Ok(self.clone()),
        }
    }

    pub(super) fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Memory => None,
            Self::Postgres(site) => Some(site.fingerprint.clone()),
        }
    }

    /// The first schema, for many buyers.
    ///
    /// # Errors
    /// The server does not let us in; or there is none, in memory.
    pub(super) async fn schema(&self) -> anyhow::Result<Schema> {
        match self {
            Self::Memory => anyhow::bail!("there is no shop to serve a crowd"),
            Self::Postgres(site) => {
                let (server, name) = (site.server.clone(), site.schemas[0].clone());
                Ok(Schema::create(server, name).await?)
            }
        }
    }

    /// Tables of the user's own, for many buyers; of a service the first cell is tried.
    ///
    /// # Errors
    /// They cannot be made, or what must hold cannot be asked; or there is no server.
    pub(super) async fn load_tables(
        &self,
        tables: &OwnTables,
        first: (Cell, &Scenario),
    ) -> Result<LoadTables> {
        match self {
            Self::Memory => anyhow::bail!("there is no server for a crowd"),
            Self::Postgres(site) => {
                let name = &site.schemas[0];
                grounds::for_load(&site.server, name, tables, first).await
            }
        }
    }

    /// A service that runs already, for many buyers.
    ///
    /// # Errors
    /// It does not answer, or what must hold cannot be asked; or there is no server.
    pub(super) async fn visit(
        &self,
        tables: &OwnTables,
        visit: &Visit,
        first: (Cell, &Scenario),
    ) -> Result<VisitedService> {
        match self {
            Self::Memory => anyhow::bail!("there is no server for a crowd"),
            Self::Postgres(site) => {
                grounds::for_visit(&site.server, tables, visit.origin.clone(), first).await
            }
        }
    }

    /// Explores one small shop on so many arenas; with what was found, whether
    /// deadlocks had fixed victims.
    ///
    /// # Errors
    /// The arenas cannot be opened.
    pub(super) fn explore(
        &self,
        (case, shape): (&Arc<Case>, &Shape),
        arenas: usize,
        plan: SearchPlan,
        stop: &AtomicBool,
        tick: &(dyn Fn() + Sync),
    ) -> std::result::Result<(Found, bool), StepError> {
        match self {
            Self::Memory => {
                let mut arenas = Arenas::open(arenas, |_| memory::open(case))?;
                Ok((explore(&mut arenas, case, plan, stop, tick), true))
            }
            Self::Postgres(site) if site.has_service() => {
                let (mut arenas, fixed) = match site.services(arenas, case, shape) {
                    Err(StepError::Unfollowed(why)) => {
                        return Ok((not_begun(case, plan, stop, why), true));
                    }
                    opened => opened?,
                };
                let plan = SearchPlan {
                    victims_are_fixed: fixed,
                    reproduce: true,
                    ..plan
                };
                Ok((explore(&mut arenas, case, plan, stop, tick), fixed))
            }
            Self::Postgres(site) => {
                let open = |number: usize| site.open(number, case);
                let mut arenas = Arenas::open(site.at_most(arenas), open)?;
                let victims_are_fixed = arenas.first().0.world().victims_are_fixed();
                let plan = SearchPlan {
                    victims_are_fixed,
                    reproduce: true,
                    ..plan
                };
                let found = explore(&mut arenas, case, plan, stop, tick);
                // Of the user's own tables the next cell takes what it finds for the start.
                if found.fault.is_none() && site.grounds.is_some() {
                    arenas.each(async |arena| arena.reset().await)?;
                }
                Ok((found, victims_are_fixed))
            }
        }
    }

    /// Runs one schedule, where `is_guided` as far as it fits; as [`Worlds::explore`].
    pub(super) fn follow(
        &self,
        (case, shape): (&Arc<Case>, &Shape),
        schedule: &Schedule,
        is_guided: bool,
    ) -> std::result::Result<(Guided, bool), StepError> {
        match self {
            Self::Memory => {
                let mut arenas = Arenas::open(1, |_| memory::open(case))?;
                let (arena, runtime) = arenas.first();
                let followed = runtime.block_on(one(arena, case, schedule, is_guided))?;
                Ok((followed, true))
            }
            Self::Postgres(site) if site.has_service() => {
                let (mut arenas, fixed) = site.services(1, case, shape)?;
                let followed = calibrated(&mut arenas, case, schedule, is_guided)?;
                Ok((followed, fixed))
            }
            Self::Postgres(site) => {
                let open = |number: usize| site.open(number, case);
                let mut arenas = Arenas::open(1, open)?;
                let fixed = arenas.first().0.world().victims_are_fixed();
                let followed = calibrated(&mut arenas, case, schedule, is_guided)?;
                Ok((followed, fixed))
            }
        }
    }
}

/// Services, looked at before they are explored.
impl Worlds {
    fn grounds(&self) -> &Grounds {
        match self {
            Self::Postgres(site) => site.grounds.as_ref().expect("a service has tables"),
            Self::Memory => panic!("a service runs on a server"),
        }
    }

    /// Hears what the service of these tables says to its database.
    ///
    /// # Errors
    /// It does not start or does not answer; or the database failed.
    pub(super) fn overhear(
        &self,
        (case, shape): (&Arc<Case>, &Shape),
    ) -> std::result::Result<Overheard, StepError> {
        on_this_thread(self.grounds().overhear(shape, case))
    }

    /// Hears the requests of the service of these tables, for scripts.
    ///
    /// # Errors
    /// As [`Self::overhear`]; or no script can say what it does.
    pub(super) fn record(
        &self,
        (case, shape): (&Arc<Case>, &Shape),
    ) -> std::result::Result<RecordedRequests, StepError> {
        on_this_thread(self.grounds().record(shape, case))
    }

    /// Tries whether the service of these tables can be followed.
    ///
    /// # Errors
    /// It cannot, or as [`Self::overhear`].
    pub(super) fn try_service(
        &self,
        (case, shape): (&Arc<Case>, &Shape),
    ) -> std::result::Result<Trial, StepError> {
        let grounds = self.grounds();
        let open = async |_| {
            let opened = grounds.open_service(shape, Arc::clone(case)).await;
            opened.map(|(arena, _)| arena)
        };
        let mut arenas = Arenas::open(1, open)?;
        let (arena, runtime) = arenas.first();
        runtime.block_on(try_out(arena, case))
    }
}

/// Waits for work that stands on no arena.
fn on_this_thread<T>(
    work: impl Future<Output = std::result::Result<T, StepError>>,
) -> std::result::Result<T, StepError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| StepError::Database(error.to_string()))?;
    runtime.block_on(work)
}

/// Runs one schedule on the first arena, where it is known before what serial orders leave.
fn calibrated<A: Arena>(
    arenas: &mut Arenas<A>,
    case: &Case,
    schedule: &Schedule,
    is_guided: bool,
) -> std::result::Result<Guided, StepError> {
    let (arena, runtime) = arenas.first();
    runtime.block_on(calibrate(arena, case))?;
    runtime.block_on(one(arena, case, schedule, is_guided))
}

async fn one<A: Arena>(
    arena: &mut A,
    case: &Case,
    schedule: &Schedule,
    is_guided: bool,
) -> std::result::Result<Guided, StepError> {
    if is_guided {
        return guide(arena, case, schedule).await;
    }
    Ok(Guided {
        trace: follow(arena, case, schedule).await?,
        departure: None,
    })
}

impl OnServer {
    fn has_service(&self) -> bool {
        self.grounds.as_ref().is_some_and(Grounds::have_service)
    }

    /// So many arenas with a service each, and whether deadlocks have certain victims there.
    fn services(
        &self,
        arenas: usize,
        case: &Arc<Case>,
        shape: &Shape,
    ) -> std::result::Result<(Arenas<ProxiedArena<ServiceProgram>>, bool), StepError> {
        let are_certain = AtomicBool::new(true);
        let grounds = self.grounds.as_ref().expect("a service has tables");
        let open = async |_| {
            let (arena, certain) = grounds.open_service(shape, Arc::clone(case)).await?;
            are_certain.fetch_and(certain, Ordering::Relaxed);
            Ok(arena)
        };
        let arenas = Arenas::open(arenas, open)?;
        Ok((arenas, are_certain.into_inner()))
    }

    /// So many arenas, where there are tables for as many.
    fn at_most(&self, arenas: usize) -> usize {
        let room = self.grounds.as_ref().map(Grounds::arenas);
        room.map_or(arenas, |room| arenas.min(room))
    }

    async fn open(
        &self,
        number: usize,
        case: &Arc<Case>,
    ) -> std::result::Result<Gate<EngineWorld>, StepError> {
        let case = Arc::clone(case);
        let world = match &self.grounds {
            Some(grounds) => grounds.open(number, Arc::clone(&case)).await?,
            None => {
                let (server, schema) = (self.server.clone(), self.schemas[number].clone());
                EngineWorld::open(server, schema, Arc::clone(&case)).await?
            }
        };
        Ok(Gate::new(world, case))
    }
}
