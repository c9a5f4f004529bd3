//! What is left to do in a search, shared by all arenas.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::bounds::{Covered, Limits, Policy};
use super::walk::{Branch, Walk};

pub(super) struct Backlog {
    state: Mutex<State>,
    changed: Condvar,
    limits: Limits,
    began: Instant,
}

struct State {
    jobs: Vec<Branch>,
    random: Option<(u64, std::ops::Range<u64>)>,
    /// Tasks that are taken and not over yet.
    busy: usize,
    /// Arenas that wait for others to find something to do.
    waiting: usize,
    started: u64,
    covered: Covered,
    /// An arena has failed: no arena is to take another task.
    has_failed: bool,
}

/// Something to do. An arena that drops it without [`Taken::done`] has failed, and
/// the others stop: none waits for what will never be done.
pub(super) struct Taken<'q> {
    pub(super) what: What,
    queue: &'q Backlog,
    is_done: bool,
}

pub(super) enum What {
    /// A walk.
    Walk(Branch),
    /// The so many-th random schedule of a seed.
    Random(u64, u64),
}

impl Backlog {
    pub(super) fn new(policy: Policy, limits: Limits) -> Self {
        let (jobs, random) = match policy {
            Policy::Exhaustive => (vec![Branch::default()], None),
            Policy::Random { schedules, seed } => (Vec::new(), Some((seed, 0..schedules))),
        };
        Self {
            state: Mutex::new(State {
                jobs,
                random,
                busy: 0,
                waiting: 0,
                started: 0,
                covered: Covered::default(),
                has_failed: false,
            }),
            changed: Condvar::new(),
            limits,
            began: Instant::now(),
        }
    }

    /// The next task; waits while others may still find some.
    pub(super) fn take(&self, stop: &AtomicBool) -> Option<Taken<'_>> {
        let mut state = self.lock();
        loop {
            if state.has_failed {
                return None;
            }
            let what = match &mut state.random {
                Some((seed, rest)) => rest.next().map(|number| What::Random(*seed, number)),
                None => state.jobs.pop().map(What::Walk),
            };
            match what {
                Some(_) if self.is_enough(&state, stop) => {
                    state.covered.cut_short = true;
                    // The others look for themselves.
                    state.random = state.random.take().map(|(seed, _)| (seed, 0..0));
                    state.jobs.clear();
                    self.changed.notify_all();
                    return None;
                }
                Some(what) => {
                    state.started += 1;
                    state.busy += 1;
                    return Some(Taken {
                        what,
                        queue: self,
                        is_done: false,
                    });
                }
                None if state.busy == 0 => {
                    self.changed.notify_all();
                    return None;
                }
                None => {
                    state.waiting += 1;
                    let waited = self.changed.wait(state);
                    state = waited.unwrap_or_else(PoisonError::into_inner);
                    state.waiting -= 1;
                }
            }
        }
    }

    fn is_enough(&self, state: &State, stop: &AtomicBool) -> bool {
        let limits = &self.limits;
        limits.schedules.is_some_and(|max| state.started >= max)
            || limits.time.is_some_and(|max| self.began.elapsed() >= max)
            || stop.load(Ordering::Relaxed)
    }

    /// A random sample never exhausts anything.
    pub(super) fn covered(&self) -> Covered {
        let state = self.lock();
        let cut_short = state.covered.cut_short || state.has_failed;
        Covered {
            exhausted: !cut_short
                && !state.covered.bounded
                && state.covered.skipped == 0
                && state.random.is_none(),
            cut_short,
            ..state.covered
        }
    }

    /// One task is over: wakes the arenas that wait for that. To wake is a system call
    /// even where none does, and in memory a schedule takes five microseconds.
    fn is_over(&self, mut state: MutexGuard<'_, State>) {
        state.busy -= 1;
        let is_awaited = state.waiting > 0;
        drop(state);
        if is_awaited {
            self.changed.notify_all();
        }
    }

    /// A panic of the thread that held it has been told already.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken<'_> {
    /// Notes what came of it.
    pub(super) fn done(mut self, mut jobs: Vec<Branch>, walk: &Walk) {
        let mut state = self.queue.lock();
        state.jobs.append(&mut jobs);
        state.covered.again += u64::from(walk.again);
        match &walk.ended {
            Some(walked) => {
                state.covered.schedules += 1;
                state.covered.statements += walked.schedule.0.len() as u64;
                state.covered.bounded |= walked.is_bounded;
            }
            None if walk.is_skipped => state.covered.skipped += 1,
            None => state.covered.repeats += 1,
        }
        self.is_done = true;
        self.queue.is_over(state);
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            let mut state = self.queue.lock();
            state.has_failed = true;
            self.queue.is_over(state);
        }
    }
}
