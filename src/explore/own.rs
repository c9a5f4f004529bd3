//! Tables of the user's own, and what is asked of them when they are explored.

use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock};

use super::arena::End;
use super::left::{LeftInSession, add_left};
use crate::oracle::{Digest, Findings, Invariant, OwnEnd, WithoutRace, judge_own};
use crate::value::State;

/// What is asked of tables of the user's own.
#[derive(Debug, Default)]
pub struct OwnGround {
    /// Queries that must answer no row.
    pub invariants: Vec<Invariant>,
    /// SQLSTATEs that may reach a caller.
    pub allowed: Vec<String>,
    /// Known once sessions have come one after the other.
    calibrated: OnceLock<Calibrated>,
    /// What scripts were found to leave in their sessions.
    left: Mutex<Vec<LeftInSession>>,
}

#[derive(Debug, Default)]
struct Calibrated {
    /// What shows without a race.
    without_race: WithoutRace,
    /// What there is before the first session moves.
    start: State,
}

impl OwnGround {
    /// These rules.
    #[must_use]
    pub const fn new(invariants: Vec<Invariant>, allowed: Vec<String>) -> Self {
        Self {
            invariants,
            allowed,
            calibrated: OnceLock::new(),
            left: Mutex::new(Vec::new()),
        }
    }

    /// What scripts were found to leave in their sessions: where one came after the other, and in
    /// schedules that were shown. Any other schedule is not looked at.
    #[must_use]
    pub fn left(&self) -> Vec<LeftInSession> {
        self.left.lock().expect("no panic").clone()
    }

    pub(super) fn note_left(&self, found: &[LeftInSession]) {
        add_left(&mut self.left.lock().expect("no panic"), found);
    }

    /// What shows where one session comes after the other; nothing before that was tried.
    pub fn without_race(&self) -> &WithoutRace {
        static NOTHING: WithoutRace = WithoutRace {
            broken: BTreeSet::new(),
            raised: BTreeSet::new(),
            generated: BTreeSet::new(),
        };
        let calibrated = self.calibrated.get();
        calibrated.map_or(&NOTHING, |calibrated| &calibrated.without_race)
    }

    /// What there is before the first session moves, once that is known.
    #[must_use]
    pub fn start(&self) -> Option<Digest> {
        Some(self.digest(&self.calibrated.get()?.start))
    }

    /// Of what a database holds, without the values that it gave itself.
    pub(super) fn digest(&self, state: &State) -> Digest {
        let generated = &self.without_race().generated;
        Digest::of_tables(state, |table, column| {
            let mut all = generated.iter();
            all.any(|(of, name)| of == table && name == column)
        })
    }

    /// What an end breaks.
    pub(super) fn findings(&self, end: &End) -> Findings {
        let seen = OwnEnd {
            broken: &end.broken,
            raised: &end.raised,
        };
        judge_own(seen, self.without_race(), &self.allowed)
    }

    /// Whether it is known what shows without a race.
    pub(super) fn is_calibrated(&self) -> bool {
        self.calibrated.get().is_some()
    }

    /// Keeps what shows without a race, and what there is before the first session moves.
    pub(super) fn calibrate(&self, without_race: WithoutRace, start: State) {
        // One search at a time runs on a ground: no other can have come first.
        let _ = self.calibrated.set(Calibrated {
            without_race,
            start,
        });
    }
}
