//! What moves on the terminal while `sim` works. It goes to standard error, so
//! that standard output holds the result alone.

use std::fmt::Write;
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{
    HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};

use super::args::QuietArgs;
use crate::load::Progress;
use crate::report::harmless;

/// What it takes to explore a cell, in buyers at full speed; to foresee how long
/// the rest will take.
const CELL_IN_BUYERS: u64 = 300;

const REDRAW: Duration = Duration::from_millis(50);

/// Draws on standard error, or nowhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Display {
    visible: bool,
}

impl Display {
    /// Visible unless asked otherwise or standard error is no terminal.
    pub(super) fn new(quiet: QuietArgs) -> Self {
        let is_wanted = !quiet.quiet && !quiet.no_progress;
        Self {
            visible: is_wanted && std::io::stderr().is_terminal(),
        }
    }

    /// A line that turns until it is dropped.
    pub(super) fn busy(self, with: &str) -> Busy {
        let bar = self.bar(None, "{spinner} {msg}");
        bar.set_message(harmless(with).into_owned());
        bar.enable_steady_tick(REDRAW);
        Busy(bar)
    }

    /// What is going on, and a bar over all the work there is: so many buyers,
    /// and so many cells to explore.
    pub(super) fn activity(self, buyers: u64, cells: u64) -> Activity {
        const TEMPLATE: &str = "{spinner} {prefix}{msg}  [{bar:20}] {percent} %{left}";
        let left = |state: &ProgressState, out: &mut dyn Write| {
            // Nothing can be foreseen before anything is done.
            let _ = match state.pos() {
                0 => Ok(()),
                _ => write!(out, ", about {} left", HumanDuration(state.eta())),
            };
        };
        let bar = self.bar(Some(buyers + cells * CELL_IN_BUYERS), TEMPLATE);
        bar.set_style(bar.style().with_key("left", left));
        Activity {
            bar,
            said: Mutex::default(),
        }
    }

    fn bar(self, length: Option<u64>, template: &str) -> ProgressBar {
        let target = if self.visible {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template(template).expect("a constant template");
        ProgressBar::with_draw_target(length, target).with_style(style.progress_chars("=> "))
    }
}

/// Takes its line away when it is dropped.
#[derive(Debug)]
pub(super) struct Busy(ProgressBar);

impl Busy {
    pub(super) fn say(&self, message: &str) {
        self.0.set_message(harmless(message).into_owned());
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What is going on, over several scenarios.
#[derive(Debug)]
pub(super) struct Activity {
    bar: ProgressBar,
    /// What was said last, without a count.
    said: Mutex<String>,
}

impl Activity {
    /// Names the scenario, where it has a name.
    pub(super) fn enter(&self, scenario: &str) {
        if !scenario.is_empty() {
            self.bar.set_prefix(format!("{}: ", harmless(scenario)));
        }
    }

    pub(super) fn say(&self, message: &str) {
        let message = harmless(message).into_owned();
        self.bar.set_message(message.clone());
        *self.said() = message;
    }

    fn said(&self) -> MutexGuard<'_, String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the buyers of one run while `work` goes on.
    pub(super) async fn follow<T>(
        &self,
        buyers: u32,
        progress: &Progress,
        work: impl Future<Output = T>,
    ) -> T {
        let before = self.bar.position();
        let redraw = || self.bar.set_position(before + progress.finished());
        let done = every_so_often(redraw, work).await;
        self.bar.set_position(before + u64::from(buyers));
        done
    }

    /// Says how many schedules there were so far while `work` goes on.
    pub(super) async fn count<T>(&self, schedules: &AtomicU64, work: impl Future<Output = T>) -> T {
        let redraw = || {
            let tried = HumanCount(schedules.load(Ordering::Relaxed));
            let message = format!("{} · {tried} tried", self.said());
            self.bar.set_message(message);
        };
        every_so_often(redraw, work).await
    }

    /// One more cell is explored.
    pub(super) fn explored(&self) {
        self.bar.inc(CELL_IN_BUYERS);
    }

    /// Takes the line away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// Calls `redraw` again and again while `work` goes on.
async fn every_so_often<T>(redraw: impl Fn(), work: impl Future<Output = T>) -> T {
    let again_and_again = async {
        loop {
            redraw();
            tokio::time::sleep(REDRAW).await;
        }
    };
    tokio::select! {
        done = work => done,
        never = again_and_again => never,
    }
}
