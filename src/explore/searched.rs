//! The search as it is planned: whole, reduced, or first the one and then the other.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::arena::{Arena, StepError};
use super::bounds::{Covered, Limits, Rules, SearchPlan};
use super::case::Case;
use super::ending::Endings;
use super::search::Arenas;
use super::walk::Walked;
use crate::oracle::Verdict;

/// What a search came to.
pub(super) struct Searched {
    pub(super) covered: Covered,
    pub(super) worked: Result<(), StepError>,
    pub(super) endings: Endings,
}

impl Searched {
    /// Nothing, for this reason.
    pub(super) fn failed(plan: SearchPlan, error: StepError) -> Self {
        Self {
            covered: Covered::default(),
            worked: Err(error),
            endings: Endings::new(plan.policy),
        }
    }
}

/// Searches as planned. Where the size of the space is not known before, the whole of it is
/// searched first, and given up for the reduced one where there is too much; the plan says
/// afterwards which it was.
pub(super) fn search<A: Arena>(
    arenas: &mut Arenas<A>,
    case: &Case,
    plan: SearchPlan,
    stop: &AtomicBool,
    tick: &(dyn Fn() + Sync),
) -> (SearchPlan, Searched) {
    let began = Instant::now();
    let mut once = |reduce: bool, limits: Limits| {
        let endings = Mutex::new(Endings::new(plan.policy));
        let see = |walked: Walked| {
            // An end of the user's own tables is judged beside those of the other arenas.
            let judged = case.own().map(|_| case.judge(&walked.end));
            endings.lock().expect("no panic").add(case, walked, judged);
            tick();
        };
        let rules = Rules {
            crash: case.crash,
            switches_max: plan.switches_max,
            reduce,
        };
        let (covered, worked) = arenas.search(plan.policy, rules, limits, stop, &see);
        let endings = endings.into_inner().expect("no panic");
        Searched {
            covered,
            worked,
            endings,
        }
    };
    let may_be_more = |max: &u64| plan.limits.schedules.is_none_or(|limit| limit > *max);
    let Some(max) = plan.reduce_beyond.filter(may_be_more) else {
        return (plan, once(plan.reduce, plan.limits));
    };
    let limits = Limits {
        schedules: Some(max),
        ..plan.limits
    };
    let whole = once(false, limits);
    let is_more = whole.covered.schedules + whole.covered.skipped >= max;
    if !(is_more && whole.covered.cut_short && whole.worked.is_ok()) || stop.load(Ordering::Relaxed)
    {
        return (plan, whole);
    }
    let time = plan.limits.time;
    let limits = Limits {
        time: time.map(|time| time.saturating_sub(began.elapsed())),
        ..plan.limits
    };
    let mut reduced = once(true, limits);
    if !reduced.covered.exhausted {
        match (whole.endings.worst(), reduced.endings.worst()) {
            (first, then) if first < then => return (plan, whole),
            (_, Verdict::Safe) => {
                let both = [whole.covered.all_within, reduced.covered.all_within];
                let both = both.into_iter().flatten();
                reduced.covered.all_within = both.max_by_key(|within| within.switches);
            }
            _ => {}
        }
    }
    let plan = SearchPlan {
        reduce: true,
        ..plan
    };
    (plan, reduced)
}
