//! The simplest schedule that shows a verdict: fewest buyers, then fewest
//! context switches, then fewest steps.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::arena::{Arena, Schedule, StepError};
use super::bounds::Rules;
use super::bounds::{Limits, Policy};
use super::case::Case;
use super::reduction::Reduction;
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
/// that it stands for.
///
/// # Errors
/// The database failed.
pub(super) fn simplest<A: Arena>(
    arenas: &mut Arenas<A>,
    case: &Case,
    verdict: Verdict,
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
        let Some(schedule) = hunt.among(&groups)? else {
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
        let tried = self.search(group, None, reduce)?;
        Ok((tried.best.is_some() || !tried.is_cut_short).then_some(tried.best.is_some()))
    }

    /// The simplest over all groups.
    ///
    /// The bound of the search counts the switches by choice alone, and a
    /// schedule has at least as many switches: one that has `n` in all is found
    /// with the bound `n` at the latest.
    fn among(&mut self, groups: &[Vec<usize>]) -> Result<Option<Schedule>, StepError> {
        for bound in 0.. {
            let mut best: Option<Schedule> = None;
            let mut is_bounded = false;
            for group in groups {
                let tried = self.search(group, Some(bound), false)?;
                if tried.is_cut_short {
                    return Ok(None);
                }
                is_bounded |= tried.is_bounded;
                best = simpler(best, tried.best);
            }
            let is_simplest = |best: &Schedule| best.switches() <= bound + 1;
            if !is_bounded || best.as_ref().is_some_and(is_simplest) {
                return Ok(best);
            }
        }
        unreachable!("a schedule has no more switches than steps")
    }

    fn search(
        &mut self,
        group: &[usize],
        switches_max: Option<usize>,
        reduce: bool,
    ) -> Result<Tried, StepError> {
        let best = Mutex::new(None);
        let see = |walked: Walked| {
            (self.tick)();
            let judged = self.case.judge(&walked.end);
            if judged.findings.proven().contains(&self.verdict) {
                let mut best = best.lock().expect("no panic");
                *best = simpler(best.take(), Some(walked.schedule));
            }
        };
        self.arenas.invite(group);
        let rules = Rules {
            crash: self.case.crash,
            switches_max,
            reduce,
        };
        let limits = Limits {
            schedules: Some(self.left),
            time: self
                .deadline
                .map(|at| at.saturating_duration_since(Instant::now())),
        };
        let policy = Policy::Exhaustive;
        let (covered, worked) = self.arenas.search(policy, rules, limits, self.stop, &see);
        worked?;
        self.left = self.left.saturating_sub(covered.schedules);
        Ok(Tried {
            best: best.into_inner().expect("no panic"),
            is_bounded: covered.bounded,
            // One that was skipped could have been simpler.
            is_cut_short: covered.cut_short || covered.skipped > 0,
        })
    }
}

/// What a search for the simplest schedule came to.
struct Tried {
    best: Option<Schedule>,
    is_bounded: bool,
    is_cut_short: bool,
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
