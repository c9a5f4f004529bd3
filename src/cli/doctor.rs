//! `sim doctor`: what was understood of a service, and whether it can be explored.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use tokio::runtime;

use super::args::doctor::DoctorArgs;
use super::args::{CellArgs, OwnArgs};
use super::around::{all_told, clean_up, open_worlds, unless_hurried};
use super::commands;
use super::database::{Database, Wanted};
use super::exit::{self, Exit, Usage};
use super::own::{met_requests, own_tables, refuse_shop};
use super::plan::cells;
use super::print::{columns, print};
use super::progress::Display;
use super::scenarios::read;
use super::signals::Signals;
use super::visit::refuse_explored;
use super::worlds::Worlds;
use crate::explore::arena::StepError;
use crate::explore::case::{Case, own_case};
use crate::explore::checkup::{Checkup, Followed};
use crate::flow::Terms;
use crate::report::{Destination, checkup_to_terminal};
use crate::scenario::{OwnTables, Shape, SomeOrAll};

/// Room for the connections of the service's own pool, which is started twice.
const SERVICE_CONNECTIONS: u32 = 100;

/// What is looked at.
struct Patient {
    shape: Shape,
    tables: OwnTables,
    case: Arc<Case>,
}

pub(super) fn doctor(args: &DoctorArgs) -> Result<Exit> {
    let patient = patient(args)?;
    let mut export = args.export_json.as_deref().map(open).transpose()?;
    if export.as_ref().is_some_and(|file| file.is_at(&args.file)) {
        let name = args.file.display();
        bail!(Usage(format!("{name} is read, and cannot be written too")));
    }
    let display = Display::new(args.quiet);
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut signals = Signals::listen()?;
    commands::tell_of(&patient.tables);
    let wanted = Wanted {
        schema: None,
        connections: SERVICE_CONNECTIONS,
        schemas: 1,
        keep: false,
        listens: true,
        only_reads: false,
    };
    let opened = open_worlds(&runtime, &mut signals, Some(&args.server), wanted, display)?;
    let Some((worlds, database)) = opened else {
        runtime.shutdown_background();
        return Ok(Exit::Interrupted);
    };
    let work = runtime.spawn_blocking(move || look(&worlds, &patient));
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
        Some(looked) => match looked? {
            Ok(checkup) => tell(checkup, args, export.take()),
            Err(error) => Err(error),
        },
    };
    all_told(told, [cleaned])
}

fn open(path: &Path) -> Result<Destination> {
    let refused = |error| Usage(format!("cannot write {}: {error}", path.display()));
    Ok(Destination::open(path).map_err(refused)?)
}

fn patient(args: &DoctorArgs) -> Result<Patient> {
    let path = args.file.as_path();
    let file = read(path)?;
    let Some(tables) = own_tables(&OwnArgs::default(), &file, Some(path))? else {
        bail!(Usage(no_service(args)));
    };
    let Some(plan) = &tables.service else {
        bail!(Usage(no_service(args)));
    };
    refuse_explored(&tables)?;
    let settings = file.settings();
    refuse_shop(&settings, &tables)?;
    met_requests(plan, &tables.sessions)?;
    let named = CellArgs {
        strategy: args.strategy.map(one).into_iter().collect(),
        isolation: args.isolation.map(one).into_iter().collect(),
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
    Ok(Patient {
        shape,
        tables,
        case,
    })
}

fn one<T>(named: T) -> SomeOrAll<T> {
    SomeOrAll::Some(vec![named])
}

fn no_service(args: &DoctorArgs) -> String {
    format!(
        "{} has no [service]: doctor looks at a program of your own, which sim starts (`sim init \
         --from service` writes such a file)",
        args.file.display()
    )
}

/// Starts the service twice; on a thread that may wait.
fn look(worlds: &Worlds, patient: &Patient) -> Result<Checkup> {
    let worlds = worlds.for_tables(Some(&patient.tables), (2, 1))?;
    let case = (&patient.case, &patient.shape);
    let heard = worlds.overhear(case)?;
    let tried = match worlds.try_service(case) {
        Ok(trial) => Ok(trial),
        Err(StepError::Unfollowed(why)) => Err(why),
        Err(error) => return Err(error.into()),
    };
    let cell = patient.case.terms.cell.to_string();
    let server = worlds.fingerprint();
    Ok(Checkup {
        server: server.map(|it| format!("{} {}", it.product, it.version)),
        ..Checkup::of(cell, &heard, Followed::of(tried))
    })
}

fn tell(checkup: Checkup, args: &DoctorArgs, export: Option<Destination>) -> Result<Exit> {
    let exit = match checkup.followed {
        Followed::Yes { .. } => Exit::AsExpected,
        Followed::No(_) => Exit::Unproven,
    };
    let file = args.file.display();
    let next = match (&checkup.followed, args.strategy) {
        (Followed::No(_), _) => format!("sim doctor {file}"),
        (_, None) => format!("sim explore {file}"),
        (_, Some(subject)) => format!("sim explore {file} --strategy {subject}"),
    };
    let page = (!args.quiet.quiet).then(|| checkup_to_terminal(&checkup, &next, columns()));
    let written = unless_hurried(move || {
        if let Some(page) = page {
            print(&page)?;
        }
        if let Some(mut file) = export {
            let json = serde_json::to_string_pretty(&checkup)?;
            let name = file.path().display().to_string();
            let written = file.write(&format!("{json}\n"));
            written.with_context(|| format!("cannot write {name}"))?;
        }
        anyhow::Ok(())
    })?;
    match written {
        None => Ok(Exit::Interrupted),
        Some(written) => written.map(|()| exit),
    }
}
