//! What is left to do in a search, shared by all arenas.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::bounds::{AllWithin, Covered, Limits, Policy, Rules};
use super::walk::{Branch, Walk};

/// Where more than this is left to do, the search goes into the depth, which makes less of
/// it: each takes half a kilobyte.
const PENDING_MAX: usize = 100_000;

/// Whether enough was run of the schedules with so many context switches by choice, or of all.
pub(super) type IsEnough<'e> = dyn Fn(usize) -> bool + Sync + 'e;

pub(super) struct Backlog {
    state: Mutex<State>,
    changed: Condvar,
    rules: Rules,
    limits: Limits,
    began: Instant,
}

struct State {
    pending: Pending,
    random: Option<(u64, std::ops::Range<u64>)>,
    /// Tasks that are taken and not over yet.
    busy: usize,
    /// Arenas that wait for others to find something to do.
    waiting: usize,
    started: u64,
    covered: Covered,
    /// How many schedules were run with no context switch by choice, with one, and so on.
    by_switches: Vec<u64>,
    /// So many context switches by choice may be begun with, where that is bounded by
    /// [`Limits::whole`].
    allowed: usize,
    /// The fewest switches of what was left out.
    left_out: Option<usize>,
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

impl What {
    /// The fewest context switches by choice that it can come to.
    const fn switches(&self) -> usize {
        match self {
            Self::Walk(branch) => branch.switches,
            Self::Random(..) => 0,
        }
    }
}

/// Walks that are left to do, by their context switches.
#[derive(Default)]
struct Pending {
    by_switches: Vec<Vec<Branch>>,
    number: usize,
}

impl Pending {
    fn add(&mut self, branch: Branch) {
        let at = branch.switches;
        if self.by_switches.len() <= at {
            self.by_switches.resize_with(at + 1, Vec::new);
        }
        self.by_switches[at].push(branch);
        self.number += 1;
    }

    /// One of those with the fewest switches; of too many, one with the most, unless they are to
    /// be done in turn.
    fn next(&mut self, are_in_turn: bool) -> Option<Branch> {
        let mut ascending = self.by_switches.iter_mut();
        let has_any = |branches: &&mut Vec<Branch>| !branches.is_empty();
        let from = match self.number > PENDING_MAX && !are_in_turn {
            false => ascending.find(has_any),
            true => ascending.rev().find(has_any),
        };
        let branch = from?.pop()?;
        self.number -= 1;
        Some(branch)
    }

    fn fewest(&self) -> Option<usize> {
        self.by_switches.iter().position(|all| !all.is_empty())
    }
}

impl State {
    fn leave_out(&mut self, switches: usize) {
        let fewest = self.left_out.map_or(switches, |left| left.min(switches));
        self.left_out = Some(fewest);
    }

    /// Nothing more of what is known now is to be done.
    fn leave_out_all(&mut self, switches: usize) {
        self.covered.cut_short = true;
        self.leave_out(switches);
        if let Some(fewest) = self.pending.fewest() {
            self.leave_out(fewest);
        }
        self.pending = Pending::default();
        self.random = self.random.take().map(|(seed, _)| (seed, 0..0));
    }

    /// What was run whole, where something is left.
    fn all_within(&self, rules: Rules) -> Option<AllWithin> {
        // A representative may need more switches than a schedule that it stands for.
        if self.random.is_some() || self.covered.alike > 0 {
            return None;
        }
        let left = self.left_out.into_iter().chain(self.pending.fewest());
        let switches = match left.min() {
            Some(fewest) => fewest.checked_sub(1)?,
            None => rules.switches_max.filter(|_| self.covered.bounded)?,
        };
        Some(AllWithin {
            switches,
            schedules: self.by_switches.iter().take(switches + 1).sum(),
        })
    }
}

impl Backlog {
    pub(super) fn new(policy: Policy, rules: Rules, limits: Limits) -> Self {
        let mut pending = Pending::default();
        let random = match policy {
            Policy::Exhaustive => {
                pending.add(Branch::default());
                None
            }
            Policy::Random { schedules, seed } => Some((seed, 0..schedules)),
        };
        Self {
            state: Mutex::new(State {
                pending,
                random,
                busy: 0,
                waiting: 0,
                started: 0,
                covered: Covered::default(),
                by_switches: Vec::new(),
                allowed: 0,
                left_out: None,
                has_failed: false,
            }),
            changed: Condvar::new(),
            rules,
            limits,
            began: Instant::now(),
        }
    }

    /// The next task; waits while others may still find some.
    pub(super) fn take(&self, is_enough: &IsEnough<'_>) -> Option<Taken<'_>> {
        let mut state = self.lock();
        loop {
            if state.has_failed {
                return None;
            }
            if self.must_wait_for_others(&mut state) {
                state = self.wait(state);
                continue;
            }
            let are_in_turn = self.limits.whole.is_some();
            let what = match &mut state.random {
                Some((seed, rest)) => rest.next().map(|number| What::Random(*seed, number)),
                None => state.pending.next(are_in_turn).map(What::Walk),
            };
            match what {
                Some(what) if self.is_over_with(&state, &what, is_enough) => {
                    // What the others still find, they look at for themselves.
                    state.leave_out_all(what.switches());
                    self.changed.notify_all();
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
                None => state = self.wait(state),
            }
        }
    }

    fn wait<'q>(&'q self, mut state: MutexGuard<'q, State>) -> MutexGuard<'q, State> {
        state.waiting += 1;
        let waited = self.changed.wait(state);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        state
    }

    /// Whether what is left has more context switches than what others are still busy with, and
    /// it is to be seen first whether it is run at all ([`Limits::whole`]). Where none is busy, it
    /// is seen here.
    fn must_wait_for_others(&self, state: &mut State) -> bool {
        let (Some(max), Some(fewest)) = (self.limits.whole, state.pending.fewest()) else {
            return false;
        };
        if fewest <= state.allowed {
            return false;
        }
        if state.busy > 0 {
            return true;
        }
        match state.covered.schedules >= max {
            true => state.leave_out_all(fewest),
            false => state.allowed = fewest,
        }
        false
    }

    fn is_over_with(&self, state: &State, what: &What, is_enough: &IsEnough<'_>) -> bool {
        let limits = &self.limits;
        limits.schedules.is_some_and(|max| state.started >= max)
            || limits.time.is_some_and(|max| self.began.elapsed() >= max)
            || is_enough(what.switches())
    }

    /// A random sample never exhausts anything.
    pub(super) fn covered(&self) -> Covered {
        let state = self.lock();
        let cut_short = state.covered.cut_short || state.has_failed;
        let exhausted = !cut_short
            && !state.covered.bounded
            && state.covered.skipped == 0
            && state.random.is_none();
        Covered {
            exhausted,
            cut_short,
            all_within: state.all_within(self.rules),
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
    pub(super) fn done(mut self, jobs: Vec<Branch>, walk: &Walk) {
        let mut state = self.queue.lock();
        for job in jobs {
            state.pending.add(job);
        }
        state.covered.again += u64::from(walk.again);
        state.covered.alike += walk.alike;
        match &walk.ended {
            Some(walked) => {
                state.covered.schedules += 1;
                state.covered.statements += walked.schedule.0.len() as u64;
                state.covered.bounded |= walked.is_bounded;
                if state.by_switches.len() <= walked.switches {
                    state.by_switches.resize(walked.switches + 1, 0);
                }
                state.by_switches[walked.switches] += 1;
            }
            None if walk.is_skipped => {
                state.covered.skipped += 1;
                state.leave_out(self.what.switches());
            }
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
            state.leave_out(self.what.switches());
            self.queue.is_over(state);
        }
    }
}
