//! What the parts of one job share.

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard};

use super::super::plan::Task;
use super::super::progress::{Activity, Display};
use super::super::worlds::Worlds;
use super::state::WorkState;
use crate::load::{Reason, Stop};
use crate::report::CutShort;

/// A job that is being done.
pub(super) struct Work {
    pub(super) worlds: Worlds,
    /// Set by the first of two signals.
    pub(super) stop: Stop,
    /// The same for the threads that step schedules.
    pub(super) is_stopped: AtomicBool,
    /// Whether threads work on the server that cannot be called off.
    pub(super) is_exploring: AtomicBool,
    pub(super) activity: Activity,
    pub(super) state: Mutex<WorkState>,
}

impl Work {
    pub(super) fn new(display: Display, worlds: Worlds, tasks: &[Task], state: WorkState) -> Self {
        let loads = tasks.iter().filter_map(|task| task.load.as_ref());
        let checkouts = loads.map(|load| {
            let cells = load.cells.len() as u64;
            u64::from(load.scenario.buyers) * u64::from(load.scenario.runs) * cells
        });
        let quests = tasks.iter().filter_map(|task| task.exploration.as_ref());
        let cells = quests.map(|exploration| exploration.planned.len() as u64);
        Self {
            worlds,
            stop: Stop::default(),
            is_stopped: AtomicBool::new(false),
            is_exploring: AtomicBool::new(false),
            activity: display.activity(checkouts.sum(), cells.sum()),
            state: Mutex::new(state),
        }
    }

    /// Why the work ends before all of it is done, if it does.
    pub(super) fn cut_short(&self) -> Option<CutShort> {
        self.stop.reason().map(|reason| match reason {
            Reason::Interrupted => CutShort::Interrupted,
            Reason::ServerLost(why) => CutShort::Failed(why),
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, WorkState> {
        self.state
            .lock()
            .expect("no code panics while it holds the state")
    }
}
