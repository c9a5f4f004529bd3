//! What moves on the terminal while `sim` works. It goes to standard error, so
//! that standard output holds the result alone.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::driver::Progress;
use crate::report::Cell;

const REDRAW: Duration = Duration::from_millis(50);

/// Draws on standard error, or nowhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Display {
    visible: bool,
}

impl Display {
    /// Visible unless asked otherwise or standard error is no terminal.
    pub(super) fn new(is_wanted: bool) -> Self {
        Self {
            visible: is_wanted && std::io::stderr().is_terminal(),
        }
    }

    /// A line that turns until it is dropped.
    pub(super) fn busy(self, with: &str) -> Busy {
        let bar = self.bar(None, "{spinner} {msg}");
        bar.set_message(with.to_owned());
        bar.enable_steady_tick(REDRAW);
        Busy(bar)
    }

    /// A bar over all buyers of all runs.
    pub(super) fn buyers(self, total: u64) -> Buyers {
        let template = "{spinner} {msg}  [{bar:30}] {human_pos}/{human_len} buyers, {elapsed}";
        Buyers {
            bar: self.bar(Some(total), template),
            before: 0,
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
        self.0.set_message(message.to_owned());
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Counts buyers over several runs.
#[derive(Debug)]
pub(super) struct Buyers {
    bar: ProgressBar,
    /// Buyers of runs that are done.
    before: u64,
}

impl Buyers {
    /// Follows one run while `work` goes on.
    pub(super) async fn follow<T>(
        &mut self,
        cell: &Cell,
        run: u32,
        buyers: u32,
        progress: &Arc<Progress>,
        work: impl Future<Output = T>,
    ) -> T {
        let (strategy, isolation) = (cell.strategy, cell.isolation);
        self.bar
            .set_message(format!("run {run}: {strategy} at {isolation}"));
        let (bar, before) = (self.bar.clone(), self.before);
        let progress = Arc::clone(progress);
        let redraw = tokio::spawn(async move {
            loop {
                bar.set_position(before + progress.finished());
                tokio::time::sleep(REDRAW).await;
            }
        });
        let done = work.await;
        redraw.abort();
        self.before += u64::from(buyers);
        done
    }
}

impl Drop for Buyers {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
