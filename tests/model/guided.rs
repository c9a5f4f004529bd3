//! A schedule that was found on one checkout guides another one.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use checkout_sim::explore::arena::StepError;
use checkout_sim::explore::bounds::{Limits, Policy, SearchPlan};
use checkout_sim::explore::case::Case;
use checkout_sim::explore::found::explore;
use checkout_sim::explore::guided::{Departure, Guided, guide};
use checkout_sim::explore::schedule::Schedule;
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::trace::{Trace, follow};
use checkout_sim::oracle::Verdict;
use checkout_sim::shop::Isolation::ReadCommitted;
use checkout_sim::subject::Strategy;

use crate::support::small::{case, in_memory, last_unit};

fn of(strategy: Strategy) -> Arc<Case> {
    case(&last_unit(2), strategy, ReadCommitted)
}

/// One schedule, guided and not.
fn both(case: &Arc<Case>, schedule: &Schedule) -> (Guided, Result<Trace, StepError>) {
    let mut arenas = Arenas::open(1, |_| async { Ok(in_memory(case)) }).unwrap();
    let (arena, runtime) = arenas.first();
    let guided = runtime.block_on(guide(arena, case, schedule));
    let followed = runtime.block_on(follow(arena, case, schedule));
    (guided.unwrap(), followed)
}

/// The schedules of a checkout that oversell, and those that do not.
fn schedules(case: &Arc<Case>) -> [Vec<Schedule>; 2] {
    let mut arenas = Arenas::open(1, |_| async { Ok(in_memory(case)) }).unwrap();
    let plan = SearchPlan {
        policy: Policy::Exhaustive,
        reduce: false,
        reduce_beyond: None,
        switches_max: None,
        limits: Limits::default(),
        races: 0,
        victims_are_fixed: true,
        reproduce: false,
    };
    let found = explore(&mut arenas, case, plan, &AtomicBool::new(false), &|| {});
    let (bad, good): (Vec<_>, Vec<_>) = found
        .endings
        .into_iter()
        .partition(|ending| ending.proven.contains(&Verdict::Oversells));
    [bad, good].map(|endings| endings.into_iter().flat_map(|e| e.schedules).collect())
}

/// Where following a schedule to the letter fails, from 1.
fn misfit(followed: &Result<Trace, StepError>) -> Option<usize> {
    match followed {
        Ok(_) => None,
        Err(StepError::CannotMove { step, .. }) => Some(*step),
        Err(StepError::TooShort { steps, .. }) => Some(steps + 1),
        Err(other) => panic!("{other}"),
    }
}

/// Of the checkout that they were found on all fit, and nothing is other than without a
/// guide. Under the fix none of the 80 oversells; each is left where it cannot be followed
/// to the letter, and what was done instead can be.
#[test]
fn the_schedules_of_a_control_guide_its_fix() {
    let (control, fix) = (of(Strategy::CheckThenUpdate), of(Strategy::RowLock));
    let [bad, good] = schedules(&control);
    assert_eq!((bad.len(), good.len()), (80, 12));
    let all = || bad.iter().chain(&good);
    for schedule in all() {
        let (guided, followed) = both(&control, schedule);
        assert_eq!(guided.departure, None, "{schedule}");
        assert_eq!(guided.trace, followed.unwrap());
        assert_eq!(&guided.trace.schedule, schedule);
    }
    let mut fit = Vec::new();
    for schedule in all() {
        let (guided, followed) = both(&fix, schedule);
        let made = &guided.trace.schedule;
        assert!(guided.trace.proven.is_empty(), "{schedule}: {made}");
        let departure = guided.departure.as_ref();
        assert_eq!(departure.map(|d| d.step), misfit(&followed), "{schedule}");
        let fitting = departure.map_or(schedule.0.len(), |departure| departure.step - 1);
        assert_eq!(made.0[..fitting], schedule.0[..fitting]);
        fit.extend(departure.is_none().then_some(schedule));
        assert_eq!(both(&fix, made).1.unwrap(), guided.trace);
    }
    // One after the other fits both; what oversells fits none that holds.
    assert!(fit.iter().all(|schedule| good.contains(schedule)));
    for letters in ["AAAAABBB", "BBBBBAAA"] {
        assert!(fit.contains(&&letters.parse().unwrap()), "{letters}");
    }
}

/// A buyer that waits, a buyer that is done, a schedule that is too short, and one that is
/// too long; cutting a connection needs a buyer that can move too.
#[test]
fn a_schedule_is_left_where_it_no_longer_fits() {
    let waits = "buyer B is blocked";
    let done = "buyer A has nothing more to do";
    let over = "the schedule has ended, and not every buyer is done";
    let fix = of(Strategy::RowLock);
    for (letters, step, why, goes_on, made) in [
        // A reads and locks, B waits for it; A sells and lets B see that it is sold out.
        ("AABBBBBAAA", 5, waits, true, "AABBAAAB"),
        ("AABBb", 5, waits, true, "AABBAAAB"),
        ("AAAAAABBB", 6, done, true, "AAAAABBB"),
        ("AAAAAA", 6, done, false, "AAAAA"),
        ("BBA", 4, over, true, "BBAABBBA"),
    ] {
        let (guided, _) = both(&fix, &letters.parse().unwrap());
        let departure = Departure {
            step,
            why: why.into(),
            goes_on,
        };
        assert_eq!(guided.departure, Some(departure), "{letters}");
        assert_eq!(guided.trace.schedule.to_string(), made, "{letters}");
        assert_eq!(guided.trace.steps.len(), made.len());
    }
}

/// What comes behind the step that does not fit is left out, and not tried later: of B and C
/// the first goes on, although the schedule has C next. A buyer that it does not name does
/// not come.
#[test]
fn the_rest_of_the_schedule_is_left_out() {
    let three = case(&last_unit(3), Strategy::RowLock, ReadCommitted);
    for (letters, made) in [
        ("AAAAAACCCBBB", "AAAAABBBCCC"),
        ("AAAAACCCBBB", "AAAAACCCBBB"),
        ("AAAAAAC", "AAAAACCC"),
    ] {
        let (guided, _) = both(&three, &letters.parse().unwrap());
        assert_eq!(guided.trace.schedule.to_string(), made, "{letters}");
    }
}
