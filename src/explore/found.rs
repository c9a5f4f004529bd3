//! What an exploration found: the endings, and the verdict.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arena::{Arena, StepError};
use super::beyond::{Beyond, look_beyond};
use super::bounds::{AllWithin, Covered, Limits, SearchPlan};
use super::calibrate::calibrate;
use super::case::Case;
use super::ending::{Ending, Endings};
use super::judged::Undecided;
use super::left::LeftInSession;
use super::own::OwnGround;
use super::race::Raced;
use super::reach::Reach;
use super::reproduced::{Reproduced, reproduce};
use super::schedule::{Choice, Schedule};
use super::search::Arenas;
use super::searched::{Searched, search};
use super::simplest::{most_by_choice, simplest};
use super::time_spent::TimeSpent;
use super::trace::{Trace, follow};
use super::unfollowed::Unfollowed;
use crate::oracle::serial::SerialNotes;
use crate::oracle::{Doubt, Evidence, Findings, Judgement, Ruling, Verdict, WithoutRace, judge};

/// An example is followed for so many endings, the worst and most frequent.
const EXAMPLES_MAX: usize = 12;

/// So many steps the first buyer of a race is ahead: it has begun, and has read.
const RACE_LEAD: usize = 2;

/// What an exploration found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// How much was covered.
    pub covered: Covered,
    /// Whether the schedules covered are representatives, each for all that
    /// differ only in the sequence of independent statements.
    pub reduced: bool,
    /// The different ways in which schedules ended, worst first, then the most
    /// frequent.
    pub endings: Vec<Ending>,
    /// The verdict with its grounds.
    pub judgement: Judgement,
    /// A schedule that proves the verdict: the simplest one there is, where
    /// [`Found::is_simplest`]. `None` where nothing is proven.
    pub example: Option<Trace>,
    /// Whether no other schedule shows the verdict with fewer buyers, with
    /// fewer context switches, or in fewer steps.
    pub is_simplest: bool,
    /// How often the example came to the same ending when it was run again. `None` in
    /// memory, where it always does; where nothing is proven; and where a limit or
    /// a signal ended the search.
    #[serde(default)]
    pub reproduced: Option<Reproduced>,
    /// Where nothing is broken, the race that other checkouts lose: one buyer takes two
    /// steps, the next one goes on as far as it can, and then the first one does. `None`
    /// where something is broken, and of one buyer alone.
    pub race: Option<Trace>,
    /// What came of statements that take several rows when they were released at the same
    /// time. `None` where two sessions have no such statements, and where it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raced: Option<Raced>,
    /// Statements whose functions or triggers touch tables that they do not touch themselves,
    /// where a body is not as one statement with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reaches: Vec<Reach>,
    /// Of tables of the user's own: what shows without a race.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_race: Option<WithoutRace>,
    /// What scripts leave in their sessions, there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<LeftInSession>,
    /// Of tables of the user's own: how ends were compared with those of serial orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<SerialNotes>,
    /// How long the schedules took, in microseconds, without the search for
    /// the simplest one.
    pub elapsed_us: u64,
    /// Of a service: where the time of all schedules went, those that were run again too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_spent: Option<TimeSpent>,
    /// Why it ended early, where what a session does cannot be followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfollowed: Option<Unfollowed>,
    /// Why the exploration could not go on, if it could not.
    pub fault: Option<String>,
}

impl Found {
    /// How many different schedules were run to their end.
    #[must_use]
    pub fn different(&self) -> u64 {
        self.endings.iter().map(|ending| ending.count).sum()
    }

    /// How many schedules prove a verdict.
    #[must_use]
    pub fn proving(&self, verdict: Verdict) -> u64 {
        let proving = self.endings.iter().filter(|e| e.proven.contains(&verdict));
        proving.map(|ending| ending.count).sum()
    }

    /// A schedule to look at: the example, or else the simplest that was run.
    #[must_use]
    pub fn schedule(&self) -> Option<&Schedule> {
        let example = self.example.as_ref().map(|trace| &trace.schedule);
        let any = || {
            self.endings
                .iter()
                .find_map(|ending| ending.schedules.first())
        };
        example.or_else(any)
    }

    /// Whether it is proven that no schedule of at most so many context switches by choice
    /// breaks anything: by the bound that the search kept to, or by all schedules.
    #[must_use]
    pub fn is_safe_within(&self, switches: usize) -> bool {
        let Ruling {
            verdict, doubts, ..
        } = &*self.judgement;
        let is_bound = |doubt: &Doubt| matches!(doubt, Doubt::NotExhausted | Doubt::Interrupted);
        let was_run = |within: AllWithin| within.switches >= switches;
        let is_run = self.covered.all_within.is_some_and(was_run);
        *verdict == Verdict::Safe
            || *verdict == Verdict::Inconclusive && is_run && doubts.iter().all(is_bound)
    }

    /// Schedules a second; zero where no time passed.
    #[must_use]
    pub fn schedules_per_s(&self) -> f64 {
        match self.elapsed_us {
            0 => 0.0,
            us => (self.covered.schedules + self.covered.repeats) as f64 * 1e6 / us as f64,
        }
    }
}

/// Explores a small shop, and looks for the simplest schedule that shows the verdict.
/// `tick` is called after every schedule. Where the database fails on the way,
/// what was found until then is told, with [`Found::fault`].
pub fn explore<A: Arena>(
    arenas: &mut Arenas<A>,
    case: &Case,
    plan: SearchPlan,
    stop: &AtomicBool,
    tick: &(dyn Fn() + Sync),
) -> Found {
    let all: Vec<usize> = (0..case.carts.len()).collect();
    arenas.invite(&all);
    let (arena, runtime) = arenas.first();
    let calibrated = runtime.block_on(calibrate(arena, case));
    let began = Instant::now();
    let (plan, searched) = match calibrated {
        Ok(()) => search(arenas, case, plan, stop, tick),
        Err(error) => (plan, Searched::failed(plan, error)),
    };
    let (covered, worked, endings) = (searched.covered, searched.worked, searched.endings);
    let elapsed = began.elapsed();
    let covered = Covered {
        all_within: covered.all_within.filter(|_| !has_open_victims(case, plan)),
        ..covered
    };
    let (mut doubts, several) = (doubts_of(case, &endings), endings.several_rows.clone());
    let endings = endings.sorted();
    let deadline = plan.limits.time.and_then(|time| began.checked_add(time));
    let what = (&several, endings.as_slice(), plan.races);
    let beyond = worked.and_then(|()| look_beyond(arenas, case, what, deadline, (stop, tick)));
    let (beyond, worked) = match beyond {
        Ok(beyond) => (beyond, Ok(())),
        Err(error) => (Beyond::default(), Err(error)),
    };
    doubts.extend(beyond.doubts());
    let ends = (endings.as_slice(), beyond.raced.as_ref());
    let mut found = Found {
        covered,
        // Where locks do not tell all, nothing may have been left out.
        reduced: covered.alike > 0,
        judgement: judge_all(case, ends, doubts, covered, plan, stop),
        endings,
        raced: beyond.raced,
        reaches: beyond.reaches,
        example: None,
        is_simplest: false,
        reproduced: None,
        race: None,
        without_race: case.own().map(|own| own.without_race().clone()),
        left: Vec::new(),
        compared: case.own().and_then(|own| own.notes().cloned()),
        elapsed_us: u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        time_spent: None,
        unfollowed: None,
        fault: None,
    };
    let limits = Limits {
        time: plan.limits.time.map(|max| max.saturating_sub(elapsed)),
        ..plan.limits
    };
    let shown = worked.and_then(|()| {
        found.show(arenas, case, limits, stop, tick)?;
        found.reproduce(arenas, case, plan, deadline, (stop, tick))
    });
    found.time_spent = arenas.time_spent();
    found.left = case.own().map(OwnGround::left).unwrap_or_default();
    match shown {
        Ok(()) => found,
        Err(error) => found.ended_by(error),
    }
}

impl Found {
    /// The same, ended early for this reason.
    fn ended_by(mut self, error: StepError) -> Self {
        match error {
            StepError::Unfollowed(why) => {
                self.judgement = self.judgement.not_followed();
                self.unfollowed = Some(why);
            }
            other => self.fault = Some(other.to_string()),
        }
        self
    }

    /// Runs the example again, where that is asked for and there is time: a search that ended
    /// because enough was run ([`Limits::whole`]) leaves as much as one that has run all.
    fn reproduce<A: Arena>(
        &mut self,
        arenas: &mut Arenas<A>,
        case: &Case,
        plan: SearchPlan,
        deadline: Option<Instant>,
        (stop, tick): (&AtomicBool, &(dyn Fn() + Sync)),
    ) -> Result<(), StepError> {
        let example = self.example.as_ref();
        let has_time = !self.covered.cut_short || plan.limits.whole.is_some();
        let again = example.filter(|_| plan.reproduce && has_time);
        let again = again.map(|trace| reproduce(arenas, case, trace, deadline, stop, tick));
        self.reproduced = again.transpose()?.flatten();
        Ok(())
    }

    /// Follows an example of each ending, and the simplest of the worst.
    fn show<A: Arena>(
        &mut self,
        arenas: &mut Arenas<A>,
        case: &Case,
        limits: Limits,
        stop: &AtomicBool,
        tick: &(dyn Fn() + Sync),
    ) -> Result<(), StepError> {
        // What only a release at the same time shows has no schedule.
        let mut stepped = self.judgement.proven.iter();
        let stepped = stepped.find(|verdict| self.proving(**verdict) > 0).copied();
        if let Some(worst) = stepped {
            let known = self.simplest_of_all(worst);
            self.example = simplest(arenas, case, (worst, known), limits, stop, tick)?;
            self.is_simplest = self.example.is_some();
        }
        let (arena, runtime) = arenas.first();
        for ending in self.endings.iter_mut().take(EXAMPLES_MAX) {
            let schedule = &ending.schedules[0];
            ending.example = match runtime.block_on(follow(arena, case, schedule)) {
                Ok(trace) => {
                    (trace.told == ending.told && trace.digest == ending.digest).then_some(trace)
                }
                Err(StepError::Database(why)) => return Err(StepError::Database(why)),
                // The server went another way this time.
                Err(_) => None,
            };
        }
        if stepped.is_some() && self.example.is_none() {
            let worst = self.endings.first();
            self.example = worst.and_then(|worst| worst.example.clone());
        }
        if let Some(race) = self
            .nearest_race()
            .filter(|_| self.judgement.proven.is_empty())
        {
            self.race = match runtime.block_on(follow(arena, case, race)) {
                Ok(trace) => trace.proven.is_empty().then_some(trace),
                Err(StepError::Database(why)) => return Err(StepError::Database(why)),
                Err(_) => None,
            };
        }
        Ok(())
    }

    /// The simplest schedule of all sessions that shows a verdict, where each that could be
    /// simpler was run and is kept.
    fn simplest_of_all(&self, verdict: Verdict) -> Option<Schedule> {
        let proving = |ending: &&Ending| ending.proven.contains(&verdict);
        let proving: Vec<&Ending> = self.endings.iter().filter(proving).collect();
        let is_kept = |ending: &&Ending| ending.count == ending.schedules.len() as u64;
        let all = proving.iter().filter_map(|ending| ending.schedules.first());
        let simplest = all.min_by_key(|schedule| schedule.simplicity())?;
        let was_run = self.covered.exhausted
            || (self.covered.all_within)
                .is_some_and(|within| within.switches >= most_by_choice(simplest));
        let is_known = !self.reduced && was_run && proving.iter().all(is_kept);
        is_known.then(|| simplest.clone())
    }

    /// Of all schedules the one that is longest like `AABBBB`, where buyers meet.
    fn nearest_race(&self) -> Option<&Schedule> {
        let alike = |schedule: &&Schedule| {
            let race = (0..).map(|at| Choice::Step(usize::from(at >= RACE_LEAD)));
            let pairs = schedule.0.iter().zip(race);
            pairs.take_while(|(made, race)| *made == race).count()
        };
        let all = self.endings.iter().flat_map(|ending| &ending.schedules);
        // The last of equals is taken, and the simplest stands first.
        let all: Vec<&Schedule> = all.collect();
        let nearest = all.into_iter().rev().max_by_key(alike)?;
        (alike(&nearest) > RACE_LEAD).then_some(nearest)
    }
}

/// Whether of a deadlock only one of the victims is seen.
fn has_open_victims(case: &Case, plan: SearchPlan) -> bool {
    let several = case.own().is_some() || case.supply().len() > 1;
    !plan.victims_are_fixed && several
}

/// What the ends that were seen leave open.
fn doubts_of(case: &Case, endings: &Endings) -> Vec<Doubt> {
    let own = case.own();
    let is_idle = own.is_some() && !endings.is_changed;
    let undecided = endings.undecided.map(|undecided| match undecided {
        Undecided::Unexplained => Doubt::Unexplained,
        Undecided::Alike => Doubt::TooManyAlike,
    });
    let untried = own.is_some_and(OwnGround::has_untried_orders);
    let doubts = [
        endings.has_faults.then_some(Doubt::BuyersFailed),
        case.breaks_elsewhere().then_some(Doubt::BreaksElsewhere),
        is_idle.then_some(Doubt::NothingChanged),
        undecided,
        untried.then_some(Doubt::OrdersNotTried),
        (endings.is_chosen_in_program).then_some(Doubt::ChosenInProgram),
    ];
    doubts.into_iter().flatten().collect()
}

pub(super) fn judge_all(
    case: &Case,
    (endings, raced): (&[Ending], Option<&Raced>),
    seen: Vec<Doubt>,
    covered: Covered,
    plan: SearchPlan,
    stop: &AtomicBool,
) -> Judgement {
    let mut all = Findings::default();
    for ending in endings {
        all.add(&ending.findings);
    }
    for end in raced.iter().flat_map(|raced| &raced.ends) {
        all.add(&end.example.findings);
    }
    let evidence = Evidence::Exploration {
        schedules: covered.schedules,
        exhausted: covered.exhausted && !has_open_victims(case, plan),
    };
    let stopped = stop.load(Ordering::Relaxed).then_some(Doubt::Interrupted);
    let doubts = stopped.into_iter().chain(case.doubt()).chain(seen);
    judge(&all, doubts.collect(), evidence)
}
