//! `sim replay`: exactly one schedule, step by step.

use std::sync::Arc;

use anyhow::{Result, bail};
use tokio::runtime;

use super::args::QuietArgs;
use super::args::stepped::ReplayArgs;
use super::around::{all_told, clean_up, open_worlds, unless_hurried};
use super::database::{Database, Wanted};
use super::exit::{self, Exit, Usage};
use super::plan::{check_keep, check_world};
use super::print::{columns, print};
use super::progress::Display;
use super::scripts::check_lines;
use super::signals::Signals;
use crate::cell::Cell;
use crate::explore::arena::{Choice, Schedule, StepError, letter};
use crate::explore::trace::Trace;
use crate::flow::Terms;
use crate::oracle::Verdict;
use crate::report::{Replay, WorldKind, replay_to_terminal};
use crate::scenario::Shape;
use crate::subject::own_level;

pub(super) fn replay(args: &ReplayArgs) -> Result<Exit> {
    let shape = planned(args)?;
    let display = Display::new(QuietArgs::default());
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut signals = Signals::listen()?;
    let server = (args.on == WorldKind::Postgres).then_some(&args.database.server);
    let wanted = Wanted {
        connections: shape.buyers + 1,
        schemas: 1,
        keep: args.database.keep,
    };
    let opened = open_worlds(&runtime, &mut signals, server, wanted, display)?;
    let Some((worlds, database)) = opened else {
        runtime.shutdown_background();
        return Ok(Exit::Interrupted);
    };
    let cell = cell(args);
    let case = Arc::new(shape.case(Terms {
        cell,
        max_tries: shape.max_tries,
    }));
    let work = {
        let (worlds, case, schedule) = (worlds.clone(), Arc::clone(&case), args.schedule.clone());
        let is_guided = args.guided;
        runtime.spawn_blocking(move || worlds.follow(&case, &schedule, is_guided))
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
        Ok(followed) => followed,
        Err(error) => return all_told(Err(refused(error)), [cleaned]),
    };
    let server = worlds.fingerprint();
    let replay = Replay {
        server: server.as_ref(),
        victims_are_fixed,
        shape: &shape,
        cell,
        trace: &followed.trace,
        guide: args
            .guided
            .then_some((&args.schedule, followed.departure.as_ref())),
    };
    let page = replay_to_terminal(&replay, columns());
    let printed = unless_hurried(move || print(&page))?;
    let exit = match printed {
        None => Ok(Exit::Interrupted),
        Some(printed) => printed.map(|()| judge(&followed.trace, args.expect)),
    };
    all_told(exit, [cleaned])
}

/// A script that names a level has that one.
fn cell(args: &ReplayArgs) -> Cell {
    Cell {
        subject: args.strategy,
        level: own_level(args.strategy).unwrap_or(args.isolation),
    }
}

/// Checks the flags against each other.
fn planned(args: &ReplayArgs) -> Result<Shape> {
    let has_cut = |choice: &Choice| matches!(choice, Choice::Cut(_));
    let mut settings = args.shop.settings();
    settings.explore.crash = Some(args.schedule.0.iter().any(has_cut));
    let shape = settings.shape();
    shape.validate()?;
    check_world(args.on, &[cell(args)])?;
    check_lines([args.strategy], shape.lines)?;
    check_schedule(&args.schedule, shape.buyers)?;
    check_keep(&args.database)?;
    if args.on == WorldKind::Memory && args.database.keep {
        bail!(Usage("--keep has no meaning with --on memory".into()));
    }
    Ok(shape)
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
