//! The sequence of a search, and what it says that it covered where a bound ended it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use checkout_sim::explore::arena::{Arena, Seat};
use checkout_sim::explore::bounds::{AllWithin, Covered, Limits, Policy, Rules};
use checkout_sim::explore::case::Case;
use checkout_sim::explore::schedule::Schedule;
use checkout_sim::explore::search::Arenas;
use checkout_sim::scenario::Shape;
use checkout_sim::shop::Isolation::{ReadCommitted, RepeatableRead};
use checkout_sim::subject::Strategy;

use crate::support::small::{case, in_memory, last_unit, two_lines};

const WHOLE: Rules = Rules {
    crash: false,
    switches_max: None,
    reduce: false,
};

/// What a search covered, and the schedules in the sequence in which they were seen; ended
/// after so many if so, by request or by a limit.
fn search(
    case: &Arc<Case>,
    arenas: usize,
    rules: Rules,
    (schedules, stop_after): (Option<u64>, Option<usize>),
) -> (Covered, Vec<Schedule>) {
    let rules = Rules {
        crash: case.crash,
        ..rules
    };
    let mut arenas = Arenas::open(arenas, |_| async { Ok(in_memory(case)) }).unwrap();
    let (stop, seen) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let see = |walked: checkout_sim::explore::walk::Walked| {
        let mut seen = seen.lock().unwrap();
        seen.push(walked.schedule);
        if stop_after.is_some_and(|after| seen.len() >= after) {
            stop.store(true, Ordering::Relaxed);
        }
    };
    let limits = Limits {
        schedules,
        time: None,
        whole: None,
    };
    let (covered, worked) = arenas.search(Policy::Exhaustive, rules, limits, &stop, &see);
    worked.unwrap();
    (covered, seen.into_inner().unwrap())
}

/// How often a schedule goes to another session although the last one could go on, counted
/// by following it.
fn by_choice(case: &Arc<Case>, schedules: &[Schedule]) -> Vec<usize> {
    let mut arenas = Arenas::open(1, |_| async { Ok(in_memory(case)) }).unwrap();
    let (arena, runtime) = arenas.first();
    let mut count = async |schedule: &Schedule| {
        arena.reset().await.unwrap();
        let (mut last, mut switches, mut events) = (None, 0, Vec::new());
        for &choice in &schedule.0 {
            let session = choice.session();
            let could_go_on = |last: usize| arena.seats()[last] == Seat::Parked;
            switches += usize::from(last.is_some_and(|last| last != session && could_go_on(last)));
            arena.admit(choice, &mut events).await.unwrap();
            last = Some(session);
        }
        switches
    };
    schedules
        .iter()
        .map(|schedule| runtime.block_on(count(schedule)))
        .collect()
}

/// Two and three buyers, buyers that wait for each other, deadlocks, connections that are cut.
fn cases() -> Vec<Arc<Case>> {
    let cut = Shape {
        crash: true,
        ..last_unit(2)
    };
    vec![
        case(&last_unit(2), Strategy::CheckThenUpdate, ReadCommitted),
        case(&last_unit(2), Strategy::RowLock, ReadCommitted),
        case(&last_unit(2), Strategy::Optimistic, RepeatableRead),
        case(&cut, Strategy::RowLock, ReadCommitted),
        case(&two_lines(), Strategy::RowLock, ReadCommitted),
        case(&last_unit(3), Strategy::RowLock, ReadCommitted),
    ]
}

/// Every schedule once, and none before one with fewer switches by choice. A bound on them
/// runs exactly those that the search without one runs first, and says so.
#[test]
fn schedules_come_in_order_of_switches() {
    for case in cases() {
        let (covered, all) = search(&case, 1, WHOLE, (None, None));
        assert!(covered.exhausted && covered.all_within.is_none());
        let different: BTreeSet<&Schedule> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        let switches = by_choice(&case, &all);
        assert!(switches.is_sorted(), "{switches:?}");
        let most = switches[all.len() - 1];
        assert!(most > 2, "{switches:?}");
        for max in 0..=most {
            let rules = Rules {
                switches_max: Some(max),
                ..WHOLE
            };
            let (covered, some) = search(&case, 1, rules, (None, None));
            let first = switches.iter().filter(|n| **n <= max).count();
            let some: BTreeSet<&Schedule> = some.iter().collect();
            assert_eq!(some, all[..first].iter().collect());
            let within = (max < most).then_some(AllWithin {
                switches: max,
                schedules: first as u64,
            });
            assert_eq!(
                (covered.all_within, covered.exhausted),
                (within, max == most)
            );
        }
    }
}

/// Wherever a limit or a request ends the search, on one arena or on several: what it says
/// that it covered was run whole, and with one more switch something is left.
#[test]
fn a_bound_says_what_it_covered() {
    for case in cases().into_iter().step_by(2) {
        let (_, all) = search(&case, 1, WHOLE, (None, None));
        let switches = by_choice(&case, &all);
        let most = switches[all.len() - 1];
        let step = all.len() / 20 + 1;
        for after in (1..all.len()).step_by(step) {
            for (arenas, bounds) in [
                (1, (Some(after as u64), None)),
                (3, (Some(after as u64), None)),
                (3, (None, Some(after))),
            ] {
                let (covered, seen) = search(&case, arenas, WHOLE, bounds);
                let seen: BTreeSet<&Schedule> = seen.iter().collect();
                assert_eq!(seen.len() as u64, covered.schedules);
                let is_run = |most: usize| {
                    let mut within = all.iter().zip(&switches).filter(|(_, n)| **n <= most);
                    within.all(|(schedule, _)| seen.contains(schedule))
                };
                let expected = (0..=most).take_while(|most| is_run(*most)).last();
                let expected = expected.filter(|_| !covered.exhausted);
                let found = covered.all_within.map(|within| within.switches);
                assert_eq!(found, expected, "{arenas} arenas, {bounds:?}");
                if let Some(within) = covered.all_within {
                    let all = switches.iter().filter(|n| **n <= within.switches);
                    assert_eq!(all.count() as u64, within.schedules);
                }
            }
        }
    }
}

/// A representative may need more switches than one that it stands for: of representatives
/// nothing is said. Where none stands for another, nothing was reduced.
#[test]
fn of_representatives_nothing_is_said() {
    let reduced = Rules {
        reduce: true,
        ..WHOLE
    };
    let case = case(&two_lines(), Strategy::RowLock, ReadCommitted);
    let (covered, _) = search(&case, 1, reduced, (Some(10), None));
    assert!(covered.cut_short && covered.alike > 0);
    assert_eq!(covered.all_within, None);
    let (covered, _) = search(&case, 1, WHOLE, (Some(10), None));
    assert_eq!(covered.alike, 0);
    assert!(covered.all_within.is_some());
}
