//! How schedules are chosen, what bounds a search, and what it covered.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which choices a walk may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Whether one connection may be cut.
    pub crash: bool,
    /// At most so many context switches by choice, to another session although
    /// the last one could go on. A session that is done or waits passes its turn for
    /// free, or no schedule would end. (Musuvathi and Qadeer, "Iterative context
    /// bounding", PLDI 2007.)
    pub switches_max: Option<usize>,
    /// Whether schedules that differ only in the sequence of independent
    /// statements are run once.
    pub reduce: bool,
}

/// How a small shop is explored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchPlan {
    /// How schedules are chosen.
    pub policy: Policy,
    /// Whether one of several schedules is run that differ only in the sequence
    /// of independent statements.
    pub reduce: bool,
    /// Of a space whose size is not known before: the same where it has more schedules than
    /// so many.
    pub reduce_beyond: Option<u64>,
    /// As [`Rules::switches_max`].
    pub switches_max: Option<usize>,
    /// Where to stop.
    pub limits: Limits,
    /// Whether the session that closes a deadlock is always the one that is
    /// ended.
    pub victims_are_fixed: bool,
    /// How often sessions are released at the same time where statements of two of them take
    /// several rows each.
    pub races: u32,
    /// Whether the counterexample is run again, to see whether it ends alike: on a server,
    /// which may decide otherwise. The model in memory is a value, and does not.
    pub reproduce: bool,
}

/// How schedules are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// At most so many schedules.
    pub schedules: Option<u64>,
    /// At most so long.
    #[serde(rename = "time_us", with = "micros")]
    #[schemars(with = "Option<u64>")]
    pub time: Option<Duration>,
    /// Once so many were run, none with more context switches by choice is begun. It is looked
    /// at when all with fewer are done, so the same schedules are run each time, however fast
    /// they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<u64>,
}

/// What a search covered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Covered {
    /// Schedules run to their end.
    pub schedules: u64,
    /// Schedules that were left in the middle, because what was left of them
    /// cannot be told apart from another one.
    pub repeats: u64,
    /// At how many places choices were left out that cannot be told apart from others: where
    /// there is none, nothing was reduced.
    #[serde(default)]
    pub alike: u64,
    /// How often a schedule was begun again, because the server had let freed
    /// sessions race and went another way.
    pub again: u64,
    /// Schedules that were left out, each with all that begin as it does: however often they were
    /// begun again, the server let freed sessions race.
    pub skipped: u64,
    /// Statements of the schedules that were run to their end; what they have
    /// in common counts for each.
    pub statements: u64,
    /// Whether nothing was left to try.
    pub exhausted: bool,
    /// Whether a bound on context switches kept a session from moving.
    pub bounded: bool,
    /// Whether the search ended before its time, by a limit or by request.
    pub cut_short: bool,
    /// Where schedules are left: those of which all were run. `None` where that is not known:
    /// of a sample, of representatives that stand for others, and where the server chooses the victims of deadlocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_within: Option<AllWithin>,
}

/// Every schedule of at most so many context switches by choice was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AllWithin {
    /// At most so many; they are counted as in [`Rules::switches_max`].
    pub switches: usize,
    /// How many schedules those are.
    pub schedules: u64,
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
