//! From flags and files to what will be done, refused before anything starts.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::args::{CellArgs, CheckArgs, CompareArgs, DatabaseArgs, LoadArgs, RunArgs, ShopArgs};
use super::case::is_in_catalogue;
use super::exit::Usage;
use super::stage::now_unix_s;
use super::values::{Choice, Expect};
use crate::cell::{Cell, Subject};
use crate::explore::bounds::{Limits, Policy};
use crate::explore::reduction::Reduction;
use crate::oracle::Verdict;
use crate::report::{Exploration, Ground, LoadCell, PlannedCell, Study, reference};
use crate::scenario::{Draft, Explore, Scenario, ScenarioFile, Shape, Threshold, Verdicts};
use crate::shop::Isolation;
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
}

/// Checks the flags of `run` against each other, and its file.
pub(super) fn run(args: &RunArgs) -> Result<Task> {
    check_keep(&args.database)?;
    let file = args.scenario.as_deref().map(read).transpose()?;
    let draft = draft(&args.shop, &args.load).over(below(file.as_ref()));
    let cells = cells(&args.cells, file.as_ref())?;
    let held = Held::if_said(args.expect.expect);
    let load = load(draft.complete()?, &cells, file.as_ref(), held);
    let thresholds = &args.output.threshold;
    check_thresholds(thresholds, &load.cells)?;
    let path = args.scenario.as_deref();
    Ok(Task {
        study: study_of_load(path, file, &load.cells, None, thresholds),
        load: Some(load),
        exploration: None,
    })
}

/// Checks the flags of `compare` against each other, and its file. Without a
/// file all strategies are compared, and the catalogue says what to expect.
pub(super) fn compare(args: &CompareArgs) -> Result<Task> {
    let file = args.scenario.as_deref().map(read).transpose()?;
    let runs = Draft {
        runs: Some(COMPARE_RUNS),
        ..Draft::default()
    };
    let below = below(file.as_ref()).over(runs);
    let scenario = draft(&args.shop, &args.load).over(below).complete()?;
    let everything = CellArgs {
        strategy: match (&file, args.cells.strategy.as_slice()) {
            (None, []) => vec![Choice::All],
            (_, named) => named.to_vec(),
        },
        isolation: args.cells.isolation.clone(),
    };
    let cells = cells(&everything, file.as_ref())?;
    let expect = match (&file, args.expect) {
        (None, None) => Some(Expect::Catalogue),
        (_, expect) => expect,
    };
    let held = Held::always(expect);
    let is_compared = |reference| cells.iter().any(|cell| cell.subject == reference);
    if let Some(reference) = args.reference.filter(|r| !is_compared(*r)) {
        bail!(Usage(format!(
            "--reference {reference}: it is not among the strategies"
        )));
    }
    let shape = explored(file.as_ref()).shape(&scenario);
    shape.validate()?;
    // Without a file, only the catalogue can say what to expect.
    let is_known = expect != Some(Expect::Catalogue) || is_in_catalogue(&shape);
    let quest =
        (is_known && !args.no_explore).then(|| self::quest(shape, &cells, file.as_ref(), held));
    let load = load(scenario, &cells, file.as_ref(), held);
    let thresholds = &args.output.threshold;
    check_thresholds(thresholds, &load.cells)?;
    let path = args.scenario.as_deref();
    Ok(Task {
        study: study_of_load(path, file, &load.cells, args.reference, thresholds),
        load: Some(load),
        exploration: quest,
    })
}

/// One task for each of these scenario files.
pub(super) fn check(args: &CheckArgs, files: &[PathBuf]) -> Result<Vec<Task>> {
    let mut tasks = Vec::new();
    for path in files {
        let file = read(path)?;
        let above = Draft {
            runs: args.runs,
            seed: args.seed,
            ..Draft::default()
        };
        let below = Draft {
            runs: Some(CHECK_RUNS),
            ..Draft::default()
        };
        let scenario = above.over(file.draft()).over(below).complete()?;
        let everything = CellArgs {
            strategy: Vec::new(),
            isolation: Vec::new(),
        };
        let cells = cells(&everything, Some(&file))?;
        let shape = file.explore.shape(&scenario);
        let held = Held::always(None);
        let quest = quest(shape, &cells, Some(&file), held);
        let load = load(scenario, &cells, Some(&file), held);
        let (cells, thresholds) = (&load.cells, &args.output.threshold);
        tasks.push(Task {
            study: study_of_load(Some(path), Some(file), cells, None, thresholds),
            load: Some(load),
            exploration: Some(quest),
        });
    }
    let cells = tasks.iter().filter_map(|task| task.load.as_ref());
    let cells: Vec<LoadCell> = cells.flat_map(|load| load.cells.clone()).collect();
    check_thresholds(&args.output.threshold, &cells)?;
    Ok(tasks)
}

/// The scenario files that are meant, each directory's by name.
pub(super) fn scenario_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        let name = path.display();
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let refused = |error| Usage(format!("cannot read {name}: {error}"));
        let entries = path.read_dir().map_err(refused)?;
        let entries: std::io::Result<Vec<_>> = entries.collect();
        let entries = entries.map_err(refused)?.into_iter().map(|e| e.path());
        let is_scenario = |path: &PathBuf| path.extension().is_some_and(|end| end == "toml");
        let mut found: Vec<PathBuf> = entries.filter(is_scenario).collect();
        if found.is_empty() {
            bail!(Usage(format!(
                "{name} holds no scenario: no file ends in .toml"
            )));
        }
        found.sort();
        files.extend(found);
    }
    let mut names: Vec<String> = files.iter().map(|path| stem(path)).collect();
    names.sort();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        bail!(Usage(format!("two scenarios are named {}", twice[0])));
    }
    Ok(files)
}

/// The cells that the flags name, or else the file.
pub(super) fn cells(args: &CellArgs, file: Option<&ScenarioFile>) -> Result<Vec<Cell>> {
    let subjects = match (file, args.strategy.as_slice()) {
        (None, []) => bail!(Usage(
            "name a --strategy (`sim list` shows them all), or a --scenario that names some".into()
        )),
        (Some(file), []) => file.strategies.resolve(),
        (_, named) => Choice::resolve(named, &subject::ALL),
    };
    let levels = match (file, args.isolation.as_slice()) {
        (None, []) => vec![Isolation::default()],
        (Some(file), []) => file.isolation.resolve(),
        (_, named) => Choice::resolve(named, &Isolation::ALL),
    };
    let at_each = |subject| {
        let cells = levels.iter().map(move |&level| Cell { subject, level });
        cells.collect::<Vec<_>>()
    };
    Ok(subjects.into_iter().flat_map(at_each).collect())
}

/// What the cells of a command are held to.
#[derive(Clone, Copy)]
pub(super) struct Held {
    flag: Option<Expect>,
    /// Whether the catalogue speaks where neither flag nor file does.
    always: bool,
}

impl Held {
    /// `compare` and `check`: every cell is held to something.
    const fn always(flag: Option<Expect>) -> Self {
        Self { flag, always: true }
    }

    /// `run` and `explore`: where neither flag nor file speaks of any cell,
    /// nothing is expected, and what was found is said.
    pub(super) const fn if_said(flag: Option<Expect>) -> Self {
        Self {
            flag,
            always: false,
        }
    }

    /// What one cell is held to. A file that speaks of some cells leaves the
    /// others to the catalogue.
    fn cell(
        self,
        file: Option<&Verdicts>,
        cell: Cell,
        catalogue: Option<Verdict>,
    ) -> Option<Verdict> {
        let said = file.and_then(|file| file.of(cell));
        let speaks = file.is_some_and(|file| !file.is_empty());
        Expect::of(self.flag, said, catalogue, self.always || speaks)
    }
}

fn load(scenario: Scenario, cells: &[Cell], file: Option<&ScenarioFile>, held: Held) -> Load {
    let said = file.map(|file| &file.expect.load);
    let cell = |&cell: &Cell| LoadCell {
        cell,
        expected: held.cell(said, cell, subject::expected(cell, scenario.lines)),
        runs: Vec::new(),
    };
    Load {
        cells: cells.iter().map(cell).collect(),
        scenario,
    }
}

/// A case that is explored on PostgreSQL, whole.
pub(super) fn quest(
    shape: Shape,
    cells: &[Cell],
    file: Option<&ScenarioFile>,
    held: Held,
) -> Exploration {
    let said = file.map(|file| &file.expect.explore);
    let is_known = is_in_catalogue(&shape);
    let cell = |&cell: &Cell| {
        // Of other cases the catalogue tells nothing.
        let catalogue = match is_known {
            true => subject::expected_explored(cell),
            false => Some(Verdict::Safe),
        };
        PlannedCell {
            cell,
            expected: held.cell(said, cell, catalogue),
        }
    };
    Exploration {
        sim_version: env!("CARGO_PKG_VERSION").into(),
        started_unix_s: now_unix_s(),
        on: Ground::Postgres,
        server: None,
        victims_are_fixed: true,
        shape,
        policy: Policy::Exhaustive,
        reduction: Reduction::Auto,
        switches_max: None,
        limits: Limits::default(),
        planned: cells.iter().map(cell).collect(),
        cells: Vec::new(),
    }
}

/// What the file says of itself, still without results.
pub(super) fn study(path: Option<&Path>, file: Option<ScenarioFile>) -> Study {
    match (path, file) {
        (Some(path), Some(file)) => Study {
            name: stem(path),
            title: file.title,
            about: file.about,
            seen_in: file.seen_in,
            ..Study::untitled()
        },
        _ => Study::untitled(),
    }
}

/// The same, with what the load is held to.
fn study_of_load(
    path: Option<&Path>,
    file: Option<ScenarioFile>,
    cells: &[LoadCell],
    asked: Option<Subject>,
    flags: &[Threshold],
) -> Study {
    let of_file = file.iter().flat_map(|file| &file.thresholds);
    let thresholds = of_file.chain(flags).cloned().collect();
    let asked = asked.or(file.as_ref().and_then(|f| f.reference));
    Study {
        reference: reference(cells, asked),
        thresholds,
        ..study(path, file)
    }
}

/// The name of a scenario file, without directory and extension.
fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    stem.to_string_lossy().into_owned()
}

/// A threshold that no cell is held to would pass unseen.
fn check_thresholds(thresholds: &[Threshold], cells: &[LoadCell]) -> Result<()> {
    let binds = |t: &Threshold| {
        cells
            .iter()
            .any(|cell| t.binds(cell.cell.subject, cell.expected))
    };
    match thresholds.iter().find(|t| !binds(t)) {
        None => Ok(()),
        Some(t) => bail!(Usage(match t.subject {
            Some(subject) => format!("--threshold {t}: {subject} does not run"),
            None => format!(
                "--threshold {t}: no cell is expected to be safe; name a strategy, such as \
                 'naive: {t}'"
            ),
        })),
    }
}

fn below(file: Option<&ScenarioFile>) -> Draft {
    file.map(ScenarioFile::draft).unwrap_or_default()
}

fn explored(file: Option<&ScenarioFile>) -> Explore {
    file.map(|file| file.explore.clone()).unwrap_or_default()
}

/// Reads a scenario file.
pub(super) fn read(path: &Path) -> Result<ScenarioFile> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Usage(format!("cannot read {name}: {error}")))?;
    let file = ScenarioFile::parse(&text);
    Ok(file.map_err(|refused| Usage(format!("{name}: {refused}")))?)
}

/// Only a server of the user's outlives the run.
pub(super) fn check_keep(args: &DatabaseArgs) -> Result<()> {
    if args.keep && args.server.database_url.is_none() {
        bail!(Usage(
            "--keep needs --database-url: the private server is thrown away with all it holds"
                .into()
        ));
    }
    Ok(())
}

fn draft(shop: &ShopArgs, load: &LoadArgs) -> Draft {
    Draft {
        buyers: load.buyers,
        products: shop.products,
        stock: shop.stock,
        lines: shop.lines,
        units: shop.units,
        duplicate_lines: shop.duplicate_lines.then_some(true),
        lock_order: shop.lock_order.map(Into::into),
        popularity: shop.popularity,
        connections: load.connections,
        arrival: load.arrival.map(Into::into),
        rate: load.rate,
        think_time_us: load.think_time.map(|time| time.0),
        max_tries: load.max_tries,
        retry_delay: load.retry_delay,
        runs: load.runs,
        seed: load.seed,
    }
}
