//! What is seen of `sim` while it works: what moves on a terminal, and elsewhere a line
//! now and then. It goes to standard error, so that standard output holds the result
//! alone.

use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::args::QuietArgs;
use super::pace::Pace;
use super::screen::{self, REDRAW};
use super::tidings::Tidings;
use super::view::{self, CrowdView, StockView, WorkStage};
use crate::load::Progress;
use crate::report::harmless;
use crate::scenario::Scenario;

/// What it takes to explore a cell, in buyers at full speed; to foresee how long
/// the rest will take.
const CELL_IN_BUYERS: u64 = 300;

/// How often it is asked whether a line is due.
const ASKED_EVERY: Duration = Duration::from_secs(1);

/// What standard error takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outlet {
    /// Lines that are drawn again.
    Terminal,
    /// Lines that stay, such as a log.
    Log,
    /// Nothing is wanted.
    Nothing,
}

/// Draws on standard error, writes lines to it, or does neither.
#[derive(Debug, Clone, Copy)]
pub(super) struct Display {
    outlet: Outlet,
}

impl Display {
    /// Lines are drawn again only on a terminal that can do so, and none are written if
    /// so asked.
    pub(super) fn new(quiet: QuietArgs) -> Self {
        let is_wanted = !quiet.quiet && !quiet.no_progress;
        let is_able = std::env::var("TERM").is_ok_and(|term| term != "dumb");
        let outlet = match is_wanted {
            true if is_able && io::stderr().is_terminal() => Outlet::Terminal,
            true => Outlet::Log,
            false => Outlet::Nothing,
        };
        Self { outlet }
    }

    /// A line that turns until it is dropped.
    pub(super) fn busy(self, with: &str) -> Busy {
        let busy = Busy {
            is_visible: self.outlet == Outlet::Terminal,
        };
        busy.say(with);
        busy
    }

    /// What is going on, with all the work there is: so many buyers, and so many cells
    /// to explore.
    pub(super) fn activity(self, buyers: u64, cells: u64) -> Activity {
        Activity {
            outlet: self.outlet,
            work: buyers + cells * CELL_IN_BUYERS,
            began: Instant::now(),
            so_far: Mutex::default(),
        }
    }
}

/// Takes its line away when it is dropped.
#[derive(Debug)]
pub(super) struct Busy {
    is_visible: bool,
}

impl Busy {
    pub(super) fn say(&self, message: &str) {
        if self.is_visible {
            screen::show(vec![view::cut(&harmless(message), screen::columns())]);
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        screen::clear();
    }
}

/// What is going on, over several scenarios.
#[derive(Debug)]
pub(super) struct Activity {
    outlet: Outlet,
    /// All there is to do, in buyers.
    work: u64,
    began: Instant,
    so_far: Mutex<WorkSoFar>,
}

#[derive(Debug, Default)]
struct WorkSoFar {
    scenario: String,
    said: String,
    /// What was done before the run that goes on, in buyers.
    done: u64,
    /// Attempts of the runs before.
    attempts: u64,
    attempts_pace: Pace,
    schedules_pace: Pace,
    tidings: Tidings,
}

impl Activity {
    /// Names the scenario, where it has a name.
    pub(super) fn enter(&self, scenario: &str) {
        if !scenario.is_empty() {
            self.so_far().scenario = format!("{}: ", harmless(scenario));
        }
    }

    pub(super) fn say(&self, message: &str) {
        self.so_far().said = harmless(message).into_owned();
    }

    /// Shows a run of this scenario while `work` goes on; `is_own`: on tables of the user's own.
    pub(super) async fn follow<T>(
        &self,
        scenario: &Scenario,
        is_own: bool,
        progress: &Progress,
        work: impl Future<Output = T>,
    ) -> T {
        let redraw = || screen::show(self.crowd(scenario, is_own, progress));
        let tell = || self.tell(progress.finished());
        let done = self.every_so_often(redraw, tell, work).await;
        let so_far = &mut *self.so_far();
        so_far.done += u64::from(scenario.buyers);
        so_far.attempts += progress.glimpse().attempts;
        done
    }

    fn crowd(&self, scenario: &Scenario, is_own: bool, progress: &Progress) -> Vec<String> {
        let [buyers, lines, units] =
            [scenario.buyers, scenario.lines, scenario.units].map(u64::from);
        let crowd = CrowdView {
            buyers,
            stock: (!is_own).then(|| StockView {
                wanted: buyers * lines * units,
                in_stock: u64::from(scenario.products) * u64::from(scenario.stock),
            }),
            seen: progress.glimpse(),
        };
        let so_far = &mut *self.so_far();
        let attempts = so_far.attempts + crowd.seen.attempts;
        so_far.attempts_pace.note(self.began.elapsed(), attempts);
        let stage = self.stage(so_far, crowd.seen.finished);
        let rates = so_far.attempts_pace.rates();
        view::crowd(&stage, crowd, rates, screen::columns())
    }

    /// Says how many schedules there were so far while `work` goes on.
    pub(super) async fn count<T>(&self, schedules: &AtomicU64, work: impl Future<Output = T>) -> T {
        let redraw = || {
            let tried = schedules.load(Ordering::Relaxed);
            let so_far = &mut *self.so_far();
            so_far.schedules_pace.note(self.began.elapsed(), tried);
            let stage = self.stage(so_far, 0);
            let rates = so_far.schedules_pace.rates();
            screen::show(view::schedules(&stage, tried, rates, screen::columns()));
        };
        self.every_so_often(redraw, || self.tell(0), work).await
    }

    /// Writes a line where one is due; `more` has been done in the run that goes on.
    fn tell(&self, more: u64) {
        let so_far = &mut *self.so_far();
        let stage = self.stage(so_far, more);
        if let Some(line) = so_far.tidings.of(&stage) {
            screen::mention(line);
        }
    }

    /// One more cell is explored.
    pub(super) fn explored(&self) {
        self.so_far().done += CELL_IN_BUYERS;
    }

    /// Takes the lines away.
    pub(super) fn end(&self) {
        screen::clear();
    }

    /// `more` has been done since.
    fn stage(&self, so_far: &WorkSoFar, more: u64) -> WorkStage {
        WorkStage {
            what: format!("{}{}", so_far.scenario, so_far.said),
            share: (so_far.done + more) as f64 / self.work.max(1) as f64,
            elapsed: self.began.elapsed(),
        }
    }

    fn so_far(&self) -> MutexGuard<'_, WorkSoFar> {
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls one of the two again and again while `work` goes on: `redraw` on a terminal,
    /// `tell` elsewhere.
    async fn every_so_often<T>(
        &self,
        redraw: impl Fn(),
        tell: impl Fn(),
        work: impl Future<Output = T>,
    ) -> T {
        let again_and_again = async {
            loop {
                match self.outlet {
                    Outlet::Terminal => {
                        redraw();
                        tokio::time::sleep(REDRAW).await;
                    }
                    Outlet::Log => {
                        tell();
                        tokio::time::sleep(ASKED_EVERY).await;
                    }
                    Outlet::Nothing => std::future::pending().await,
                }
            }
        };
        tokio::select! {
            done = work => done,
            never = again_and_again => never,
        }
    }
}
