//! A counterexample that is run again: how often it comes to the same ending.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use checkout_sim::explore::arena::{Arena, End};
use checkout_sim::explore::bounds::{Limits, Policy, SearchPlan};
use checkout_sim::explore::case::Case;
use checkout_sim::explore::found::{Found, explore};
use checkout_sim::explore::reproduced::Reproduced;
use checkout_sim::explore::search::Arenas;
use checkout_sim::shop::Isolation::ReadCommitted;
use checkout_sim::shop::{self, Outcome, Sku};
use checkout_sim::subject::Strategy;

use crate::altered::Altered;
use crate::support::small::{case, last_unit};

const AGAIN: SearchPlan = SearchPlan {
    policy: Policy::Exhaustive,
    reduce: false,
    reduce_beyond: None,
    switches_max: None,
    limits: Limits {
        schedules: None,
        time: None,
        whole: None,
    },
    races: 0,
    victims_are_fixed: true,
    reproduce: true,
};

fn control() -> Arc<Case> {
    case(&last_unit(2), Strategy::CheckThenUpdate, ReadCommitted)
}

/// What is found on one arena, and how many schedules ended.
fn find<A: Arena>(case: &Case, arena: impl Fn() -> A + Sync, plan: SearchPlan) -> (Found, u64) {
    let mut arenas = Arenas::open(1, |_| async { Ok(arena()) }).unwrap();
    let ticks = AtomicU64::new(0);
    let tick = || {
        ticks.fetch_add(1, Ordering::Relaxed);
    };
    let found = explore(&mut arenas, case, plan, &AtomicBool::new(false), &tick);
    (found, ticks.into_inner())
}

fn of_ten(times: u32) -> Option<Reproduced> {
    Some(Reproduced { times, of: 10 })
}

/// The schedules that begin before the counterexample is run again.
fn before(case: &Arc<Case>) -> u32 {
    let begun = AtomicU64::new(0);
    let count = |at: u32, _: &mut End| begun.store(at.into(), Ordering::Relaxed);
    let plan = SearchPlan {
        reproduce: false,
        ..AGAIN
    };
    let (found, _) = find(case, || Altered::new(case, count), plan);
    assert_eq!(found.reproduced, None);
    u32::try_from(begun.into_inner()).unwrap()
}

/// The model is a value: what it did once it does ten times, and that takes ten walks and no
/// more. Where nothing is broken there is nothing to run again.
#[test]
fn a_schedule_that_repeats_is_reproduced_ten_times() {
    let control = control();
    let same = |_: u32, _: &mut End| {};
    let once = SearchPlan {
        reproduce: false,
        ..AGAIN
    };
    let of = |case: &Arc<Case>, plan| find(case, || Altered::new(case, same), plan);
    let ((found, ticks), (not_again, fewer)) = (of(&control, AGAIN), of(&control, once));
    assert_eq!(found.reproduced, of_ten(10));
    assert_eq!(ticks, fewer + 10);
    assert_eq!(not_again.reproduced, None);
    assert_eq!(found.example, not_again.example);
    assert_eq!(found.covered, not_again.covered);
    let fix = case(&last_unit(2), Strategy::RowLock, ReadCommitted);
    assert_eq!(of(&fix, AGAIN).0.reproduced, None);
}

/// A server that decides otherwise some of the times: the buyers are told another thing,
/// the tables hold other rows, or a session overtakes another one.
#[test]
fn a_server_that_goes_another_way_is_not_counted() {
    let case = control();
    let begun = before(&case);
    let is_odd = |at: u32| at > begun && (at - begun) % 2 == 1;
    let is_third = |at: u32| at > begun && (at - begun).is_multiple_of(3);
    let told = |at: u32, end: &mut End| {
        if is_odd(at) {
            end.told[0] = Outcome::GaveUp;
        }
    };
    let rows = |at: u32, end: &mut End| {
        if is_third(at) {
            end.state = shop::state([(Sku(1), Some(0))], [], []);
        }
    };
    let of_told = find(&case, || Altered::new(&case, told), AGAIN).0;
    assert_eq!(of_told.reproduced, of_ten(5));
    let of_rows = find(&case, || Altered::new(&case, rows), AGAIN).0;
    assert_eq!(of_rows.reproduced, of_ten(7));
    let overtakes = |at: u32| at > begun + 1;
    let of_race = find(&case, || Altered::overtaken(&case, overtakes), AGAIN).0;
    assert_eq!(of_race.reproduced, of_ten(1));
    assert!(of_race.fault.is_none() && of_race.example.is_some());
}

/// Where a limit ended the search nothing is run again; a limit that was not reached is none.
#[test]
fn a_search_that_a_limit_ended_reproduces_nothing() {
    let case = control();
    let same = |_: u32, _: &mut End| {};
    let limited = |limits| {
        let plan = SearchPlan { limits, ..AGAIN };
        find(&case, || Altered::new(&case, same), plan).0
    };
    let schedules = |max| Limits {
        schedules: Some(max),
        time: None,
        whole: None,
    };
    let few = limited(schedules(80));
    assert!(few.covered.cut_short && few.example.is_some());
    assert_eq!(few.reproduced, None);
    assert_eq!(limited(schedules(1_000)).reproduced, of_ten(10));
    let time = |time| Limits {
        schedules: None,
        time: Some(time),
        whole: None,
    };
    assert_eq!(limited(time(Duration::ZERO)).reproduced, None);
    let hour = limited(time(Duration::from_secs(3_600)));
    assert_eq!(hour.reproduced, of_ten(10));
}

/// A signal that comes while the counterexample is run again: half of ten says nothing.
#[test]
fn a_signal_on_the_way_leaves_it_untold() {
    let case = control();
    let (_, all) = find(&case, || Altered::new(&case, |_, _| {}), AGAIN);
    for (at, is_told) in [(all - 5, false), (all, true)] {
        let mut arenas = Arenas::open(1, |_| async { Ok(Altered::new(&case, |_, _| {})) }).unwrap();
        let (stop, ticks) = (AtomicBool::new(false), AtomicU64::new(0));
        let tick = || {
            let is_due = ticks.fetch_add(1, Ordering::Relaxed) + 1 >= at;
            stop.store(is_due, Ordering::Relaxed);
        };
        let found = explore(&mut arenas, &case, AGAIN, &stop, &tick);
        assert!(found.example.is_some() && !found.covered.cut_short);
        assert_eq!(found.reproduced.is_some(), is_told);
    }
}
