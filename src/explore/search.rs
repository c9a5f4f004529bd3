//! Many schedules, over several arenas at once.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ScopedJoinHandle;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use tokio::runtime::{self, Runtime};

use super::arena::{Arena, StepError};
use super::backlog::{Backlog, IsEnough, What};
use super::bounds::{Covered, Limits, Policy, Rules};
use super::time_spent::TimeSpent;
use super::walk::{Walked, walk, walk_at_random};

/// Arenas that work side by side.
///
/// Each has a runtime and, during a search, a thread of its own: a connection
/// belongs to the runtime that opened it, and the steps of an arena wait for
/// each other, so that no thread ever wakes another.
pub struct Arenas<A>(Vec<(A, Runtime)>);

impl<A: Arena> Arenas<A> {
    /// Opens so many, each made by `make`.
    ///
    /// # Errors
    /// The first that could not be made.
    pub fn open<Made>(number: usize, make: impl Fn(usize) -> Made + Sync) -> Result<Self, StepError>
    where
        Made: Future<Output = Result<A, StepError>>,
    {
        let open = |number| {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| StepError::Database(error.to_string()))?;
            let arena = runtime.block_on(make(number))?;
            Ok((arena, runtime))
        };
        let opened: Result<Vec<_>, StepError> = std::thread::scope(|scope| {
            let open = &open;
            let threads: Vec<_> = (0..number)
                .map(|number| scope.spawn(move || open(number)))
                .collect();
            threads.into_iter().map(joined).collect()
        });
        opened.map(Self)
    }

    /// From now on only these sessions take part.
    pub fn invite(&mut self, sessions: &[usize]) {
        for (arena, _) in &mut self.0 {
            arena.invite(sessions);
        }
    }

    /// One of them, and the runtime that it lives on.
    ///
    /// # Panics
    /// If there are none.
    pub fn first(&mut self) -> (&mut A, &Runtime) {
        let (arena, runtime) = self.0.first_mut().expect("at least one arena");
        (arena, runtime)
    }

    /// Where the time of all their schedules went, where a program carries them out.
    #[must_use]
    pub fn time_spent(&self) -> Option<TimeSpent> {
        let each = self.0.iter().map(|(arena, _)| arena.time_spent());
        each.fold(None, |sum, spent| match (sum, spent) {
            (Some(mut sum), Some(spent)) => {
                sum += spent;
                Some(sum)
            }
            (sum, spent) => sum.or(spent),
        })
    }

    /// Lets all of them work, each on a thread of its own.
    ///
    /// # Errors
    /// The first one's.
    pub fn each<T: Send>(
        &mut self,
        work: impl AsyncFn(&mut A) -> Result<T, StepError> + Sync,
    ) -> Result<Vec<T>, StepError> {
        std::thread::scope(|scope| {
            let work = &work;
            let threads: Vec<_> = self
                .0
                .iter_mut()
                .map(|(arena, runtime)| scope.spawn(move || runtime.block_on(work(arena))))
                .collect();
            threads.into_iter().map(joined).collect()
        })
    }

    /// Runs schedules on all of them, those with few context switches by choice first, and
    /// shows each one that ran to its end to `see`. Where an arena fails, the others stop at their
    /// next schedule, and what was covered until then is told all the same.
    pub fn search(
        &mut self,
        policy: Policy,
        rules: Rules,
        limits: Limits,
        stop: &AtomicBool,
        see: &(dyn Fn(Walked) + Sync),
    ) -> (Covered, Result<(), StepError>) {
        let is_enough = |_| stop.load(Ordering::Relaxed);
        self.search_until(policy, rules, limits, &is_enough, see)
    }

    /// As [`Arenas::search`], and leaves out what begins with a number of context switches by
    /// choice of which there is enough. What begins with fewer is run also where it is found
    /// afterwards.
    pub(super) fn search_until(
        &mut self,
        policy: Policy,
        rules: Rules,
        limits: Limits,
        is_enough: &IsEnough<'_>,
        see: &(dyn Fn(Walked) + Sync),
    ) -> (Covered, Result<(), StepError>) {
        let queue = &Backlog::new(policy, rules, limits);
        let worked = self.each(async |arena| work(arena, queue, rules, is_enough, see).await);
        (queue.covered(), worked.map(|_| ()))
    }
}

/// What a thread answered; its panic goes on here.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    match thread.join() {
        Ok(answer) => answer,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

async fn work<A: Arena>(
    arena: &mut A,
    queue: &Backlog,
    rules: Rules,
    is_enough: &IsEnough<'_>,
    see: &(dyn Fn(Walked) + Sync),
) -> Result<(), StepError> {
    while let Some(task) = queue.take(is_enough) {
        let mut jobs = Vec::new();
        let walk = match &task.what {
            What::Walk(job) => walk(arena, job, rules, &mut jobs).await?,
            What::Random(seed, number) => {
                let random = || {
                    let mut random = ChaCha8Rng::seed_from_u64(*seed);
                    random.set_stream(*number);
                    random
                };
                walk_at_random(arena, rules, random).await?
            }
        };
        task.done(jobs, &walk);
        if let Some(walked) = walk.ended {
            see(walked);
        }
    }
    Ok(())
}
