//! Tables of the user's own, and what is asked of them when they are explored.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::arena::End;
use super::judged::{Judged, Undecided};
use super::left::{LeftInSession, add_left};
use crate::oracle::serial::{
    EndTable, OutsideEffect, SerialEnd, SerialJudge, SerialJudgement, SerialNotes, SerialVerdict,
};
use crate::oracle::{Digest, Invariant, OwnEnd, WithoutRace, judge_own, judge_serial};
use crate::scenario::OwnTables;
use crate::value::{State, Table, Value};

/// So many copies of tables at the start are known by their place in memory: one a table and arena.
const COPIES_MAX: usize = 1_024;

/// What is asked of tables of the user's own.
#[derive(Debug, Default)]
pub struct OwnGround {
    /// Queries that must answer no row.
    pub invariants: Vec<Invariant>,
    /// SQLSTATEs that may reach a caller.
    pub allowed: Vec<String>,
    /// Variables whose values a caller is shown.
    pub shows: Vec<Arc<str>>,
    /// Tables, and `table.column`s, that are not compared.
    pub ignores: Vec<Arc<str>>,
    /// `table.column`s of which the rank is compared.
    pub ordered: Vec<Arc<str>>,
    /// Of a service: what its callers may do, by name.
    pub operations: Vec<Arc<str>>,
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
    start: Vec<EndTable>,
    /// Copies of those tables, of other arenas.
    copies: Mutex<Vec<(usize, Arc<Table>)>>,
    /// `None` where there are too many sessions for every serial order.
    judge: Option<SerialJudge>,
}

impl OwnGround {
    /// With the rules of these tables.
    #[must_use]
    pub fn new(tables: &OwnTables) -> Self {
        let shared = |names: &[String]| names.iter().map(|name| name.as_str().into()).collect();
        Self {
            invariants: tables.invariants.clone(),
            allowed: tables.allow.clone(),
            shows: shared(&tables.show),
            ignores: shared(&tables.ignore),
            ordered: shared(&tables.ordered),
            operations: tables.operations(),
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

    fn judge(&self) -> Option<&SerialJudge> {
        self.calibrated.get()?.judge.as_ref()
    }

    /// How ends are compared with serial ends; `None` where they are not.
    #[must_use]
    pub fn notes(&self) -> Option<&SerialNotes> {
        Some(self.judge()?.notes())
    }

    /// Whether there were too many sessions to try every serial order.
    #[must_use]
    pub fn has_untried_orders(&self) -> bool {
        let calibrated = self.calibrated.get();
        calibrated.is_some_and(|calibrated| calibrated.judge.is_none())
    }

    /// Holds an end against the invariants, and against the serial orders.
    pub(super) fn judged(&self, end: &End) -> Judged {
        let seen = OwnEnd {
            broken: &end.broken,
            raised: &end.raised,
        };
        let mut findings = judge_own(seen, self.without_race(), &self.allowed);
        let serial = self.serial(end);
        let digest = match &serial {
            Some(judgement) => {
                findings.add(&judge_serial(judgement));
                judgement.digest.into()
            }
            None => self.digest(&end.state),
        };
        Judged {
            accounts: Vec::new(),
            findings,
            digest,
            is_changed: end.answers.iter().any(|told| told.wrote) || self.is_changed(&end.state),
            undecided: serial
                .as_deref()
                .and_then(|judgement| self.undecided(judgement)),
            serial,
        }
    }

    fn serial(&self, end: &End) -> Option<Arc<SerialJudgement>> {
        let calibrated = self.calibrated.get()?;
        let mut serial = serial_end(end);
        for (at, (_, table)) in serial.tables.iter_mut().enumerate() {
            calibrated.share(at, table);
        }
        Some(calibrated.judge.as_ref()?.judge(&serial, &end.real_time))
    }

    fn undecided(&self, judgement: &SerialJudgement) -> Option<Undecided> {
        let is_open = judgement.verdict == SerialVerdict::Inconclusive;
        let differs = self
            .notes()
            .is_some_and(|notes| !notes.unexplained.is_empty());
        match (is_open, differs) {
            (false, _) => None,
            (true, true) => Some(Undecided::Unexplained),
            (true, false) => Some(Undecided::Alike),
        }
    }

    /// Of what a database holds, without the values that it gave itself.
    fn digest(&self, state: &State) -> Digest {
        let generated = &self.without_race().generated;
        Digest::of_tables(state, |table, column| {
            let mut all = generated.iter();
            all.any(|(of, name)| of == table && name == column)
        })
    }

    fn is_changed(&self, state: &State) -> bool {
        let Some(calibrated) = self.calibrated.get() else {
            return true;
        };
        let both = calibrated.start.iter().zip(state.tables());
        let mut both = both.map(|((_, before), (_, after))| (before, after));
        both.any(|(before, after)| !Arc::ptr_eq(before, after) && before != after)
    }

    /// Whether it is known what shows without a race.
    pub(super) fn is_calibrated(&self) -> bool {
        self.calibrated.get().is_some()
    }

    /// Keeps what shows without a race, what there is before the first session moves, and the
    /// judge of what is as no serial order leaves it.
    pub(super) fn calibrate(
        &self,
        without_race: WithoutRace,
        start: &State,
        judge: Option<SerialJudge>,
    ) {
        // One search at a time runs on a ground: no other can have come first.
        let _ = self.calibrated.set(Calibrated {
            without_race,
            start: end_tables(start),
            copies: Mutex::default(),
            judge,
        });
    }
}

impl Calibrated {
    /// Tells a table by the start, where it is told by one that equals it: each arena has its own
    /// copy of the start, and no row that stayed need be looked at.
    fn share(&self, at: usize, table: &mut Arc<Table>) {
        let Some((_, start)) = self.start.get(at) else {
            return;
        };
        let known = table.start().unwrap_or(table);
        if Arc::ptr_eq(start, known) || !self.is_copy(at, known) {
            return;
        }
        *table = match table.changed_from(start) {
            Some(changed) => Arc::new(changed),
            None => Arc::clone(start),
        };
    }

    /// Whether a table equals the start of the so many-th one.
    fn is_copy(&self, at: usize, table: &Arc<Table>) -> bool {
        let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |(of, copy): &(usize, Arc<Table>)| *of == at && Arc::ptr_eq(copy, table);
        if copies.iter().any(is_known) {
            return true;
        }
        let is_equal = *table == self.start[at].1;
        if is_equal && copies.len() < COPIES_MAX {
            copies.push((at, Arc::clone(table)));
        }
        is_equal
    }
}

/// The tables of a state, as they are compared.
#[must_use]
pub fn end_tables(state: &State) -> Vec<EndTable> {
    let table = |(name, table): (&str, &Arc<Table>)| (Arc::from(name), Arc::clone(table));
    state.tables().map(table).collect()
}

/// The end of a schedule, as it is compared.
pub(super) fn serial_end(end: &End) -> SerialEnd {
    let effects = end.effects.iter().map(|effect| OutsideEffect {
        actor: effect.session as usize,
        name: Arc::clone(&effect.name),
        value: match &effect.value {
            None => Value::Null,
            Some(value) => Value::Text(value.as_str().into()),
        },
    });
    SerialEnd {
        tables: end_tables(&end.state),
        effects: effects.collect(),
        actors: end.answers.clone(),
        span: end.span,
    }
}
