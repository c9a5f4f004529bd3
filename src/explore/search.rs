//! Many schedules, over several arenas at once.

use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tokio::runtime::{self, Runtime};

use super::arena::{Arena, Error};
use super::queue::{Queue, What};
use super::walk::{Rules, Walked, walk, walk_at_random};

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// At most so many schedules.
    pub schedules: Option<u64>,
    /// At most so long.
    #[serde(rename = "time_us", with = "micros")]
    pub time: Option<Duration>,
}

/// What a search covered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Schedules run to their end.
    pub schedules: u64,
    /// Schedules that were left in the middle, because what was left of them
    /// cannot be told apart from another one.
    pub repeats: u64,
    /// How often a schedule was begun again, because the server had let freed
    /// sessions race and went another way.
    pub again: u64,
    /// Statements of the schedules that were run to their end; what they have
    /// in common counts for each.
    pub statements: u64,
    /// Whether nothing was left to try.
    pub exhausted: bool,
    /// Whether a bound on context switches kept a session from moving.
    pub bounded: bool,
    /// Whether the search ended before its time, by a limit or by request.
    pub cut_short: bool,
}

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
    pub fn open<Made>(number: usize, make: impl Fn(usize) -> Made + Sync) -> Result<Self, Error>
    where
        Made: Future<Output = Result<A, Error>>,
    {
        let open = |number| {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| Error::Database(error.to_string()))?;
            let arena = runtime.block_on(make(number))?;
            Ok((arena, runtime))
        };
        let opened: Result<Vec<_>, Error> = std::thread::scope(|scope| {
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

    /// Lets all of them work, each on a thread of its own.
    ///
    /// # Errors
    /// The first one's.
    pub fn each<T: Send>(
        &mut self,
        work: impl AsyncFn(&mut A) -> Result<T, Error> + Sync,
    ) -> Result<Vec<T>, Error> {
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

    /// Runs schedules on all of them and shows each one that ran to its end to
    /// `see`, in no fixed order. Where an arena fails, the others stop at their
    /// next schedule, and what was covered until then is told all the same.
    pub fn search(
        &mut self,
        policy: Policy,
        rules: Rules,
        limits: Limits,
        stop: &AtomicBool,
        see: &(dyn Fn(Walked) + Sync),
    ) -> (Covered, Result<(), Error>) {
        let queue = &Queue::new(policy, limits);
        let worked = self.each(async |arena| work(arena, queue, rules, stop, see).await);
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
    queue: &Queue,
    rules: Rules,
    stop: &AtomicBool,
    see: &(dyn Fn(Walked) + Sync),
) -> Result<(), Error> {
    while let Some(task) = queue.take(stop) {
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

/// Durations as whole microseconds, as everywhere in the JSON form.
mod micros {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let micros = time.map(|time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
        micros.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let micros = Option::<u64>::deserialize(deserializer)?;
        Ok(micros.map(Duration::from_micros))
    }
}
