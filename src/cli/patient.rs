//! A service that is looked at by itself: started, and called one request at a time.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use tokio::runtime;

use super::args::{CellArgs, OwnArgs, QuietArgs, ServerArgs};
use super::around::{all_told, clean_up, open_worlds};
use super::commands;
use super::database::{Database, Wanted};
use super::exit::{self, Exit, Usage};
use super::own::{met_requests, own_tables, refuse_shop};
use super::plan::cells;
use super::progress::Display;
use super::scenarios::read;
use super::signals::Signals;
use super::visit::refuse_explored;
use super::worlds::Worlds;
use crate::cell::Subject;
use crate::explore::case::{Case, own_case};
use crate::flow::Terms;
use crate::scenario::{OwnTables, ScenarioFile, Shape, SomeOrAll};
use crate::shop::Isolation;

/// Room for the connections of the service's own pool, which may be started twice.
const SERVICE_CONNECTIONS: u32 = 100;

/// What is looked at.
pub(super) struct Patient {
    pub(super) file: ScenarioFile,
    pub(super) shape: Shape,
    pub(super) tables: OwnTables,
    pub(super) case: Arc<Case>,
}

impl Patient {
    /// The service of a file: one variant at one level. `verb` is the command that looks.
    pub(super) fn of(
        path: &Path,
        verb: &str,
        strategy: Option<Subject>,
        isolation: Option<Isolation>,
    ) -> Result<Self> {
        let file = read(path)?;
        let Some(tables) = own_tables(&OwnArgs::default(), &file, Some(path))? else {
            bail!(Usage(no_service(path, verb)));
        };
        let Some(plan) = &tables.service else {
            bail!(Usage(no_service(path, verb)));
        };
        refuse_explored(&tables)?;
        let settings = file.settings();
        refuse_shop(&settings, &tables)?;
        met_requests(plan, &tables.sessions)?;
        let named = CellArgs {
            strategy: strategy.map(one).into_iter().collect(),
            isolation: isolation.map(one).into_iter().collect(),
        };
        let cells = cells(&named, &file, Some(&tables))?;
        let [cell, others @ ..] = cells.as_slice() else {
            bail!(Usage("there is nothing to look at".into()));
        };
        if !others.is_empty() {
            exit::note(&format!(
                "looks at {cell}, the first of {}: --strategy and --isolation name another one",
                cells.len()
            ));
        }
        let shape = settings.shape();
        shape.validate()?;
        let terms = Terms {
            cell: *cell,
            max_tries: shape.max_tries,
            retry: shape.retry,
        };
        let case = Arc::new(own_case(terms, &shape, &tables));
        Ok(Self {
            file,
            shape,
            tables,
            case,
        })
    }

    /// Looks at it on a server, on a thread that may wait; cleans up, and then tells what was seen.
    pub(super) fn look<T: Send + 'static>(
        self,
        (server, quiet): (&ServerArgs, QuietArgs),
        look: impl FnOnce(&Worlds, &Self) -> Result<T> + Send + 'static,
        tell: impl FnOnce(T) -> Result<Exit>,
    ) -> Result<Exit> {
        let display = Display::new(quiet);
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut signals = Signals::listen()?;
        commands::tell_of(&self.tables);
        let wanted = Wanted {
            schema: None,
            connections: SERVICE_CONNECTIONS,
            schemas: 1,
            keep: false,
            listens: true,
            only_reads: false,
        };
        let opened = open_worlds(&runtime, &mut signals, Some(server), wanted, display)?;
        let Some((worlds, database)) = opened else {
            runtime.shutdown_background();
            return Ok(Exit::Interrupted);
        };
        let work = runtime.spawn_blocking(move || look(&worlds, &self));
        let looked = runtime.block_on(async {
            tokio::select! {
                looked = work => Some(looked),
                () = signals.next() => None,
            }
        });
        runtime.shutdown_background();
        let troubles = database.as_ref().map(Database::troubles);
        let is_interrupted = looked.is_none();
        let cleaned = database.map_or(Ok(()), |database| {
            clean_up(database, is_interrupted, is_interrupted)
        });
        for trouble in troubles.unwrap_or_default() {
            exit::warn(&trouble);
        }
        let told = match looked {
            None => Ok(Exit::Interrupted),
            Some(looked) => looked?.and_then(tell),
        };
        all_told(told, [cleaned])
    }
}

fn one<T>(named: T) -> SomeOrAll<T> {
    SomeOrAll::Some(vec![named])
}

fn no_service(path: &Path, verb: &str) -> String {
    format!(
        "{} has no [service]: {verb} looks at a program of your own, which sim starts (`sim init \
         --from service` writes such a file)",
        path.display()
    )
}
