//! Many schedules, over several arenas at once.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::arena::{Arena, Error};
use super::walk::{Job, Rules, Walked, walk, walk_at_random};

/// How schedules are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// All of them, each once.
    Exhaustive,
    /// So many at random.
    Random {
        /// How many.
        schedules: u64,
        /// What they are drawn from.
        seed: u64,
    },
}

/// What bounds a search.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// At most so many schedules.
    pub schedules: Option<u64>,
    /// At most so long.
    pub time: Option<Duration>,
}

/// What a search covered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Schedules run to their end.
    pub schedules: u64,
    /// Schedules given up because another one cannot be told apart from them.
    pub given_up: u64,
    /// Statements carried out, repeated prefixes included.
    pub statements: u64,
    /// Whether nothing was left to try.
    pub exhausted: bool,
}

/// Runs schedules on `arenas` threads, each with an arena of its own made by
/// `make`, and shows each one that ran to its end to `see`, in no fixed order.
///
/// # Errors
/// The first failure of any arena; the others stop at their next schedule.
pub fn search<A, F, Made>(
    arenas: usize,
    make: F,
    policy: Policy,
    rules: Rules,
    limits: Limits,
    stop: &AtomicBool,
    see: &(dyn Fn(Walked) + Sync),
) -> Result<Covered, Error>
where
    A: Arena,
    F: Fn(usize) -> Made + Sync,
    Made: Future<Output = Result<A, Error>>,
{
    let queue = Queue::new(policy, limits);
    let failed = Mutex::new(None);
    std::thread::scope(|scope| {
        for number in 0..arenas {
            let (queue, failed, make) = (&queue, &failed, &make);
            scope.spawn(move || {
                let worked = on_own_runtime(async {
                    let mut arena = make(number).await?;
                    work(&mut arena, queue, rules, stop, see).await
                });
                if let Err(error) = worked {
                    failed.lock().expect("no panic").get_or_insert(error);
                    queue.give_up();
                }
            });
        }
    });
    match failed.into_inner().expect("no panic") {
        Some(error) => Err(error),
        None => Ok(queue.covered()),
    }
}

/// A connection belongs to the runtime that opened it, and an arena's steps
/// wait for each other: one thread with a runtime of its own never wakes
/// another.
pub fn on_own_runtime<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Database(error.to_string()))?
        .block_on(work)
}

async fn work<A: Arena>(
    arena: &mut A,
    queue: &Queue,
    rules: Rules,
    stop: &AtomicBool,
    see: &(dyn Fn(Walked) + Sync),
) -> Result<(), Error> {
    let mut jobs = Vec::new();
    while let Some(task) = queue.take(stop) {
        let walked = match task {
            Task::Walk(job) => walk(arena, &job, rules, &mut jobs).await?,
            Task::Random(seed, number) => {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                random.set_stream(number);
                Some(walk_at_random(arena, rules, &mut random).await?)
            }
        };
        queue.done(&mut jobs, walked.as_ref());
        if let Some(walked) = walked {
            see(walked);
        }
    }
    Ok(())
}

/// What is left to do, shared by all arenas.
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    limits: Limits,
    began: Instant,
}

struct State {
    jobs: Vec<Job>,
    random: Option<(u64, std::ops::Range<u64>)>,
    busy: usize,
    started: u64,
    covered: Covered,
    is_cut_short: bool,
}

enum Task {
    Walk(Job),
    Random(u64, u64),
}

impl Queue {
    fn new(policy: Policy, limits: Limits) -> Self {
        let (jobs, random) = match policy {
            Policy::Exhaustive => (vec![Job::default()], None),
            Policy::Random { schedules, seed } => (Vec::new(), Some((seed, 0..schedules))),
        };
        Self {
            state: Mutex::new(State {
                jobs,
                random,
                busy: 0,
                started: 0,
                covered: Covered::default(),
                is_cut_short: false,
            }),
            changed: Condvar::new(),
            limits,
            began: Instant::now(),
        }
    }

    /// The next task; waits while others may still find some.
    fn take(&self, stop: &AtomicBool) -> Option<Task> {
        let mut state = self.lock();
        loop {
            let enough = self
                .limits
                .schedules
                .is_some_and(|max| state.started >= max)
                || self
                    .limits
                    .time
                    .is_some_and(|max| self.began.elapsed() >= max)
                || stop.load(Ordering::Relaxed);
            let task = match &mut state.random {
                Some((seed, rest)) => rest.next().map(|number| Task::Random(*seed, number)),
                None => state.jobs.pop().map(Task::Walk),
            };
            match task {
                Some(_) if enough || state.is_cut_short => {
                    state.is_cut_short = true;
                    self.changed.notify_all();
                    return None;
                }
                Some(task) => {
                    state.started += 1;
                    state.busy += 1;
                    return Some(task);
                }
                None if state.busy == 0 => {
                    self.changed.notify_all();
                    return None;
                }
                None => state = self.changed.wait(state).expect("no panic"),
            }
        }
    }

    fn done(&self, jobs: &mut Vec<Job>, walked: Option<&Walked>) {
        let mut state = self.lock();
        state.jobs.append(jobs);
        state.busy -= 1;
        match walked {
            Some(walked) => {
                state.covered.schedules += 1;
                state.covered.statements += walked.statements;
            }
            None => state.covered.given_up += 1,
        }
        self.changed.notify_all();
    }

    fn give_up(&self) {
        let mut state = self.lock();
        state.is_cut_short = true;
        state.busy = 0;
        state.jobs.clear();
        state.random = None;
        self.changed.notify_all();
    }

    /// A random sample never exhausts anything.
    fn covered(&self) -> Covered {
        let state = self.lock();
        Covered {
            exhausted: !state.is_cut_short && state.random.is_none(),
            ..state.covered
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no code panics while it holds the queue")
    }
}
