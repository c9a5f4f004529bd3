//! What run, explore, compare and check have in common: a server, tasks one
//! after the other, results that are saved on the way, a page and an exit code.

mod explore;
mod gate;
mod load;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::Result;
use tokio::runtime::{self, Runtime};

use super::args::ServerArgs;
use super::database::{Database, Wanted};
use super::exit::{self, Exit};
use super::export::{Directory, Exports};
use super::plan::Task;
use super::print;
use super::progress::{Activity, Display};
use super::scene::Scene;
use super::signals::Signals;
use super::stage::{all_told, clean_up, now_unix_s, set_the_scene, unless_hurried};
use crate::driver::{Reason, Stop};
pub(super) use gate::check_comparable;

use crate::report::{Dossier, FORMAT, Results, Study, to_specs};

/// What one command asks for.
pub(super) struct Job {
    pub(super) tasks: Vec<Task>,
    /// Older results to be held against.
    pub(super) against: Option<Dossier>,
    /// `None` for the model in memory, on which there are only explorations.
    pub(super) server: Option<ServerArgs>,
    /// Whether the schema stays.
    pub(super) keep: bool,
    pub(super) exports: Exports,
    pub(super) specs: Option<Directory>,
    /// What is printed at the end, if anything.
    pub(super) page: Option<fn(&Results) -> String>,
    pub(super) display: Display,
    /// What the first of two signals leads to.
    pub(super) stopping: &'static str,
}

/// What a job came to.
pub(super) struct Done {
    pub(super) exit: Exit,
    pub(super) results: Results,
}

/// Does a job, cleans up, prints, and says how it ended. `None` after a signal
/// that came before anything ran, or a second one before the results were written.
pub(super) fn perform(mut job: Job) -> Result<Option<Done>> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::listen()?
    };
    let wanted = wanted(&job.tasks, job.keep);
    let server = job.server.as_ref();
    let opened = set_the_scene(&runtime, &mut signals, server, wanted, job.display)?;
    let Some((scene, database)) = opened else {
        runtime.shutdown_background();
        return Ok(None);
    };
    let tasks = std::mem::take(&mut job.tasks);
    let work = Arc::new(Work::new(&mut job, scene, &tasks));
    let ended = work.carry_out(&runtime, signals, tasks, job.stopping);
    // What an early end leaves unfinished is not waited for.
    runtime.shutdown_background();
    let is_hurried = matches!(ended, Ok(Ended::Hurried));
    let is_busy = is_hurried && work.is_exploring.load(Ordering::Relaxed);
    let died = database.as_ref().and_then(Database::has_died);
    let may_be_late = work.stop.is_set() && !is_hurried;
    let cleaned = database.map_or(Ok(()), |db| clean_up(db, may_be_late, is_busy));
    let told = {
        let work = Arc::clone(&work);
        unless_hurried(move || {
            let printed = job.page.map_or(Ok(()), |page| work.print(page));
            [printed, work.finish(job.specs.as_ref())]
        })?
    };
    if let Some(why) = died {
        exit::warn(&why);
    }
    let Some(told) = told else {
        return all_told(Ok(None), [cleaned]);
    };
    let ended = all_told(ended, [cleaned].into_iter().chain(told))?;
    let state = &*work.lock();
    Ok(Some(Done {
        exit: match ended {
            Ended::Hurried => Exit::Interrupted,
            Ended::Done => gate::judge(&state.results, work.stop.is_set()),
        },
        results: state.results.clone(),
    }))
}

/// What the tasks need of a server.
fn wanted(tasks: &[Task], keep: bool) -> Wanted {
    let of_loads = tasks.iter().filter_map(|task| task.load.as_ref());
    let quests = tasks.iter().filter_map(|task| task.exploration.as_ref());
    let cases: Vec<u32> = quests.map(|quest| quest.exploration.shape.buyers).collect();
    let stepped = cases
        .iter()
        .map(|&buyers| explore::arenas(buyers) as u32 * (buyers + 1));
    let buying = of_loads.map(|load| load.scenario.connections);
    let schemas = cases.iter().map(|&buyers| explore::arenas(buyers));
    Wanted {
        connections: stepped.chain(buying).max().unwrap_or(1),
        schemas: schemas.max().unwrap_or(1),
        keep,
    }
}

/// How the work ended.
enum Ended {
    /// All is done, or what was stopped has come to its end.
    Done,
    /// Somebody asked twice for an end.
    Hurried,
}

struct Work {
    scene: Scene,
    /// Set by the first of two signals.
    stop: Stop,
    /// The same for whoever steps schedules.
    is_stopped: AtomicBool,
    /// Whether somebody works on the server who cannot be called off.
    is_exploring: AtomicBool,
    activity: Activity,
    state: Mutex<State>,
}

struct State {
    results: Results,
    exports: Exports,
}

impl State {
    /// The study that is being worked on.
    fn study(&mut self) -> &mut Study {
        let studies = &mut self.results.dossier.studies;
        studies.last_mut().expect("a task begins with its study")
    }

    fn save(&mut self) -> Result<()> {
        self.exports.save(&self.results)
    }
}

impl Work {
    fn new(job: &mut Job, scene: Scene, tasks: &[Task]) -> Self {
        let loads = tasks.iter().filter_map(|task| task.load.as_ref());
        let checkouts = loads.map(|load| {
            let cells = load.cells.len() as u64;
            u64::from(load.scenario.buyers) * u64::from(load.scenario.runs) * cells
        });
        let quests = tasks.iter().filter_map(|task| task.exploration.as_ref());
        let cells = quests.map(|quest| quest.cells.len() as u64);
        Self {
            scene,
            stop: Stop::default(),
            is_stopped: AtomicBool::new(false),
            is_exploring: AtomicBool::new(false),
            activity: job.display.activity(checkouts.sum(), cells.sum()),
            state: Mutex::new(State {
                results: Results {
                    dossier: Dossier {
                        format: FORMAT,
                        sim_version: env!("CARGO_PKG_VERSION").into(),
                        started_unix_s: now_unix_s(),
                        studies: Vec::new(),
                    },
                    against: job.against.take(),
                },
                exports: std::mem::take(&mut job.exports),
            }),
        }
    }

    /// Works until all is done or somebody asks twice for an end.
    fn carry_out(
        self: &Arc<Self>,
        runtime: &Runtime,
        mut signals: Signals,
        tasks: Vec<Task>,
        stopping: &str,
    ) -> Result<Ended> {
        let stop = || {
            self.stop.now(Reason::Interrupted);
            self.is_stopped.store(true, Ordering::Relaxed);
        };
        let ended = runtime.block_on(async {
            tokio::select! {
                ended = self.all(tasks) => ended.map(|()| Ended::Done),
                () = signals.twice(stop, stopping) => Ok(Ended::Hurried),
            }
        });
        self.activity.end();
        if let Ok(Ended::Hurried) = ended {
            self.lock().save()?;
        }
        ended
    }

    async fn all(self: &Arc<Self>, tasks: Vec<Task>) -> Result<()> {
        if let Some(against) = &self.lock().results.against {
            check_comparable(against, &tasks, self.scene.fingerprint().as_ref())?;
        }
        for task in tasks {
            if self.stop.is_set() {
                break;
            }
            self.activity.enter(&task.study.name);
            self.lock().results.dossier.studies.push(task.study);
            if let Some(load) = task.load {
                self.let_in(load).await?;
            }
            if let Some(quest) = task.exploration.filter(|_| !self.stop.is_set()) {
                self.step_through(quest).await?;
            }
        }
        Ok(())
    }

    fn print(&self, page: fn(&Results) -> String) -> Result<()> {
        match &self.lock().results {
            nothing if nothing.dossier.studies.iter().all(Study::is_empty) => Ok(()),
            results => print(&page(results)),
        }
    }

    fn finish(&self, specs: Option<&Directory>) -> Result<()> {
        let state = &mut *self.lock();
        if state.results.dossier.studies.iter().all(Study::is_empty) {
            return Ok(());
        }
        let exported = state.exports.finish(&state.results);
        let studies = state.results.dossier.studies.iter();
        let specified = studies
            .filter_map(|study| study.exploration.as_ref().zip(specs))
            .map(|(exploration, directory)| directory.write(&to_specs(exploration)));
        all_told(exported, specified)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no code panics while it holds the state")
    }
}
