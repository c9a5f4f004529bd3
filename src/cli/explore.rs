//! `sim explore`: every schedule of a few buyers, one or more cells.

use anyhow::{Result, bail};

use super::args::stepped::{self, ExploreArgs, World};
use super::case::{check_world, is_in_catalogue, shape};
use super::exit::{Exit, Usage};
use super::export::{Directory, Exports, to_json};
use super::plan::{Held, Task, cells, quest, read, study};
use super::progress::Display;
use super::values::Expect;
use super::work::{Job, perform};
use crate::explore::bounds::{Limits, Policy};
use crate::report::{Command, Exploration};
use crate::scenario::ScenarioFile;
use crate::shop::Isolation;

/// With `--policy random` where `--schedules` says nothing.
const SCHEDULES_DEFAULT: u64 = 1_000;
/// What the first of two signals leads to.
const STOPPING: &str = "what was found so far is shown";

pub(super) fn explore(args: &ExploreArgs) -> Result<Exit> {
    let task = plan(args)?;
    let output = &args.output;
    let exports = Exports::open(&[(to_json, &output.export_json)], &output.pages)?;
    let exports = exports.spare(&args.scenario)?;
    let specs = output.export_spec.as_deref().map(Directory::open);
    let on_server = args.search.on == World::Postgres;
    let done = perform(Job {
        tasks: vec![task],
        against: None,
        server: on_server.then(|| args.server.clone()),
        keep: false,
        exports,
        specs: specs.transpose()?,
        command: Command::Explore,
        prints: !output.quiet.quiet,
        display: Display::new(output.quiet),
        stopping: STOPPING,
    })?;
    Ok(done.exit)
}

fn plan(args: &ExploreArgs) -> Result<Task> {
    let search = &args.search;
    let file = args.scenario.as_deref().map(read).transpose()?;
    let below = file.as_ref().map(ScenarioFile::shape).transpose()?;
    let shape = shape(&args.case, below.as_ref(), search.crash)?;
    let expect = args.expect.expect;
    if expect == Some(Expect::Catalogue) && !is_in_catalogue(&shape) {
        bail!(Usage(
            "--expect catalogue: the catalogue tells of explorations in which carts of one line \
             want the last unit, and none is cut; name a verdict"
                .into()
        ));
    }
    let cells = cells(&args.cells, file.as_ref())?;
    let levels: Vec<Isolation> = cells.iter().map(|cell| cell.level).collect();
    check_world(search.on, &levels)?;
    if search.reduction == stepped::Reduction::On && levels.contains(&Isolation::Serializable) {
        bail!(Usage(
            "--reduction on leaves nothing out at serializable".into()
        ));
    }
    let quest = quest(shape, &cells, file.as_ref(), Held::if_said(expect));
    let exploration = Exploration {
        on: search.on.into(),
        policy: policy(search)?,
        reduction: search.reduction.into(),
        switches_max: search.max_switches,
        limits: Limits {
            schedules: search.schedules,
            time: search.time_limit,
        },
        ..quest
    };
    Ok(Task {
        study: study(args.scenario.as_deref(), file),
        load: None,
        exploration: Some(exploration),
    })
}

fn policy(search: &stepped::SearchArgs) -> Result<Policy> {
    if search.max_switches.is_some() && search.reduction == stepped::Reduction::On {
        bail!(Usage(
            "--max-switches turns the reduction off: leave out --reduction on".into()
        ));
    }
    if search.schedules == Some(0) {
        bail!(Usage("--schedules is 0: at least one must be run".into()));
    }
    match search.policy {
        stepped::Policy::Exhaustive if search.seed.is_some() => {
            bail!(Usage(
                "--seed has no meaning without --policy random".into()
            ))
        }
        stepped::Policy::Exhaustive => Ok(Policy::Exhaustive),
        stepped::Policy::Random if search.reduction == stepped::Reduction::On => bail!(Usage(
            "--policy random runs each schedule that it draws: leave out --reduction on".into()
        )),
        stepped::Policy::Random => Ok(Policy::Random {
            schedules: search.schedules.unwrap_or(SCHEDULES_DEFAULT),
            seed: search.seed.unwrap_or_else(|| rand::random::<u32>().into()),
        }),
    }
}
