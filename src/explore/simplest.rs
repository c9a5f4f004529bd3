//! The simplest schedule that shows a verdict: fewest buyers, then fewest
//! context switches, then fewest steps.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::arena::{Arena, StepError};
use super::bounds::{Covered, Limits, Policy, Rules};
use super::case::Case;
use super::reduction::Reduction;
use super::schedule::Schedule;
use super::search::Arenas;
use super::trace::{Trace, follow};
use super::walk::Walked;
use crate::oracle::Verdict;
use crate::shop::{Cart, Line};

/// So many schedules are run at most to find a simpler one.
const SCHEDULES_MAX: u64 = 20_000;

/// Looks for it among ever larger groups of buyers, in each group with ever
/// more context switches. `None` where the limits, [`SCHEDULES_MAX`] or
/// a signal ended that before it was found.
///
/// Which buyers can fail at all is settled by representatives. Among those
/// every schedule is run: a representative need not be the simplest of those
/// that it stands for. Of all buyers the caller may know it already.
///
/// # Errors
/// The database failed.
pub(super) fn simplest<A: Arena>(
    arenas: &mut Arenas<A>,
    case: &Case,
    (verdict, of_all): (Verdict, Option<Schedule>),
    limits: Limits,
    stop: &AtomicBool,
    tick: &(dyn Fn() + Sync),
) -> Result<Option<Trace>, StepError> {
    let mut hunt = Hunt {
        arenas,
        case,
        verdict,
        left: limits.schedules.unwrap_or(SCHEDULES_MAX).min(SCHEDULES_MAX),
        deadline: limits.time.map(|time| Instant::now() + time),
        stop,
        tick,
    };
    let reduce = Reduction::On.applies(case.terms.cell.level, None);
    for size in 1..=case.carts.len() {
        let mut groups = groups_of(case, size);
        if size < case.carts.len() {
            let mut failing = Vec::new();
            for group in groups {
                match hunt.can_fail(&group, reduce)? {
                    None => return Ok(None),
                    Some(true) => failing.push(group),
                    Some(false) => {}
                }
            }
            groups = failing;
        }
        if groups.is_empty() {
            continue;
        }
        let known = of_all.as_ref().filter(|_| size == case.carts.len());
        let schedule = match known {
            Some(known) => Some(known.clone()),
            None => hunt.among(&groups)?,
        };
        let Some(schedule) = schedule else {
            return Ok(None);
        };
        let (arena, runtime) = hunt.arenas.first();
        // A server that lets freed buyers race may have gone another way.
        return match runtime.block_on(follow(arena, case, &schedule)) {
            Ok(trace) => Ok(Some(trace).filter(|trace| trace.proven.contains(&verdict))),
            Err(StepError::Database(why)) => Err(StepError::Database(why)),
            Err(_) => Ok(None),
        };
    }
    Ok(None)
}

/// Groups of so many buyers, without those that do what a group before does: the same
/// operations on the same carts, of submissions that are made again alike.
fn groups_of(case: &Case, size: usize) -> Vec<Vec<usize>> {
    let buyers = case.carts.len();
    let mut groups: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        let longer = |group: &Vec<usize>| {
            let next = group.last().map_or(0, |last| last + 1);
            let group = group.clone();
            (next..buyers).map(move |buyer| [group.as_slice(), &[buyer]].concat())
        };
        groups = groups.iter().flat_map(longer).collect();
    }
    let mut known: Vec<Vec<(u32, &[Line], usize)>> = Vec::new();
    groups.retain(|group| {
        let members: Vec<&Cart> = group.iter().map(|&buyer| &case.carts[buyer]).collect();
        let first = |cart: &Cart| members.iter().position(|other| other.key == cart.key);
        let does = |cart: &Cart| first(cart).unwrap_or(0);
        let carts: Vec<(u32, &[Line], usize)> = members
            .iter()
            .map(|cart| (cart.operation, &cart.lines[..], does(cart)))
            .collect();
        let is_new = !known.contains(&carts);
        if is_new {
            known.push(carts);
        }
        is_new
    });
    groups
}

struct Hunt<'h, A> {
    arenas: &'h mut Arenas<A>,
    case: &'h Case,
    verdict: Verdict,
    /// Schedules that may still be run.
    left: u64,
    deadline: Option<Instant>,
    stop: &'h AtomicBool,
    tick: &'h (dyn Fn() + Sync),
}

impl<A: Arena> Hunt<'_, A> {
    /// Whether the verdict can show with these buyers alone; `None` where that
    /// was not settled.
    fn can_fail(&mut self, group: &[usize], reduce: bool) -> Result<Option<bool>, StepError> {
        let best = Mutex::new(None);
        let covered = self.search(group, reduce, &best, &|_, _| true)?;
        let can_fail = best.into_inner().expect("no panic").is_some();
        Ok((can_fail || covered.exhausted).then_some(can_fail))
    }

    /// The simplest over all groups; `None` where a simpler one may be left.
    fn among(&mut self, groups: &[Vec<usize>]) -> Result<Option<Schedule>, StepError> {
        let best = Mutex::new(None);
        for group in groups {
            let is_enough = |switches, best: &Schedule| switches > most_by_choice(best);
            let covered = self.search(group, false, &best, &is_enough)?;
            let best = best.lock().expect("no panic");
            let most = best.as_ref().map(most_by_choice);
            let within = covered.all_within.map(|within| within.switches);
            if !covered.exhausted && (most.is_none() || within < most) {
                return Ok(None);
            }
        }
        Ok(best.into_inner().expect("no panic"))
    }

    /// Runs schedules of a group in order of their context switches, and keeps the simplest
    /// one that shows the verdict. Once there is one, `is_enough` says whether those with so
    /// many switches by choice may be left.
    fn search(
        &mut self,
        group: &[usize],
        reduce: bool,
        best: &Mutex<Option<Schedule>>,
        is_enough: &(dyn Fn(usize, &Schedule) -> bool + Sync),
    ) -> Result<Covered, StepError> {
        let see = |walked: Walked| {
            (self.tick)();
            let judged = self.case.judge(&walked.end);
            if judged.findings.proven().contains(&self.verdict) {
                let mut best = best.lock().expect("no panic");
                *best = simpler(best.take(), Some(walked.schedule));
            }
        };
        let is_enough = |switches| {
            let best = best.lock().expect("no panic");
            let is_found = best.as_ref().is_some_and(|best| is_enough(switches, best));
            is_found || self.stop.load(Ordering::Relaxed)
        };
        self.arenas.invite(group);
        let rules = Rules {
            crash: self.case.crash,
            switches_max: None,
            reduce,
        };
        let limits = Limits {
            schedules: Some(self.left),
            time: self
                .deadline
                .map(|at| at.saturating_duration_since(Instant::now())),
            whole: None,
        };
        let policy = Policy::Exhaustive;
        let searched = self
            .arenas
            .search_until(policy, rules, limits, &is_enough, &see);
        let (covered, worked) = searched;
        worked?;
        self.left = self.left.saturating_sub(covered.schedules);
        Ok(covered)
    }
}

/// The most context switches by choice of a schedule that is as simple as this one. A
/// session that is done passes its turn without a choice: all switches are by choice in
/// no schedule but that of one session, which has none.
pub(super) fn most_by_choice(schedule: &Schedule) -> usize {
    schedule.switches().saturating_sub(1)
}

fn simpler(one: Option<Schedule>, other: Option<Schedule>) -> Option<Schedule> {
    match (one, other) {
        (Some(one), Some(other)) => {
            let other_is = other.simplicity() < one.simplicity();
            Some(if other_is { other } else { one })
        }
        (one, other) => one.or(other),
    }
}
