//! From flags and files to what will be done, refused before anything starts.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::args::{CellArgs, CheckArgs, CompareArgs, OwnArgs, RunArgs};
use super::checks::check_keep;
use super::exit::Usage;
use super::explored::{Held, exploration, own_exploration};
use super::faults::check_faults;
use super::own::{compile_all, met, met_requests, own_tables, refuse_shop};
use super::own_load::{
    check_bounded, check_kept, check_load, is_explored, is_loaded, loaded_tables, refuse_compared,
};
use super::scenarios::{read, stem};
use super::scripts;
use super::values::ExpectFlag;
use super::visit::{Visit, VisitFlags, check_visit, usual_runs, visit};
use crate::cell::{Cell, Subject};
use crate::oracle::Claim;
use crate::report::{Exploration, LoadCell, Study, reference};
use crate::scenario::{OwnTables, Scenario, ScenarioFile, Settings, Shape, SomeOrAll, Threshold};
use crate::subject;

/// Repetitions of each cell where neither flag nor file says: enough for an
/// interval.
const COMPARE_RUNS: u32 = 5;
const CHECK_RUNS: u32 = 3;

/// One scenario, and what will be done with it.
pub(super) struct Task {
    /// Still without results.
    pub(super) study: Study,
    pub(super) load: Option<Load>,
    /// Every order of a few; still without cells.
    pub(super) exploration: Option<Exploration>,
}

/// Many buyers at full speed.
pub(super) struct Load {
    pub(super) scenario: Scenario,
    /// Subject x isolation, still without runs.
    pub(super) cells: Vec<LoadCell>,
    /// Tables of the user's own, where the scripts run on them.
    pub(super) tables: Option<OwnTables>,
    /// The service, if it runs already.
    pub(super) visit: Option<Visit>,
}

/// What a command makes of a scenario, besides what its file says.
struct Plan<'p> {
    path: Option<&'p Path>,
    scenario: Scenario,
    cells: Vec<Cell>,
    /// Those of the small shop, or the meetings on tables of the user's own.
    explored: Vec<Cell>,
    /// Whether many buyers are let in.
    is_loaded: bool,
    held: Held,
    /// The small shop, if it is explored.
    shape: Option<Shape>,
    reference: Option<Subject>,
    thresholds: &'p [Threshold],
    /// Tables of the user's own, where the scripts run on them.
    own: Option<OwnTables>,
    /// The service, if it runs already.
    visit: Option<Visit>,
}

impl Plan<'_> {
    fn task(self, file: ScenarioFile) -> Task {
        let (scenario, held) = (self.scenario, self.held);
        let load_of = |&cell: &Cell| {
            let catalogue = subject::expected(cell, scenario.lines);
            LoadCell {
                cell,
                expected: held
                    .cell(&file.expect.load, cell, catalogue)
                    .map(Claim::verdict),
                runs: Vec::new(),
            }
        };
        let cells: Vec<LoadCell> = self.cells.iter().map(load_of).collect();
        let said = &file.expect.explore;
        let place = self.visit.as_ref().map(|visit| visit.place.clone());
        let tables = self.own.clone().map(|own| OwnTables {
            visited: place,
            ..own
        });
        let exploration = self.shape.map(|shape| match self.own {
            None => exploration(shape, &self.explored, said, held),
            Some(own) => own_exploration(shape, &self.explored, said, held, own),
        });
        let thresholds = file.thresholds.iter().chain(self.thresholds);
        Task {
            study: Study {
                reference: reference(&cells, self.reference.or(file.reference)),
                thresholds: thresholds.cloned().collect(),
                ..study(self.path, file)
            },
            load: self.is_loaded.then_some(Load {
                scenario,
                cells,
                tables,
                visit: self.visit,
            }),
            exploration,
        }
    }
}

/// Checks the flags of `run` against each other, and its file.
pub(super) fn run(args: &RunArgs) -> Result<Vec<Task>> {
    check_keep(&args.database)?;
    refuse_bound(args.expect.expect)?;
    let path = args.scenario.as_deref();
    let file = path.map(read).transpose()?.unwrap_or_default();
    let settings = args.set.settings().over(file.settings());
    refuse_compared(&args.own)?;
    let flags = VisitFlags {
        server: &args.database.server,
        allows_remote: args.remote.allow_remote,
    };
    let visit = visit(flags, &args.own, &file)?;
    let own = loaded_tables(&args.own, &file, path)?;
    check_kept(&args.database, own.as_ref())?;
    let scenario = settings.scenario()?;
    let cells = cells(&args.cells, &file, own.as_ref())?;
    check_load(own.as_ref(), &settings, &scenario, &cells)?;
    check_visit(visit.as_ref(), own.as_ref(), &scenario, &cells)?;
    check_faults(&settings, own.as_ref(), &args.database.server)?;
    let plan = Plan {
        path,
        visit,
        explored: Vec::new(),
        cells,
        is_loaded: true,
        own,
        scenario,
        held: Held::IfSaid(args.expect.expect),
        shape: None,
        reference: None,
        thresholds: &args.output.threshold,
    };
    checked(vec![plan.task(file)], &args.output.threshold)
}

/// Checks the flags of `compare` against each other, and its file. Without a
/// file all strategies are compared, and the catalogue says what to expect.
pub(super) fn compare(args: &CompareArgs) -> Result<Vec<Task>> {
    refuse_bound(args.expect)?;
    let path = args.scenario.as_deref();
    let file = path.map(read).transpose()?.unwrap_or(ScenarioFile {
        strategies: SomeOrAll::All,
        ..ScenarioFile::default()
    });
    let settings = args.set.settings().over(file.settings());
    let runs = usual_runs(&file, COMPARE_RUNS);
    let settings = settings.over(repeated(Some(runs), None));
    let scenario = settings.scenario()?;
    let flags = VisitFlags {
        server: &args.server,
        allows_remote: args.remote.allow_remote,
    };
    let visit = visit(flags, &args.own, &file)?;
    let own = loaded_tables(&args.own, &file, path)?;
    let cells = cells(&args.cells, &file, own.as_ref())?;
    check_load(own.as_ref(), &settings, &scenario, &cells)?;
    check_visit(visit.as_ref(), own.as_ref(), &scenario, &cells)?;
    check_faults(&settings, own.as_ref(), &args.server)?;
    let expect = match path {
        None => args.expect.or(Some(ExpectFlag::Catalogue)),
        Some(_) => args.expect,
    };
    let is_compared = |reference| cells.iter().any(|cell| cell.subject == reference);
    if let Some(reference) = args.reference.filter(|r| !is_compared(*r)) {
        bail!(Usage(format!(
            "--reference {reference}: it is not among the strategies"
        )));
    }
    let shape = settings.shape();
    shape.validate()?;
    // Without a file, only the catalogue can say what to expect.
    let is_known = expect != Some(ExpectFlag::Catalogue) || shape.is_in_catalogue();
    let shape = (is_known && !args.no_explore && is_explored(&file)).then_some(shape);
    let plan = Plan {
        path,
        scenario,
        visit,
        explored: own_cells(&cells, &file, own.as_ref(), shape.is_some())?,
        cells,
        is_loaded: true,
        held: Held::Always(expect),
        shape,
        reference: args.reference,
        thresholds: &args.output.threshold,
        own,
    };
    checked(vec![plan.task(file)], &args.output.threshold)
}

/// A run of many buyers counts no context switches.
fn refuse_bound(expect: Option<ExpectFlag>) -> Result<()> {
    match expect {
        Some(ExpectFlag::Claim(claim @ Claim::SafeWithin(_))) => bail!(Usage(format!(
            "--expect {claim}: a run of many buyers counts no context switches; `sim explore` \
             does, and [expect.explore] of a scenario file"
        ))),
        _ => Ok(()),
    }
}

/// One task for each of these scenario files.
pub(super) fn check(args: &CheckArgs, files: &[PathBuf]) -> Result<Vec<Task>> {
    let task = |path: &PathBuf| {
        let file = read(path)?;
        let settings = repeated(args.runs, args.seed).over(file.settings());
        let settings = settings.over(repeated(Some(usual_runs(&file, CHECK_RUNS)), None));
        let flags = VisitFlags {
            server: &args.server,
            allows_remote: args.remote.allow_remote,
        };
        let visit = visit(flags, &OwnArgs::default(), &file)?;
        let is_loaded = is_loaded(&file);
        let tables = if is_loaded { loaded_tables } else { own_tables };
        let own = tables(&OwnArgs::default(), &file, Some(path))?;
        let cells = cells(&CellArgs::default(), &file, own.as_ref())?;
        let scenario = settings.scenario()?;
        if is_loaded {
            check_load(own.as_ref(), &settings, &scenario, &cells)?;
        }
        check_visit(visit.as_ref(), own.as_ref(), &scenario, &cells)?;
        check_faults(&settings, own.as_ref(), &args.server)?;
        let shape = is_explored(&file).then(|| settings.shape());
        let plan = Plan {
            path: Some(path),
            scenario,
            visit,
            explored: own_cells(&cells, &file, own.as_ref(), shape.is_some())?,
            cells,
            is_loaded,
            held: Held::Always(None),
            shape,
            reference: None,
            thresholds: &args.output.threshold,
            own,
        };
        Ok(plan.task(file))
    };
    let tasks: Result<Vec<Task>> = files.iter().map(task).collect();
    let tasks = tasks?;
    refuse_beside(&tasks)?;
    checked(tasks, &args.output.threshold)
}

/// The database of a service that runs already is the only one of its command.
fn refuse_beside(tasks: &[Task]) -> Result<()> {
    let is_visited = |task: &&Task| task.load.as_ref().is_some_and(|load| load.visit.is_some());
    match tasks.iter().find(is_visited) {
        Some(task) if tasks.len() > 1 => bail!(Usage(format!(
            "{} names a service that runs already: it is checked alone, since its database is its \
             own",
            task.study.name
        ))),
        _ => Ok(()),
    }
}

fn repeated(runs: Option<u32>, seed: Option<u64>) -> Settings {
    let mut settings = Settings::default();
    (settings.load.runs, settings.load.seed) = (runs, seed);
    settings
}

/// The cells that the flags name, or else the file.
pub(super) fn cells(
    args: &CellArgs,
    file: &ScenarioFile,
    own: Option<&OwnTables>,
) -> Result<Vec<Cell>> {
    let subjects = match args.strategy.as_slice() {
        [] => file.strategies.resolve(),
        named => SomeOrAll::each_of(named),
    };
    if subjects.is_empty() {
        bail!(Usage(
            "name a --strategy (`sim list` shows them all), or a --scenario that names some".into()
        ));
    }
    compile_all(&subjects, own)?;
    let levels = match args.isolation.as_slice() {
        [] => file.isolation.resolve(),
        named => SomeOrAll::each_of(named),
    };
    let is_asked = !args.isolation.is_empty() || file.isolation != SomeOrAll::default();
    let mut cells = Vec::new();
    for subject in subjects {
        let levels = match subject::own_level(subject) {
            Some(own) if is_asked && levels != [own] => bail!(Usage(format!(
                "{subject} names the isolation level {own} itself: leave out --isolation, or the \
                 level in the script"
            ))),
            Some(own) => vec![own],
            None => levels.clone(),
        };
        cells.extend(levels.into_iter().map(|level| Cell { subject, level }));
    }
    Ok(cells)
}

/// On tables of the user's own each meeting of a subject's operations is a cell.
fn own_cells(
    cells: &[Cell],
    file: &ScenarioFile,
    own: Option<&OwnTables>,
    are_explored: bool,
) -> Result<Vec<Cell>> {
    let cells = cells.to_vec();
    let Some(own) = own else {
        return Ok(cells);
    };
    refuse_shop(&file.settings(), own)?;
    if let Some(plan) = own.service.as_ref().filter(|_| are_explored) {
        met_requests(plan, &own.sessions)?;
    }
    meet(cells, file.explore.sessions.as_deref().unwrap_or_default())
}

/// The meetings of each cell's operations: those that are named, or every pair.
pub(super) fn meet(cells: Vec<Cell>, sessions: &[String]) -> Result<Vec<Cell>> {
    let of = |cell: Cell| -> Result<Vec<Cell>> {
        let met = met(cell.subject, sessions)?.into_iter();
        Ok(met.map(|subject| Cell { subject, ..cell }).collect())
    };
    let met: Result<Vec<Vec<Cell>>> = cells.into_iter().map(of).collect();
    Ok(met?.concat())
}

/// What the file says of itself, still without results.
pub(super) fn study(path: Option<&Path>, file: ScenarioFile) -> Study {
    match path {
        Some(path) => Study {
            name: stem(path),
            title: file.title,
            about: file.about,
            seen_in: file.seen_in,
            ..Study::untitled()
        },
        None => Study::untitled(),
    }
}

/// These tasks. A threshold of the flags to which no cell is held is refused: it would
/// pass unseen.
fn checked(tasks: Vec<Task>, thresholds: &[Threshold]) -> Result<Vec<Task>> {
    for task in &tasks {
        if let Some(load) = task.load.as_ref().filter(|it| it.tables.is_none()) {
            let subjects = load.cells.iter().map(|load| load.cell.subject);
            scripts::check_lines(subjects, load.scenario.lines)?;
        }
        if let Some(exploration) = task.exploration.as_ref().filter(|it| it.tables.is_none()) {
            let subjects = exploration
                .planned
                .iter()
                .map(|planned| planned.cell.subject);
            scripts::check_lines(subjects, exploration.shape.lines)?;
        }
    }
    let bounds = tasks.iter().map(|task| {
        let tables = task.load.as_ref().and_then(|load| load.tables.as_ref());
        (&*task.study.thresholds, tables)
    });
    check_bounded(&bounds.collect::<Vec<_>>(), thresholds)?;
    let loads = tasks.iter().filter_map(|task| task.load.as_ref());
    let cells: Vec<&LoadCell> = loads.flat_map(|load| &load.cells).collect();
    let binds = |t: &Threshold| {
        let mut cells = cells.iter();
        cells.any(|load| t.binds(load.cell.subject, load.expected))
    };
    let Some(unbound) = thresholds.iter().find(|t| !binds(t)) else {
        return Ok(tasks);
    };
    bail!(Usage(match unbound.subject {
        Some(subject) => format!("--threshold {unbound}: {subject} does not run"),
        None => format!(
            "--threshold {unbound}: no cell is expected to be safe; name a strategy, such as \
             'naive: {unbound}'"
        ),
    }))
}
