//! `sim explore`: every schedule of a few buyers, one or more cells.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use tokio::runtime::{self, Runtime};

use super::args::stepped::{self, ExploreArgs, World};
use super::case::{check_world, shape};
use super::database::{Database, Wanted};
use super::exit::{self, Exit, Usage};
use super::export::{Directory, Exports};
use super::plan::{levels, read, strategies};
use super::print;
use super::progress::Display;
use super::scene::Scene;
use super::signals::Signals;
use super::stage::{all_told, clean_up, now_unix_s, set_the_scene};
use super::values::Expect;
use crate::audit::Verdict;
use crate::checkout::Terms;
use crate::explore::found::Quest;
use crate::explore::reduction::Whole;
use crate::explore::search::{Limits, Policy};
use crate::report::{
    EXPLORATION_FORMAT, Exploration, ExploredCell, exploration_to_terminal, to_specs,
};
use crate::scenario::{ScenarioFile, Shape};
use crate::shop::{Isolation, LockOrder};
use crate::strategy::Strategy;

/// With `--policy random` where `--schedules` says nothing.
const SCHEDULES_DEFAULT: u64 = 1_000;
/// More would share two cores.
const ARENAS_MAX: usize = 8;
/// More might not find room on somebody else's server.
const CONNECTIONS_MAX: u32 = 40;
const REDRAW: Duration = Duration::from_millis(100);
/// What the first of two signals leads to.
const STOPPING: &str = "what was found so far is shown";

/// A cell that is still to be explored, with the verdict that it must show.
type Todo = Vec<(Strategy, Isolation, Verdict)>;

pub(super) fn explore(args: &ExploreArgs) -> Result<Exit> {
    let (exploration, todo) = plan(args)?;
    let exports = Exports::open(&[(
        |found: &Exploration| Ok(found.to_json()),
        &args.output.export_json,
    )])?;
    let specs = args.output.export_spec.as_deref().map(Directory::open);
    let specs = specs.transpose()?;
    let display = Display::new(!args.output.quiet && !args.output.no_progress);
    let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::listen()?
    };
    let arenas = std::thread::available_parallelism().map_or(2, usize::from);
    let each = exploration.shape.buyers + 1;
    let arenas = arenas
        .min(ARENAS_MAX)
        .min((CONNECTIONS_MAX / each).max(1) as usize);
    let server = (args.search.on == World::Postgres).then_some(&args.server);
    let wanted = Wanted {
        connections: arenas as u32 * each,
        schemas: arenas,
        keep: false,
    };
    let opened = set_the_scene(&runtime, &mut signals, server, wanted, display)?;
    let Some((scene, database)) = opened else {
        runtime.shutdown_background();
        return Ok(Exit::Interrupted);
    };
    let expedition = Arc::new(Expedition::new(exploration, exports, scene, arenas));
    let ended = expedition.set_out(&runtime, signals, todo, display);
    let is_busy = ended.as_ref().is_ok_and(Option::is_none);
    runtime.shutdown_background();
    let died = database.as_ref().and_then(Database::has_died);
    let is_stopped = expedition.is_stopped();
    let cleaned = database.map_or(Ok(()), |database| clean_up(database, is_stopped, is_busy));
    let printed = match args.output.quiet {
        true => Ok(()),
        false => expedition.print(),
    };
    let exported = expedition.finish(specs.as_ref());
    if let Some(why) = died {
        exit::warn(&why);
    }
    all_told(ended, [cleaned, printed, exported])?;
    Ok(expedition.judge())
}

fn plan(args: &ExploreArgs) -> Result<(Exploration, Todo)> {
    let search = &args.search;
    let file = args.scenario.as_deref().map(read).transpose()?;
    let below = file.as_ref().map(ScenarioFile::shape);
    let shape = shape(&args.case, below.as_ref(), search.crash)?;
    if shape.buyers < 2 && !shape.crash {
        bail!(Usage(
            "--buyers 1 leaves nothing to interleave: it needs --crash".into()
        ));
    }
    if args.output.expect == Some(Expect::Catalogue) && !is_in_catalogue(&shape) {
        bail!(Usage(
            "--expect catalogue: the catalogue tells of explorations in which carts of one line \
             want the last unit, and none is cut; name a verdict"
                .into()
        ));
    }
    let levels = levels(&args.isolation, file.as_ref());
    check_world(search.on, &levels)?;
    if search.reduction == stepped::Reduction::On && levels.contains(&Isolation::Serializable) {
        bail!(Usage(
            "--reduction on leaves nothing out at serializable".into()
        ));
    }
    let mut todo = Vec::new();
    for strategy in strategies(&args.strategy, file.as_ref()) {
        todo.extend(levels.iter().map(|&isolation| {
            let said = file
                .as_ref()
                .and_then(|f| f.expect.explore.of(strategy, isolation));
            let catalogue = strategy.expected_explored(isolation);
            let expected = Expect::of(args.output.expect, said, catalogue);
            (strategy, isolation, expected)
        }));
    }
    let exploration = Exploration {
        format: EXPLORATION_FORMAT,
        sim_version: env!("CARGO_PKG_VERSION").into(),
        started_unix_s: now_unix_s(),
        on: search.on.into(),
        server: None,
        victims_are_fixed: true,
        shape,
        policy: policy(search)?,
        reduction: search.reduction.into(),
        switches_max: search.max_switches,
        limits: Limits {
            schedules: search.schedules,
            time: search.time_limit,
        },
        cells: Vec::new(),
    };
    Ok((exploration, todo))
}

/// Whether any two buyers want more of one product than there is.
fn is_in_catalogue(shape: &Shape) -> bool {
    let mut wanted: Vec<u32> = (0..shape.buyers).map(|b| shape.units_of(b)).collect();
    wanted.sort_unstable();
    let meet = shape.products == 1 || shape.lock_order == LockOrder::Sorted;
    let least: u32 = wanted.iter().take(2).sum();
    meet && shape.lines == 1 && !shape.crash && least > shape.stock
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

/// All cells of one call, and what they have yielded so far.
struct Expedition {
    scene: Scene,
    arenas: usize,
    stop: AtomicBool,
    /// Schedules of the cell that is being explored.
    schedules: AtomicU64,
    state: Mutex<State>,
}

struct State {
    exploration: Exploration,
    exports: Exports<Exploration>,
    /// What is being explored.
    at_work: String,
}

impl Expedition {
    fn new(
        exploration: Exploration,
        exports: Exports<Exploration>,
        scene: Scene,
        arenas: usize,
    ) -> Self {
        let exploration = Exploration {
            server: scene.fingerprint(),
            ..exploration
        };
        Self {
            scene,
            arenas,
            stop: AtomicBool::new(false),
            schedules: AtomicU64::new(0),
            state: Mutex::new(State {
                exploration,
                exports,
                at_work: String::new(),
            }),
        }
    }

    /// Explores until all is done or somebody asks twice for an end; then
    /// `None`, and the work goes on until this process ends.
    fn set_out(
        self: &Arc<Self>,
        runtime: &Runtime,
        mut signals: Signals,
        todo: Todo,
        display: Display,
    ) -> Result<Option<()>> {
        let work = {
            let expedition = Arc::clone(self);
            runtime.spawn_blocking(move || expedition.all_cells(todo))
        };
        runtime.block_on(async {
            tokio::select! {
                ended = work => ended?.map(Some),
                () = signals.twice(|| self.stop.store(true, Ordering::Relaxed), STOPPING) => Ok(None),
                () = self.tell(display) => Ok(None),
            }
        })
    }

    fn all_cells(&self, todo: Todo) -> Result<()> {
        for (strategy, isolation, expected) in todo {
            if self.is_stopped() {
                break;
            }
            let named = format!("{strategy} at {isolation}");
            self.lock().at_work.clone_from(&named);
            self.schedules.store(0, Ordering::Relaxed);
            self.cell(strategy, isolation, expected).context(named)?;
        }
        Ok(())
    }

    fn cell(&self, strategy: Strategy, isolation: Isolation, expected: Verdict) -> Result<()> {
        let (case, reduction, quest) = {
            let asked = &self.lock().exploration;
            let terms = Terms {
                strategy,
                isolation,
                max_tries: asked.shape.max_tries,
            };
            let quest = Quest {
                policy: asked.policy,
                reduce: asked.policy == Policy::Exhaustive && asked.switches_max.is_none(),
                switches_max: asked.switches_max,
                limits: asked.limits,
                victims_are_fixed: true,
            };
            (Arc::new(asked.shape.case(terms)), asked.reduction, quest)
        };
        let whole = Whole::count(&case, self.arenas, &self.stop)?;
        let quest = Quest {
            reduce: quest.reduce && reduction.applies(isolation, whole),
            ..quest
        };
        let tick = || {
            self.schedules.fetch_add(1, Ordering::Relaxed);
        };
        let (scene, arenas) = (&self.scene, self.arenas);
        let (found, victims_are_fixed) = scene.explore(&case, arenas, quest, &self.stop, &tick)?;
        let fault = found.fault.clone();
        let state = &mut *self.lock();
        state.exploration.victims_are_fixed &= victims_are_fixed;
        state.exploration.cells.push(ExploredCell {
            strategy,
            isolation,
            expected,
            whole,
            found,
        });
        state.exports.save(&state.exploration)?;
        match fault {
            Some(fault) => Err(anyhow!(fault)),
            None => Ok(()),
        }
    }

    /// Says for ever what is going on.
    async fn tell(&self, display: Display) {
        let busy = display.busy("exploring");
        loop {
            let schedules = self.schedules.load(Ordering::Relaxed);
            busy.say(&format!("{}: {schedules} schedules", self.lock().at_work));
            tokio::time::sleep(REDRAW).await;
        }
    }

    fn print(&self) -> Result<()> {
        match &self.lock().exploration {
            found if found.cells.is_empty() => Ok(()),
            found => print(&exploration_to_terminal(found)),
        }
    }

    fn finish(&self, specs: Option<&Directory>) -> Result<()> {
        let state = &mut *self.lock();
        if state.exploration.cells.is_empty() {
            return Ok(());
        }
        let exported = state.exports.finish(&state.exploration);
        let specified = match specs {
            Some(directory) => directory.write(&to_specs(&state.exploration)),
            None => Ok(()),
        };
        all_told(exported, [specified])
    }

    /// The exit code of what was found, by the order of precedence that the
    /// command line documents.
    fn judge(&self) -> Exit {
        let cells = &self.lock().exploration.cells;
        if self.is_stopped() {
            return Exit::Interrupted;
        }
        match cells.iter().all(ExploredCell::is_as_expected) {
            true => Exit::AsExpected,
            false => Exit::Unexpected,
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no code panics while it holds the state")
    }
}
