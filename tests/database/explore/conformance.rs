//! PostgreSQL against the model: the same schedule, the same reply to every
//! statement, the same waits, the same rows.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use checkout_sim::explore::arena::{Arena, StepError};
use checkout_sim::explore::case::Case;
use checkout_sim::explore::schedule::Schedule;
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::walk::{Branch, walk};
use checkout_sim::scenario::Shape;
use checkout_sim::shop::Isolation;
use checkout_sim::subject::Strategy;

use super::stage::{
    MODELLED, case, cells, in_full, in_memory, last_unit, on_postgres, postgres, rules, sample,
    two_lines,
};

/// Every schedule of two buyers.
#[test]
fn two_buyers_are_answered_as_in_the_model() {
    for (strategy, isolation) in cells() {
        compare_all(&last_unit(2), strategy, isolation);
    }
}

/// Every schedule of two buyers whose carts have opposite orders: deadlocks,
/// and the session that is ended for each of them.
#[test]
fn deadlocks_have_the_same_victim_as_in_the_model() {
    for strategy in FEW_SCHEDULES {
        for isolation in MODELLED {
            compare_all(&two_lines(), strategy, isolation);
        }
    }
    compare_all(
        &two_lines(),
        Strategy::Optimistic,
        Isolation::RepeatableRead,
    );
}

/// Up to 13,706 schedules each.
#[test]
#[ignore = "slow: 40,000 schedules"]
fn deadlocks_of_every_strategy_have_the_same_victim_as_in_the_model() {
    for (strategy, isolation) in cells() {
        compare_all(&two_lines(), strategy, isolation);
    }
}

/// Every schedule of three buyers, where there are thousands and not tens of
/// thousands.
#[test]
#[ignore = "slow: 16,000 schedules"]
fn three_buyers_are_answered_as_in_the_model() {
    for strategy in FEW_SCHEDULES {
        for isolation in MODELLED {
            compare_all(&last_unit(3), strategy, isolation);
        }
    }
}

/// The two that the project is about: a check that is not enough, and a
/// version that is.
#[test]
#[ignore = "slow: 90,000 schedules"]
fn three_buyers_who_check_are_answered_as_in_the_model() {
    for strategy in [Strategy::CheckThenUpdate, Strategy::Optimistic] {
        compare_all(&last_unit(3), strategy, Isolation::ReadCommitted);
    }
}

/// Every kind of step in which a connection is cut.
#[test]
#[ignore = "slow: a new connection for each of 1,900 schedules"]
fn cut_connections_free_the_same_sessions_as_in_the_model() {
    let crash = Shape {
        crash: true,
        ..last_unit(2)
    };
    for strategy in FEW_SCHEDULES.into_iter().chain([Strategy::Optimistic]) {
        for isolation in MODELLED {
            compare_all(&crash, strategy, isolation);
        }
    }
}

/// A buyer whose session was ended for a deadlock tries again, in a new transaction.
#[test]
#[ignore = "slow: 2,800 schedules"]
fn retries_after_a_deadlock_are_answered_as_in_the_model() {
    let shape = Shape {
        max_tries: 2,
        ..two_lines()
    };
    for strategy in [Strategy::RowLock, Strategy::Atomic] {
        for isolation in MODELLED {
            compare_all(&shape, strategy, isolation);
        }
    }
}

#[test]
#[ignore = "slow: 30,000 schedules"]
fn three_buyers_at_random_are_answered_as_in_the_model() {
    let seed = seed();
    eprintln!("SIM_TEST_SEED={seed}");
    let is_left = |(strategy, _): &(Strategy, Isolation)| !FEW_SCHEDULES.contains(strategy);
    for (strategy, isolation) in cells().filter(is_left) {
        let case = case(&last_unit(3), strategy, isolation);
        // Some are drawn twice.
        let mut drawn = sample(&case, 2_500, seed, in_full);
        drawn.truncate(2_000);
        assert_eq!(drawn.len(), 2_000, "{strategy} at {isolation}");
        repeat_all(&case, drawn);
    }
}

/// Three buyers, two lines: circles of two and of three, and freed sessions
/// that close one.
#[test]
#[ignore = "slow: 4,000 schedules, with time to look for deadlocks"]
fn three_buyers_of_two_lines_are_answered_as_in_the_model() {
    let seed = seed();
    eprintln!("SIM_TEST_SEED={seed}");
    for (strategy, isolation) in cells() {
        let shape = Shape {
            buyers: 3,
            ..two_lines()
        };
        let case = case(&shape, strategy, isolation);
        repeat_all(&case, sample(&case, 200, seed, in_full));
    }
}

/// Where even three buyers can be stepped through on PostgreSQL in no time.
const FEW_SCHEDULES: [Strategy; 4] = [
    Strategy::BlindDecrement,
    Strategy::Autocommit,
    Strategy::RowLock,
    Strategy::Atomic,
];

/// The search on PostgreSQL finds the same schedules, each with the same
/// answers. Where three buyers race, it goes on only as they had come.
fn compare_all(shape: &Shape, strategy: Strategy, isolation: Isolation) {
    let cell = format!("{strategy} at {isolation}");
    let case = case(shape, strategy, isolation);
    let model = Mutex::new(BTreeMap::new());
    in_memory(&case, false, &|one| {
        let seen = in_full(&one);
        model.lock().unwrap().insert(one.schedule, seen);
    });
    let model = model.into_inner().unwrap();
    // It takes two locks at once.
    let can_deadlock = shape.lines > 1 && strategy != Strategy::Autocommit;
    let deadlocks = model.values().any(|seen| seen.contains("Deadlock"));
    assert_eq!(deadlocks, can_deadlock, "{cell}");
    let real = on_postgres(&case);
    assert_eq!(model.len(), real.len(), "{cell}");
    for (schedule, seen) in real {
        let expected = model.get(&schedule).map_or("no such schedule", |s| s);
        assert_eq!(seen, expected, "{cell}, {schedule}: PostgreSQL, model");
    }
}

/// Where a commit frees two of three sessions, or one whose turn the next can
/// overtake, PostgreSQL lets them race: a schedule that ends otherwise is run
/// again, and must come to the same in one of so many runs.
const RUNS_MAX: u32 = 5;

/// Runs every schedule of the model on PostgreSQL, on two threads.
fn repeat_all(case: &Arc<Case>, model: Vec<(Schedule, String)>) {
    let (schedules, left) = (model.len(), Mutex::new(VecDeque::from(model)));
    let again = Mutex::new(0);
    let next = || left.lock().unwrap().pop_front();
    let mut arenas = Arenas::open(2, |_| postgres(case)).unwrap();
    let repeated = arenas.each(async |arena| {
        while let Some((schedule, expected)) = next() {
            let runs = repeat(arena, case, &schedule, &expected).await?;
            *again.lock().unwrap() += runs - 1;
        }
        Ok(())
    });
    repeated.unwrap();
    let (terms, again) = (&case.terms, again.into_inner().unwrap());
    let (strategy, isolation) = (terms.cell.subject, terms.cell.level);
    eprintln!("{strategy} at {isolation}: {schedules} schedules, {again} run again");
}

/// How many runs it took.
async fn repeat(
    arena: &mut impl Arena,
    case: &Case,
    schedule: &Schedule,
    expected: &str,
) -> Result<u32, StepError> {
    let job = Branch {
        prefix: schedule.0.clone(),
        ..Branch::default()
    };
    let (mut seen, mut runs) = (String::new(), 0);
    for _ in 0..RUNS_MAX {
        let walk = walk(arena, &job, rules(case, false), &mut Vec::new()).await?;
        let walked = walk.ended.expect("no session sleeps");
        runs += 1 + walk.again;
        seen = in_full(&walked);
        if walked.schedule == *schedule && seen == expected {
            return Ok(runs);
        }
    }
    let terms = &case.terms;
    panic!("{terms:?}, {schedule}\nPostgreSQL:\n{seen}\nmodel:\n{expected}");
}

/// From the clock, unless a run is to be repeated.
pub fn seed() -> u64 {
    match std::env::var("SIM_TEST_SEED") {
        Ok(text) => text.parse().expect("SIM_TEST_SEED is a whole number"),
        Err(_) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            now.expect("after 1970").as_secs()
        }
    }
}
