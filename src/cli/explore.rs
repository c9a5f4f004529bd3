//! `sim explore`: every schedule of a few buyers, one or more cells.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::args::stepped::{ExploreArgs, SearchArgs};
use super::checks::{check_world, refuse_said};
use super::exit::{Exit, Usage};
use super::explored::{Held, exploration, own_exploration};
use super::export::{Directory, Exports, to_json};
use super::own::{met_requests, own_tables, refuse_shop};
use super::plan::{Task, cells, meet, study};
use super::progress::Display;
use super::scenarios::read;
use super::scripts::check_lines;
use super::values::ExpectFlag;
use super::visit::refuse_explored;
use super::work::{Job, perform};
use crate::explore::bounds::{Limits, Policy};
use crate::explore::reduction::Reduction;
use crate::report::{Command, Exploration, WorldKind};
use crate::scenario::{OwnTables, ScenarioFile, Settings};
use crate::shop::Isolation;

/// What the first of two signals leads to.
const STOPPING: &str = "what was found so far is shown";

pub(super) fn explore(args: &ExploreArgs) -> Result<Exit> {
    let task = plan(args)?;
    let output = &args.output;
    let exports = Exports::open(&[(to_json, &output.export_json)], &output.pages)?;
    let exports = exports.spare(args.scenario())?;
    let specs = output.export_spec.as_deref().map(Directory::open);
    let on_server = args.search.on == WorldKind::Postgres;
    let done = perform(Job {
        tasks: vec![task],
        against: None,
        server: on_server.then(|| args.server.clone()),
        keep: false,
        exports,
        specs: specs.transpose()?,
        command: Command::Explore,
        prints: !output.quiet.quiet,
        annotated: Vec::new(),
        display: Display::new(output.quiet),
        stopping: STOPPING,
    })?;
    Ok(done.exit)
}

fn plan(args: &ExploreArgs) -> Result<Task> {
    let search = &args.search;
    let path = args.scenario().map(PathBuf::as_path);
    let file = path.map(read).transpose()?.unwrap_or_default();
    let mut settings = args.shop.settings();
    settings.explore.crash = search.crash.then_some(true);
    let settings = settings.over(file.settings());
    let shape = settings.shape();
    shape.validate()?;
    let expect = args.expect.expect;
    let own = own_tables(&args.own, &file, path)?;
    if let Some(own) = own {
        return own_task(args, file, &settings, own);
    }
    if !args.sessions.is_empty() {
        bail!(Usage(
            "--sessions names operations on tables of your own: make them with --setup".into()
        ));
    }
    if args.race.is_some() {
        bail!(Usage(
            "--race speaks of tables of your own: make them with --setup".into()
        ));
    }
    if expect == Some(ExpectFlag::Catalogue) && !shape.is_in_catalogue() {
        bail!(Usage(
            "--expect catalogue: the catalogue tells of explorations in which carts of one line \
             want the last unit, and none is cut; name a verdict"
                .into()
        ));
    }
    let cells = cells(&args.cells, &file, None)?;
    let levels: Vec<Isolation> = cells.iter().map(|cell| cell.level).collect();
    check_world(search.on, &cells)?;
    check_lines(cells.iter().map(|cell| cell.subject), shape.lines)?;
    if search.reduction == Reduction::On && levels.contains(&Isolation::Serializable) {
        bail!(Usage(
            "--reduction on leaves nothing out at serializable".into()
        ));
    }
    let exploration = exploration(shape, &cells, &file.expect.explore, Held::IfSaid(expect));
    searched(args, file, exploration)
}

/// The same on tables of the user's own.
fn own_task(
    args: &ExploreArgs,
    file: ScenarioFile,
    settings: &Settings,
    own: OwnTables,
) -> Result<Task> {
    refuse_shop(settings, &own)?;
    if own.has_service() {
        refuse_explored(&own)?;
        refuse_of_service(args)?;
    }
    let own = OwnTables {
        races: args.race.unwrap_or(own.races),
        ..own
    };
    let sessions = match args.sessions.as_slice() {
        [] => file.explore.sessions.clone().unwrap_or_default(),
        named => named.to_vec(),
    };
    let own = with_requests(own, &sessions)?;
    let cells = meet(cells(&args.cells, &file, Some(&own))?, &sessions)?;
    check_world(args.search.on, &cells)?;
    let held = Held::IfSaid(args.expect.expect);
    let exploration = own_exploration(settings.shape(), &cells, &file.expect.explore, held, own);
    searched(args, file, exploration)
}

/// What is not done with a service.
fn refuse_of_service(args: &ExploreArgs) -> Result<()> {
    let said = [
        (args.search.on == WorldKind::Memory, "--on memory"),
        (args.race.is_some(), "--race"),
        (args.search.reduction == Reduction::On, "--reduction on"),
        (args.output.export_spec.is_some(), "--export-spec"),
    ];
    refuse_said(&said, |what| {
        format!(
            "{what} has no meaning for a [service]: it is a program of its own, of which only the \
             statements are seen"
        )
    })
}

/// Of a service: with the callers that these words name.
fn with_requests(own: OwnTables, sessions: &[String]) -> Result<OwnTables> {
    let Some(plan) = &own.service else {
        return Ok(own);
    };
    let sessions = met_requests(plan, sessions)?;
    // Where a flag changes what the file says, the file alone no longer says it.
    let scenario = own.scenario.clone().filter(|_| sessions == own.sessions);
    Ok(OwnTables {
        sessions,
        scenario,
        ..own
    })
}

/// An exploration with the search that the flags ask for.
fn searched(args: &ExploreArgs, file: ScenarioFile, exploration: Exploration) -> Result<Task> {
    let search = &args.search;
    let exploration = Exploration {
        on: search.on,
        policy: policy(search)?,
        reduction: search.reduction,
        switches_max: search.max_switches,
        limits: Limits {
            schedules: search.schedules,
            time: search.time_limit,
            whole: whole(search, &exploration),
        },
        ..exploration
    };
    Ok(Task {
        study: study(args.scenario().map(PathBuf::as_path), file),
        load: None,
        exploration: Some(exploration),
    })
}

/// What a file's exploration keeps to, where no flag bounds it.
fn whole(search: &SearchArgs, exploration: &Exploration) -> Option<u64> {
    let is_bounded = search.schedules.is_some()
        || search.time_limit.is_some()
        || search.max_switches.is_some()
        || matches!(search.policy, Policy::Random { .. });
    exploration.limits.whole.filter(|_| !is_bounded)
}

fn policy(search: &SearchArgs) -> Result<Policy> {
    let is_reduced = search.reduction == Reduction::On;
    if search.max_switches.is_some() && is_reduced {
        bail!(Usage(
            "--max-switches turns the reduction off: leave out --reduction on".into()
        ));
    }
    if search.schedules == Some(0) {
        bail!(Usage("--schedules is 0: at least one must be run".into()));
    }
    match search.policy {
        Policy::Exhaustive if search.seed.is_some() => {
            bail!(Usage(
                "--seed has no meaning without --policy random".into()
            ))
        }
        Policy::Exhaustive => Ok(Policy::Exhaustive),
        Policy::Random { .. } if is_reduced => bail!(Usage(
            "--policy random runs each schedule that it draws: leave out --reduction on".into()
        )),
        Policy::Random { schedules, .. } => Ok(Policy::Random {
            schedules: search.schedules.unwrap_or(schedules),
            seed: search.seed.unwrap_or_else(|| rand::random::<u32>().into()),
        }),
    }
}
