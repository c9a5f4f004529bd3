//! What an exploration tells of what it found: counts, endings, grounds, examples.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use checkout_sim::explore::arena::End;
use checkout_sim::explore::bounds::{Limits, Policy, Rules, SearchPlan};
use checkout_sim::explore::case::Case;
use checkout_sim::explore::found::{Found, explore};
use checkout_sim::explore::reduction::Whole;
use checkout_sim::explore::schedule::Schedule;
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::trace::follow;
use checkout_sim::explore::walk::{Branch, walk};
use checkout_sim::oracle::{Doubt, Verdict};
use checkout_sim::scenario::Shape;
use checkout_sim::shop::Isolation::ReadCommitted;
use checkout_sim::shop::{self, Outcome, Sku};
use checkout_sim::subject::Strategy;

use crate::altered::Altered;
use crate::support::small::{case, in_memory, last_unit, two_lines};

const ALL: SearchPlan = SearchPlan {
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
    reproduce: false,
};

fn find(case: &Arc<Case>, plan: SearchPlan) -> (Found, u64) {
    let mut arenas = Arenas::open(1, |_| async { Ok(in_memory(case)) }).unwrap();
    let (stop, ticks) = (AtomicBool::new(false), AtomicU64::new(0));
    let tick = || {
        ticks.fetch_add(1, Ordering::Relaxed);
    };
    let found = explore(&mut arenas, case, plan, &stop, &tick);
    (found, ticks.into_inner())
}

/// Two buyers, five statements each: 92 of the interleavings can be carried out
/// (`tests/database/explore/reduction.rs` pins the number on PostgreSQL too), and 80
/// oversell. Endings are told worst first, schedules simplest first.
#[test]
fn every_schedule_is_counted_under_its_ending() {
    let case = case(&last_unit(2), Strategy::CheckThenUpdate, ReadCommitted);
    let (found, ticks) = find(&case, ALL);
    assert_eq!((found.covered.schedules, found.different()), (92, 92));
    assert!(ticks > 92, "the search for the simplest ticks too: {ticks}");
    assert_eq!(found.proving(Verdict::Oversells), 80);
    assert_eq!(found.proving(Verdict::LosesUpdates), 80);
    assert_eq!(found.proving(Verdict::Leaks), 0);
    let told = |at: usize| (found.endings[at].told.clone(), found.endings[at].count);
    let (sold, out) = (Outcome::Sold, Outcome::SoldOut);
    assert_eq!(told(0), (vec![sold, sold], 80));
    assert_eq!(told(1), (vec![sold, out], 6));
    assert_eq!(told(2), (vec![out, sold], 6));
    assert_eq!(found.endings.len(), 3);
    for ending in &found.endings {
        assert_eq!(ending.schedules.len() as u64, ending.count);
        let sorted = |pair: &[Schedule]| pair[0].simplicity() < pair[1].simplicity();
        assert!(ending.schedules.windows(2).all(sorted));
        let example = ending.example.as_ref().expect("followed");
        assert_eq!(example.schedule, ending.schedules[0]);
        assert_eq!(
            (&example.told, &example.digest),
            (&ending.told, &ending.digest)
        );
    }
    assert!(found.is_simplest);
    let example = found.example.expect("it oversells");
    assert_eq!(example.schedule.to_string(), "AABBBBBAAA");
    assert_eq!(
        found.judgement.proven,
        [Verdict::Oversells, Verdict::LosesUpdates]
    );
    assert_eq!(found.fault, None);
}

/// Of endings as bad as each other the more frequent one stands first; of a fix nothing
/// is shown.
#[test]
fn a_fix_has_no_example() {
    let case = case(&last_unit(2), Strategy::RowLock, ReadCommitted);
    let (found, _) = find(&case, ALL);
    assert_eq!(found.judgement.verdict, Verdict::Safe);
    assert_eq!((found.example, found.is_simplest), (None, false));
    let counts: Vec<u64> = found.endings.iter().map(|ending| ending.count).collect();
    assert!(
        counts.windows(2).all(|pair| pair[0] >= pair[1]),
        "{counts:?}"
    );
}

/// A sample that draws a schedule twice counts it once, and exhausts nothing.
#[test]
fn a_sample_counts_different_schedules() {
    let case = case(&last_unit(2), Strategy::CheckThenUpdate, ReadCommitted);
    let policy = Policy::Random {
        schedules: 2_000,
        seed: 1,
    };
    let (found, _) = find(&case, SearchPlan { policy, ..ALL });
    assert_eq!((found.covered.schedules, found.different()), (2_000, 92));
    assert!(!found.covered.exhausted);
    let fix = crate::support::small::case(&last_unit(2), Strategy::RowLock, ReadCommitted);
    let (found, _) = find(&fix, SearchPlan { policy, ..ALL });
    assert_eq!(found.judgement.doubts, [Doubt::NotExhausted]);
}

/// A limit ends the search, also before anything ran.
#[test]
fn limits_leave_schedules_untried() {
    let case = case(&last_unit(2), Strategy::RowLock, ReadCommitted);
    let limited = |limits| find(&case, SearchPlan { limits, ..ALL }).0;
    let few = limited(Limits {
        schedules: Some(5),
        time: None,
        whole: None,
    });
    assert_eq!((few.covered.schedules, few.different()), (5, 5));
    assert!(few.covered.cut_short && !few.covered.exhausted);
    assert_eq!(few.judgement.doubts, [Doubt::NotExhausted]);
    let none = limited(Limits {
        schedules: None,
        time: Some(Duration::ZERO),
        whole: None,
    });
    assert_eq!((none.covered.schedules, none.different()), (0, 0));
    assert_eq!(none.judgement.verdict, Verdict::Inconclusive);
    // The time that the search took is gone for the simplest one.
    let control =
        crate::support::small::case(&last_unit(2), Strategy::CheckThenUpdate, ReadCommitted);
    let limits = Limits {
        schedules: Some(92),
        time: Some(Duration::from_secs(60)),
        whole: None,
    };
    let (found, _) = find(&control, SearchPlan { limits, ..ALL });
    assert!(found.example.is_some());
}

/// A stop is told as such.
#[test]
fn a_stopped_search_is_interrupted() {
    let case = case(&last_unit(2), Strategy::RowLock, ReadCommitted);
    let mut arenas = Arenas::open(1, |_| async { Ok(in_memory(&case)) }).unwrap();
    let found = explore(&mut arenas, &case, ALL, &AtomicBool::new(true), &|| {});
    assert_eq!(found.judgement.doubts, [Doubt::Interrupted]);
    assert_eq!(found.different(), 0);
}

/// What can be left out is left out and counted, and the endings are the same.
#[test]
fn reduced_and_whole_come_to_the_same_endings() {
    for strategy in [Strategy::Naive, Strategy::Optimistic, Strategy::Atomic] {
        let case = case(&two_lines(), strategy, ReadCommitted);
        let limits = Limits {
            schedules: Some(50_000),
            time: None,
            whole: None,
        };
        let (whole, _) = find(&case, SearchPlan { limits, ..ALL });
        let reduced = SearchPlan {
            reduce: true,
            limits,
            ..ALL
        };
        let (reduced, _) = find(&case, reduced);
        let ends = |found: &Found| {
            let ends = found.endings.iter();
            let mut ends: Vec<_> = ends
                .map(|e| (e.told.clone(), e.digest.to_string()))
                .collect();
            ends.sort();
            ends
        };
        assert_eq!(ends(&reduced), ends(&whole), "{strategy}");
        assert!(
            reduced.covered.schedules < whole.covered.schedules,
            "{strategy}"
        );
        assert!(
            reduced.covered.repeats > 0 && whole.covered.repeats == 0,
            "{strategy}"
        );
        assert!(reduced.reduced && !whole.reduced);
    }
}

/// Schedules a second count those that were left in the middle; no time, no rate.
#[test]
fn a_rate_counts_repeats_and_needs_time() {
    let case = case(&last_unit(2), Strategy::Atomic, ReadCommitted);
    let (mut found, _) = find(&case, ALL);
    (found.covered.schedules, found.covered.repeats) = (92, 8);
    found.elapsed_us = 2_000_000;
    assert!((found.schedules_per_s() - 50.0).abs() < 1e-9);
    found.elapsed_us = 0;
    assert!(found.schedules_per_s().abs() < 1e-9);
}

/// A bound that keeps no session from moving, since there is no other one, is none.
#[test]
fn a_bound_on_one_buyer_bounds_nothing() {
    let case = case(&last_unit(1), Strategy::CheckThenUpdate, ReadCommitted);
    let plan = SearchPlan {
        switches_max: Some(0),
        ..ALL
    };
    let (found, _) = find(&case, plan);
    assert!(found.covered.exhausted && !found.covered.bounded);
    let two = crate::support::small::case(&last_unit(2), Strategy::CheckThenUpdate, ReadCommitted);
    let (found, _) = find(&two, plan);
    assert!(found.covered.bounded && !found.covered.exhausted);
}

/// What cannot be followed names the step, the session and those that could move; a search
/// leaves it out.
#[test]
fn what_cannot_be_followed_is_refused_or_skipped() {
    let case = case(&last_unit(2), Strategy::RowLock, ReadCommitted);
    let mut arenas = Arenas::open(1, |_| async { Ok(in_memory(&case)) }).unwrap();
    let (arena, runtime) = arenas.first();
    let rules = Rules {
        crash: false,
        switches_max: None,
        reduce: false,
    };
    for (letters, says) in [
        (
            "AABBB",
            "step 5 of the schedule: buyer B waits for another buyer's lock and cannot move; A can move there",
        ),
        (
            "AAAAAAB",
            "step 6 of the schedule: buyer A has nothing more to do; B can move there",
        ),
    ] {
        let schedule: Schedule = letters.parse().unwrap();
        let followed = runtime.block_on(follow(arena, &case, &schedule));
        assert_eq!(followed.unwrap_err().to_string(), says);
        let start = Branch {
            prefix: schedule.0,
            ..Branch::default()
        };
        let mut jobs = Vec::new();
        let walked = runtime.block_on(walk(arena, &start, rules, &mut jobs));
        assert!(walked.unwrap().is_skipped && jobs.is_empty(), "{letters}");
    }
}

/// A space whose size is not known is reduced where it has more schedules than so many, and
/// then nothing of the whole search counts; a limit of the caller's that is lower stays one.
#[test]
fn a_space_of_unknown_size_is_reduced_where_it_is_large() {
    let case = case(&last_unit(2), Strategy::CheckThenUpdate, ReadCommitted);
    let told = |beyond, schedules| {
        let limits = Limits {
            schedules,
            time: None,
            whole: None,
        };
        let plan = SearchPlan {
            reduce_beyond: Some(beyond),
            limits,
            ..ALL
        };
        let (found, _) = find(&case, plan);
        let covered = found.covered;
        let counted = found.different();
        assert_eq!(counted, covered.schedules);
        (found.reduced, covered.schedules, covered.exhausted)
    };
    assert_eq!(told(91, None), (true, 6, true));
    assert_eq!(told(92, None), (false, 92, true));
    assert_eq!(told(50, Some(60)), (true, 6, true));
    assert_eq!(told(50, Some(10)), (false, 10, false));
}

/// Buyers who want no more than there is cannot oversell, and one buyer alone races with
/// no other.
#[test]
fn an_exploration_without_scarcity_proves_nothing() {
    let shape = Shape {
        stock: 2,
        ..last_unit(2)
    };
    let (found, _) = find(&case(&shape, Strategy::RowLock, ReadCommitted), ALL);
    assert_eq!(found.judgement.doubts, [Doubt::DemandEqualsSupply]);
    let one = find(&case(&last_unit(1), Strategy::RowLock, ReadCommitted), ALL).0;
    assert_eq!(one.judgement.doubts, [Doubt::DemandBelowSupply]);
}

/// A buyer who wants more than there is gets nothing of a checkout that looks, in any
/// schedule: there is no race. One that does not look oversells all the same.
#[test]
fn carts_that_do_not_fit_prove_nothing() {
    let of = |units: &[u32], stock, strategy| {
        let shape = Shape {
            buyers: units.len().max(2) as u32,
            units: units.to_vec(),
            stock,
            ..last_unit(2)
        };
        let judgement = find(&case(&shape, strategy, ReadCommitted), ALL)
            .0
            .judgement;
        (judgement.verdict, judgement.doubts.clone())
    };
    let unfit = vec![Doubt::CartsDoNotFit];
    for (units, stock) in [(&[2][..], 1), (&[1, 3], 1), (&[1, 1, 3], 2)] {
        let doubted = (Verdict::Inconclusive, unfit.clone());
        assert_eq!(of(units, stock, Strategy::RowLock), doubted, "{units:?}");
    }
    assert_eq!(of(&[2], 1, Strategy::Naive).0, Verdict::Oversells);
    for (units, stock) in [(&[2][..], 2), (&[1, 3], 3), (&[1, 1, 3], 1)] {
        let proven = (Verdict::Safe, Vec::new());
        assert_eq!(of(units, stock, Strategy::RowLock), proven, "{units:?}");
    }
}

/// The time that the search took is gone for the simplest schedule: where all of it was,
/// the example is that of the worst ending, and not called the simplest.
#[test]
fn no_time_is_left_for_the_simplest() {
    let case = case(&last_unit(2), Strategy::CheckThenUpdate, ReadCommitted);
    let mut arenas = Arenas::open(1, |_| async { Ok(in_memory(&case)) }).unwrap();
    let limits = Limits {
        schedules: None,
        time: Some(Duration::from_secs(1)),
        whole: None,
    };
    // Of 92 schedules, not all end before the time does.
    let tick = || std::thread::sleep(Duration::from_millis(20));
    let stop = AtomicBool::new(false);
    let found = explore(
        &mut arenas,
        &case,
        SearchPlan { limits, ..ALL },
        &stop,
        &tick,
    );
    assert!(found.covered.cut_short && found.different() > 1);
    assert!(!found.is_simplest);
    let worst = found.endings.first().expect("it oversells");
    assert_eq!(found.example, worst.example);
    assert!(found.example.is_some());
}

/// A server that goes another way when an example is followed shows none, also where the
/// buyers are told the same.
#[test]
fn an_example_that_ends_otherwise_is_none() {
    let case = case(&last_unit(2), Strategy::Atomic, ReadCommitted);
    let drifting = |schedules: u32| {
        // After so many schedules it leaves other rows behind.
        let drift = move |begun: u32, end: &mut End| {
            let is_late = schedules + begun > 24;
            let stock = [(Sku(1), Some(i64::from(is_late)))];
            end.state = shop::state(stock, [], []);
        };
        let make = |_| async { Ok(Altered::new(&case, drift)) };
        let mut arenas = Arenas::open(1, make).unwrap();
        let stop = AtomicBool::new(false);
        explore(&mut arenas, &case, ALL, &stop, &|| {})
    };
    // Its 24 schedules are over before it drifts; or it has drifted from the start.
    for (from, is_shown) in [(0, false), (1_000, true)] {
        let found = drifting(from);
        assert_eq!(found.different(), 24);
        let shown = found
            .endings
            .iter()
            .filter(|ending| ending.example.is_some());
        assert_eq!(shown.count() > 0, is_shown, "from {from}");
    }
}

/// Counting stops where its time is over, and does not claim to have counted all.
#[test]
fn counting_is_bounded_by_time() {
    let case = case(&last_unit(2), Strategy::RowLock, ReadCommitted);
    let stop = AtomicBool::new(false);
    let count = |time| Whole::count(&case, 1, time, &stop).unwrap().unwrap();
    let none = count(Some(Duration::ZERO));
    assert_eq!((none.schedules, none.is_all), (0, false));
    let all = count(None);
    assert!(all.schedules > 0 && all.is_all, "{all:?}");
}
