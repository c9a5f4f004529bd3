//! The one way in which a command runs: its tasks one after the other on one server,
//! then clean-up, a page and an exit code.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Result;
use tokio::runtime::{self, Runtime};

use super::super::args::{OutputArgs, ServerArgs};
use super::super::around::{all_told, clean_up, open_worlds, unless_hurried};
use super::super::commands;
use super::super::database::{Database, Wanted};
use super::super::exit::{self, Exit};
use super::super::export::{Directory, Exports};
use super::super::plan::Task;
use super::super::progress::Display;
use super::super::signals::Signals;
use super::super::visit::Visit;
use super::answer::check_comparable;
use super::done::Done;
use super::explore;
use super::shared::Work;
use super::state::WorkState;
use crate::load::Reason;
use crate::report::{Command, CutShort, Dossier, Results, SourceFile};
use crate::scenario::OwnTables;

/// Room for the connections of a service's own pool, whose size only the service knows.
const SERVICE_CONNECTIONS: u32 = 200;

/// What one command asks for.
pub(in super::super) struct Job {
    pub(in super::super) tasks: Vec<Task>,
    /// Older results to be held against.
    pub(in super::super) against: Option<Dossier>,
    /// `None` for the model in memory, on which there are only explorations.
    pub(in super::super) server: Option<ServerArgs>,
    /// Whether the schema stays.
    pub(in super::super) keep: bool,
    pub(in super::super) exports: Exports,
    pub(in super::super) specs: Option<Directory>,
    /// Which command it is.
    pub(in super::super) command: Command,
    /// Whether a page is printed at the end.
    pub(in super::super) prints: bool,
    /// The scenario files whose lines are annotated; none outside a workflow of GitHub.
    pub(in super::super) annotated: Vec<SourceFile>,
    pub(in super::super) display: Display,
    /// What the first of two signals leads to.
    pub(in super::super) stopping: &'static str,
}

impl Job {
    /// Tasks with many buyers, and the results that the flags ask for; `inputs` are
    /// files that no result may replace.
    pub(in super::super) fn of_load<'i>(
        command: Command,
        tasks: Vec<Task>,
        server: &ServerArgs,
        output: &OutputArgs,
        inputs: impl IntoIterator<Item = &'i PathBuf>,
    ) -> Result<Self> {
        Ok(Self {
            tasks,
            against: None,
            server: Some(server.clone()),
            keep: false,
            exports: Exports::of_load(output)?.spare(inputs)?,
            specs: None,
            command,
            prints: !output.quiet.quiet,
            annotated: Vec::new(),
            display: Display::new(output.quiet),
            stopping: "no new buyers; running checkouts finish",
        })
    }
}

/// Does a job, cleans up, prints, and says how it ended. Every page holds the
/// whole plan, whatever of it was done.
pub(in super::super) fn perform(mut job: Job) -> Result<Done> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut signals = Signals::listen()?;
    commands::tell(&job.tasks);
    let wanted = wanted(&job.tasks, job.keep);
    let server = job
        .server
        .as_ref()
        .map(|server| server_of(server, &job.tasks));
    let tasks = std::mem::take(&mut job.tasks);
    let (against, exports, specs) = (job.against, job.exports, job.specs);
    let mut state = WorkState::new(job.command, &tasks, against, exports, specs);
    state.annotated = job.annotated;
    let opened = open_worlds(&runtime, &mut signals, server.as_ref(), wanted, job.display);
    let (worlds, database) = match opened {
        Ok(Some(opened)) => opened,
        nothing => {
            runtime.shutdown_background();
            return nothing_ran(state, nothing.map(|_| ()), job.prints);
        }
    };
    let work = Arc::new(Work::new(job.display, worlds, &tasks, state));
    let ended = work.carry_out(&runtime, signals, tasks, job.stopping);
    // What an early end leaves unfinished is not waited for.
    runtime.shutdown_background();
    let is_hurried = matches!(ended, Ok(Ended::Hurried));
    let is_busy = is_hurried && work.is_exploring.load(Ordering::Relaxed);
    let troubles = database.as_ref().map(Database::troubles);
    let may_be_late = work.stop.is_set() && !is_hurried;
    let cleaned = database.map_or(Ok(()), |db| clean_up(db, may_be_late, is_busy));
    let (cut_short, results) = (work.cut_short(), work.lock().results.clone());
    let told = tell(results, move || {
        let state = &mut *work.lock();
        state.tell(ended, cut_short, job.prints)?;
        Ok(state.done())
    });
    for trouble in troubles.unwrap_or_default() {
        exit::warn(&trouble);
    }
    all_told(told, [cleaned])
}

/// Tells of a plan of which nothing was begun: no server could be reached, or a
/// signal came before.
fn nothing_ran(mut state: WorkState, why: Result<()>, prints: bool) -> Result<Done> {
    // At an interrupt the terminal shows a line that says so.
    let prints = prints && why.is_err();
    tell(state.results.clone(), move || {
        state.tell(why, Some(CutShort::Interrupted), prints)?;
        Ok(state.done())
    })
}

/// Prints and writes, unless a signal comes twice meanwhile.
fn tell(results: Results, telling: impl FnOnce() -> Result<Done> + Send + 'static) -> Result<Done> {
    unless_hurried(telling)?.unwrap_or(Ok(Done {
        exit: Exit::Interrupted,
        results,
    }))
}

/// The service that runs already, where the only task is a load of one.
fn visit(tasks: &[Task]) -> Option<&Visit> {
    let mut loads = tasks.iter().filter_map(|task| task.load.as_ref());
    loads.find_map(|load| load.visit.as_ref())
}

/// The server that flags name, or the one of a service that runs already.
fn server_of(server: &ServerArgs, tasks: &[Task]) -> ServerArgs {
    let url = visit(tasks).map(|visit| visit.database_url.clone());
    ServerArgs {
        database_url: url.or_else(|| server.database_url.clone()),
        ..server.clone()
    }
}

/// What the tasks need of a server.
fn wanted(tasks: &[Task], keep: bool) -> Wanted {
    let of_loads = tasks.iter().filter_map(|task| task.load.as_ref());
    let explorations = tasks.iter().filter_map(|task| task.exploration.as_ref());
    let cases: Vec<u32> = explorations
        .map(|exploration| exploration.shape.buyers)
        .collect();
    let services = tasks.iter().filter_map(commands::tables);
    let listens = services.into_iter().any(OwnTables::has_service);
    let stepped = cases
        .iter()
        .map(|&buyers| explore::arenas(buyers, listens) as u32 * (buyers + 1));
    let buying = of_loads.map(|load| load.scenario.connections);
    let schemas = cases.iter().map(|&buyers| explore::arenas(buyers, listens));
    let of_services = if listens { SERVICE_CONNECTIONS } else { 0 };
    Wanted {
        schema: None,
        connections: stepped.chain(buying).max().unwrap_or(1) + of_services,
        schemas: schemas.max().unwrap_or(1),
        keep,
        listens,
        only_reads: visit(tasks).is_some(),
    }
}

/// How the work ended.
enum Ended {
    /// All is done, or what was stopped has come to its end.
    Done,
    /// A second signal asked for an end.
    Hurried,
}

impl Work {
    /// Works until all is done or a second signal asks for an end.
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
            check_comparable(against, &tasks, self.worlds.fingerprint().as_ref())?;
        }
        for (at, task) in tasks.into_iter().enumerate() {
            if self.stop.is_set() {
                break;
            }
            self.activity.enter(&task.study.name);
            self.lock().begin(at);
            if let Some(load) = task.load {
                self.let_in(load).await?;
            }
            if let Some(exploration) = task.exploration.filter(|_| !self.stop.is_set()) {
                self.step_through(exploration).await?;
            }
        }
        Ok(())
    }
}
