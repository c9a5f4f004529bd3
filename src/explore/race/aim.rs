//! Which statements are released together, and how much later one than the other.

use std::collections::BTreeSet;
use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};

use crate::explore::release::{Release, TookSeveral};

/// More combinations of statements are not tried: of two sessions with three such statements
/// each there are nine.
const MEETINGS_MAX: usize = 12;

/// A statement is never sent so much later than another one that a slow first run would make
/// all others miss each other.
const LATER_MAX: Duration = Duration::from_millis(20);

/// Which statements of which sessions meet.
pub(super) struct Aim {
    /// Of each session the line before which it waits, for each meeting.
    meetings: Vec<Vec<Option<u32>>>,
    /// How long released statements take: the shortest that was seen, as the others waited.
    takes: Option<Duration>,
    random: ChaCha8Rng,
}

impl Aim {
    /// So many sessions, and the statements that take several rows. A session that has none
    /// is released with the others before its first statement.
    pub(super) fn new(sessions: usize, several: &BTreeSet<TookSeveral>) -> Self {
        let mut meetings: Vec<Vec<Option<u32>>> = vec![Vec::new()];
        for session in 0..sessions {
            let own = several.iter().filter(|it| it.session as usize == session);
            let mut lines: Vec<Option<u32>> = own.map(|it| Some(it.line)).collect();
            if lines.is_empty() {
                lines.push(None);
            }
            let longer = |meeting: &Vec<Option<u32>>| {
                let meeting = meeting.clone();
                let lines = lines.clone().into_iter();
                lines.map(move |line| [meeting.as_slice(), &[line]].concat())
            };
            meetings = meetings.iter().flat_map(longer).collect();
        }
        meetings.truncate(MEETINGS_MAX);
        Self {
            meetings,
            takes: None,
            // Of no use to a reader: the server decides what comes of it.
            random: ChaCha8Rng::seed_from_u64(0),
        }
    }

    /// How many combinations of statements there are.
    pub(super) const fn meetings(&self) -> usize {
        self.meetings.len()
    }

    /// The next release of a meeting.
    pub(super) fn next(&mut self, meeting: usize, run: u64) -> Release {
        let waits_at = self.meetings[meeting].clone();
        let mut order: Vec<usize> = (0..waits_at.len()).collect();
        if run % 2 == 1 {
            order.reverse();
        }
        let later = waits_at.iter().map(|_| self.later()).collect();
        Release {
            order,
            waits_at,
            later,
        }
    }

    /// Most are sent at almost the same time, some anywhere within the time that one takes.
    fn later(&mut self) -> Duration {
        let takes = self.takes.unwrap_or_default().min(LATER_MAX);
        let part: f64 = self.random.random();
        takes.mul_f64(part * part * part)
    }

    /// Notes how long the slowest of a release took.
    pub(super) fn note(&mut self, took: Duration) {
        if !took.is_zero() {
            self.takes = Some(self.takes.map_or(took, |takes| takes.min(took)));
        }
    }
}
