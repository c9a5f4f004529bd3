//! `sim replay`: exactly one schedule, step by step.

use std::sync::Arc;

use anyhow::{Result, bail};
use tokio::runtime;

use super::args::QuietArgs;
use super::args::stepped::ReplayArgs;
use super::around::{all_told, clean_up, open_worlds, unless_hurried};
use super::checks::{check_keep, check_world};
use super::commands;
use super::database::{Database, Wanted};
use super::exit::{self, Exit, Usage};
use super::own::{compile_all, met_requests, own_tables, refuse_shop};
use super::print::{columns, print};
use super::progress::Display;
use super::scenarios::read;
use super::scripts::check_lines;
use super::signals::Signals;
use super::visit::refuse_explored;
use crate::cell::Cell;
use crate::explore::arena::StepError;
use crate::explore::case::{Case, own_case};
use crate::explore::schedule::{Choice, Schedule, letter};
use crate::explore::trace::Trace;
use crate::flow::Terms;
use crate::oracle::Verdict;
use crate::report::{Replay, WorldKind, replay_to_terminal};
use crate::scenario::{OwnTables, Settings, Shape};
use crate::subject::own_level;

pub(super) fn replay(args: &ReplayArgs) -> Result<Exit> {
    let planned = planned(args)?;
    let display = Display::new(QuietArgs::default());
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut signals = Signals::listen()?;
    let server = (args.on == WorldKind::Postgres).then_some(&args.database.server);
    let wanted = planned.wanted(args.database.keep);
    planned.tables.iter().for_each(commands::tell_of);
    let opened = open_worlds(&runtime, &mut signals, server, wanted, display)?;
    let Some((worlds, database)) = opened else {
        runtime.shutdown_background();
        return Ok(Exit::Interrupted);
    };
    let Planned {
        shape,
        tables,
        case,
    } = planned;
    let cell = case.terms.cell;
    let work = {
        let (worlds, schedule) = (worlds.clone(), args.schedule.clone());
        let (is_guided, tables, shape) = (args.guided, tables.clone(), shape.clone());
        runtime.spawn_blocking(move || {
            let worlds = worlds.for_tables(tables.as_ref(), (1, 1))?;
            Ok(worlds.follow((&case, &shape), &schedule, is_guided))
        })
    };
    let followed = runtime.block_on(async {
        tokio::select! {
            followed = work => Some(followed),
            () = signals.next() => None,
        }
    });
    runtime.shutdown_background();
    let troubles = database.as_ref().map(Database::troubles);
    let cleaned = database.map_or(Ok(()), |database| {
        clean_up(database, followed.is_none(), followed.is_none())
    });
    for trouble in troubles.unwrap_or_default() {
        exit::warn(&trouble);
    }
    let Some(followed) = followed else {
        return all_told(Ok(Exit::Interrupted), [cleaned]);
    };
    let (followed, victims_are_fixed) = match followed? {
        Ok(Ok(followed)) => followed,
        Ok(Err(error)) => return all_told(Err(refused(error)), [cleaned]),
        Err(error) => return all_told(Err(error), [cleaned]),
    };
    let server = worlds.fingerprint();
    let replay = Replay {
        server: server.as_ref(),
        victims_are_fixed,
        shape: &shape,
        tables: tables.as_ref(),
        cell,
        trace: &followed.trace,
        guide: args
            .guided
            .then_some((&args.schedule, followed.departure.as_ref())),
    };
    all_told(show(&replay, args.expect), [cleaned])
}

fn show(replay: &Replay<'_>, expected: Option<Verdict>) -> Result<Exit> {
    let page = replay_to_terminal(replay, columns());
    match unless_hurried(move || print(&page))? {
        None => Ok(Exit::Interrupted),
        Some(printed) => printed.map(|()| judge(replay.trace, expected)),
    }
}

/// What is replayed.
struct Planned {
    shape: Shape,
    /// Tables of the user's own.
    tables: Option<OwnTables>,
    case: Arc<Case>,
}

impl Planned {
    /// What it needs of a server.
    fn wanted(&self, keep: bool) -> Wanted {
        Wanted {
            schema: None,
            connections: self.case.carts.len() as u32 + 1,
            schemas: 1,
            keep,
            listens: self.tables.as_ref().is_some_and(OwnTables::has_service),
            only_reads: false,
        }
    }
}

/// Checks the flags against each other.
fn planned(args: &ReplayArgs) -> Result<Planned> {
    let path = args.scenario.as_deref();
    let file = path.map(read).transpose()?.unwrap_or_default();
    let tables = own_tables(&args.own, &file, path)?;
    if let (None, Some(path)) = (&tables, path) {
        bail!(Usage(format!(
            "--scenario {}: it makes no tables of your own, and the flags describe the small shop",
            path.display()
        )));
    }
    if let Some(tables) = &tables {
        refuse_explored(tables)?;
    }
    if let Some((plan, tables)) = tables
        .as_ref()
        .and_then(|it| Some((it.service.as_ref()?, it)))
    {
        met_requests(plan, &tables.sessions)?;
    }
    let has_service = tables.as_ref().is_some_and(OwnTables::has_service);
    let loses = |choice: &Choice| matches!(choice, Choice::LoseReply(_));
    if !has_service && args.schedule.0.iter().any(loses) {
        bail!(Usage(format!(
            "--schedule {}: a reply can be lost of a [service] alone: leave the - out",
            args.schedule
        )));
    }
    compile_all(&[args.strategy], tables.as_ref())?;
    let cell = Cell {
        subject: args.strategy,
        // A script that names a level has that one.
        level: own_level(args.strategy).unwrap_or(args.isolation),
    };
    let mut settings = args.shop.settings();
    settings.explore.crash = Some(args.schedule.0.iter().any(|choice| choice.is_fault()));
    let settings = settings.over(Settings {
        explore: file.explore.clone(),
        ..Settings::default()
    });
    let shape = settings.shape();
    shape.validate()?;
    check_world(args.on, &[cell])?;
    let terms = Terms {
        cell,
        max_tries: shape.max_tries,
        retry: shape.retry,
    };
    let case = match &tables {
        None => {
            check_lines([args.strategy], shape.lines)?;
            shape.case(terms)
        }
        Some(tables) => {
            refuse_shop(&settings, tables)?;
            own_case(terms, &shape, tables)
        }
    };
    check_schedule(&args.schedule, case.carts.len() as u32)?;
    check_keep(&args.database)?;
    if args.on == WorldKind::Memory && args.database.keep {
        bail!(Usage("--keep has no meaning with --on memory".into()));
    }
    let case = Arc::new(case);
    Ok(Planned {
        shape,
        tables,
        case,
    })
}

/// Refuses a schedule in which a buyer moves that does not exist.
fn check_schedule(schedule: &Schedule, buyers: u32) -> Result<()> {
    if schedule.0.is_empty() {
        bail!(Usage(
            "--schedule is empty: it names the buyer that moves, such as AABB".into()
        ));
    }
    let unknown = schedule
        .sessions()
        .into_iter()
        .find(|&s| s >= buyers as usize);
    if let Some(session) = unknown {
        let (buyer, last) = (letter(session), letter(buyers as usize - 1));
        bail!(Usage(format!(
            "--schedule: there is no buyer {buyer}; {buyers} buyers are A to {last}: raise --buyers"
        )));
    }
    Ok(())
}

/// A schedule that cannot be followed is bad input, found late.
fn refused(error: StepError) -> anyhow::Error {
    match error {
        StepError::CannotMove { .. } | StepError::TooShort { .. } => Usage(format!(
            "--schedule cannot be followed: {error}; with --guided it is, as far as it fits"
        ))
        .into(),
        other => other.into(),
    }
}

/// One schedule proves what it breaks; `safe` means that it breaks nothing,
/// and is what a schedule must be of which nothing was expected.
fn judge(trace: &Trace, expected: Option<Verdict>) -> Exit {
    let shown = trace.proven.first().copied().unwrap_or(Verdict::Safe);
    match shown == expected.unwrap_or(Verdict::Safe) {
        true => Exit::AsExpected,
        false => Exit::Unexpected,
    }
}
