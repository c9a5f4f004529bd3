//! What an exploration may be called safe on.

use std::sync::atomic::AtomicBool;

use checkout_sim::explore::arena::End;
use checkout_sim::explore::bounds::SearchPlan;
use checkout_sim::explore::bounds::{Limits, Policy};
use checkout_sim::explore::found::{Found, explore};
use checkout_sim::explore::search::Arenas;
use checkout_sim::oracle::{Doubt, Verdict};
use checkout_sim::scenario::Shape;
use checkout_sim::shop::{Isolation, Outcome};
use checkout_sim::subject::Strategy;

use crate::altered::Altered;
use crate::support::small::{case, last_unit, two_lines};

fn found(shape: &Shape, strategy: Strategy, victims_are_fixed: bool, fails: bool) -> Found {
    let case = case(shape, strategy, Isolation::ReadCommitted);
    // A checkout is told to have failed that would have been refused.
    let fail = move |_, end: &mut End| {
        for told in end.told.iter_mut().filter(|_| fails) {
            if *told == Outcome::SoldOut {
                *told = Outcome::Failed;
            }
        }
    };
    let make = |_| async { Ok(Altered::new(&case, fail)) };
    let mut arenas = Arenas::open(1, make).unwrap();
    let quest = SearchPlan {
        policy: Policy::Exhaustive,
        reduce: false,
        reduce_beyond: None,
        switches_max: None,
        limits: Limits::default(),
        races: 0,
        victims_are_fixed,
        reproduce: false,
    };
    let stop = AtomicBool::new(false);
    explore(&mut arenas, &case, quest, &stop, &|| {})
}

/// Where the server chooses the victim, only one end of a deadlock was seen;
/// with one product there is no deadlock.
#[test]
fn victims_that_are_not_fixed_leave_schedules_untried() {
    let deadlocks = Shape {
        max_tries: 2,
        ..two_lines()
    };
    for (shape, victims_are_fixed, verdict) in [
        (&deadlocks, true, Verdict::Safe),
        (&deadlocks, false, Verdict::Inconclusive),
        (&last_unit(2), true, Verdict::Safe),
        (&last_unit(2), false, Verdict::Safe),
    ] {
        let found = found(shape, Strategy::RowLock, victims_are_fixed, false);
        let judgement = &found.judgement;
        assert_eq!(judgement.verdict, verdict, "{judgement:?}");
        let is_doubted = judgement.doubts.contains(&Doubt::NotExhausted);
        assert_eq!(is_doubted, verdict == Verdict::Inconclusive);
    }
}

/// A checkout that fails is no answer, unless its connection was the one that
/// the schedule cut.
#[test]
fn a_checkout_that_failed_by_itself_is_a_doubt() {
    let crash = Shape {
        crash: true,
        ..last_unit(2)
    };
    let judge = |shape, fails| found(shape, Strategy::RowLock, true, fails).judgement;
    for (shape, fails, doubts) in [
        (&last_unit(2), false, vec![]),
        (&last_unit(2), true, vec![Doubt::BuyersFailed]),
        (&crash, false, vec![]),
        (&crash, true, vec![Doubt::BuyersFailed]),
    ] {
        assert_eq!(judge(shape, fails).doubts, doubts, "{shape:?} {fails}");
    }
}
