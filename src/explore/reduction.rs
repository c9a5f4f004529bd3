//! Whether to run one schedule for all that cannot be told apart.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arena::StepError;
use super::bounds::Rules;
use super::bounds::{Limits, Policy};
use super::case::Case;
use super::search::Arenas;
use super::worlds::memory;
use crate::mvcc::Store;
use crate::shop::Isolation;

/// A space of more schedules than this is reduced, unless the caller wants it
/// otherwise. Fewer take a second or two: then each is run, and the counts are
/// those of the schedules themselves.
pub const ALL_MAX: u64 = 1_000;

/// Counting stops here.
const COUNT_MAX: u64 = 100_000;

/// Whether schedules that differ only in the sequence of independent statements
/// are run once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reduction {
    /// Where there are more than [`ALL_MAX`] schedules.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// How many schedules a small shop has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Whole {
    /// So many, by the model in memory.
    pub schedules: u64,
    /// Whether there are no more.
    pub is_all: bool,
}

impl Reduction {
    /// Whether to reduce a small shop of which `whole` is known.
    ///
    /// At serializable transactions notice each other through what they read:
    /// there nothing is left out.
    #[must_use]
    pub fn applies(self, isolation: Isolation, whole: Option<Whole>) -> bool {
        let is_reducible = isolation != Isolation::Serializable;
        is_reducible
            && match self {
                Self::On => true,
                Self::Off => false,
                Self::Auto => whole.is_some_and(|whole| whole.schedules > ALL_MAX),
            }
    }
}

impl Reduction {
    /// Whether that shows on the way: of text, whose schedules cannot be counted before.
    #[must_use]
    pub fn is_open(self, isolation: Isolation, whole: Option<Whole>) -> bool {
        self == Self::Auto && isolation != Isolation::Serializable && whole.is_none()
    }
}

impl Whole {
    /// Counts the schedules of a small shop in memory, up to a hundred thousand and for at
    /// most so long; `None` where the model has no answer.
    ///
    /// # Errors
    /// Threads cannot be started.
    pub fn count(
        case: &Arc<Case>,
        threads: usize,
        time: Option<Duration>,
        stop: &AtomicBool,
    ) -> Result<Option<Self>, StepError> {
        if !Store::supports(case.terms.cell.level) {
            return Ok(None);
        }
        let mut arenas = Arenas::open(threads, |_| memory::open(case))?;
        let rules = Rules {
            crash: case.crash,
            switches_max: None,
            reduce: false,
        };
        let limits = Limits {
            schedules: Some(COUNT_MAX),
            time,
            whole: None,
        };
        let policy = Policy::Exhaustive;
        let (covered, worked) = arenas.search(policy, rules, limits, stop, &|_| {});
        match worked {
            Ok(()) => {}
            // Of text, for one, the model knows nothing.
            Err(StepError::Unsupported(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
        Ok(Some(Self {
            schedules: covered.schedules,
            is_all: covered.exhausted,
        }))
    }
}
