//! Other ways to shop than the plain burst: carts that lock each other out,
//! buyers who come at random, buyers who think.

use checkout_sim::audit::Verdict;
use checkout_sim::scenario::{Arrival, Scenario};
use checkout_sim::shop::{Conflict, Isolation, LockOrder};
use checkout_sim::strategy::Strategy;

use crate::{common, ledger, run, runtime};

/// Two products in every cart, in the order in which the buyer put them in.
/// Every cart thinks between its two locks, so that opposite carts meet.
fn opposite_carts(lock_order: LockOrder) -> Scenario {
    Scenario {
        buyers: 60,
        products: 2,
        lines: 2,
        stock: 12,
        connections: 8,
        think_time_us: 2_000,
        lock_order,
        ..common::default_scenario()
    }
}

/// In cart order opposite carts deadlock, and every deadlock is recovered: the
/// victim tries again, no order is partial, no unit is lost. Sorted carts never
/// deadlock.
#[test]
fn opposite_carts_deadlock_unless_their_lines_are_sorted() {
    let cell = (Strategy::RowLock, Isolation::ReadCommitted);
    runtime().block_on(async {
        for lock_order in [LockOrder::Cart, LockOrder::Sorted] {
            let scenario = opposite_carts(lock_order);
            let mut schema = common::schema_where_deadlocks_are_noticed_soon().await;
            let result = run(&mut schema, &scenario, cell, 1).await;
            let deadlocks = result.effort.conflicts.get(&Conflict::Deadlock);
            let deadlocks = deadlocks.copied().unwrap_or(0);
            assert_eq!(deadlocks > 0, lock_order == LockOrder::Cart, "{deadlocks}");
            let counted = result.effort.sqlstates.get("40P01").copied().unwrap_or(0);
            assert_eq!(counted, deadlocks, "each has its SQLSTATE");
            assert_eq!(result.judgement.verdict, Verdict::Safe, "{result:?}");
            assert_eq!(result.outcomes.sold, 12, "both shelves are empty");
            let mut look = common::look_into(&schema).await;
            ledger::cross_check(&mut look, &scenario, cell, &result).await;
        }
    });
}

/// Buyers come one after the other whether or not earlier ones are done, and
/// the run lasts until the last has come.
#[test]
fn buyers_come_at_random() {
    let scenario = Scenario {
        arrival: Arrival::Poisson { per_second: 500.0 },
        ..common::default_scenario()
    };
    runtime().block_on(async {
        let mut schema = common::schema().await;
        let cell = (Strategy::Atomic, Isolation::ReadCommitted);
        let result = run(&mut schema, &scenario, cell, 3).await;
        let last = scenario.arrivals(3).last().expect("buyers come");
        assert!(u128::from(result.elapsed_us) >= last.as_micros());
        assert_eq!(result.timing.schedule_lag.count(), 500);
        assert!(result.violations.is_clean(), "{:?}", result.violations);
        assert_eq!((result.outcomes.sold, result.outcomes.sold_out), (100, 400));
    });
}

/// Thinking takes its time inside the attempt, once for each attempt whatever
/// the number of lines: a sleep is never shorter than asked for, and two would
/// show as twice as long.
#[test]
fn an_attempt_thinks_once() {
    const THINK_US: u64 = 20_000;
    let scenario = Scenario {
        buyers: 8,
        products: 5,
        lines: 5,
        stock: 100,
        connections: 1,
        think_time_us: THINK_US,
        ..common::default_scenario()
    };
    runtime().block_on(async {
        let mut schema = common::schema().await;
        for strategy in Strategy::ALL {
            let cell = (strategy, Isolation::ReadCommitted);
            let result = run(&mut schema, &scenario, cell, 1).await;
            assert_eq!(result.outcomes.sold, 8, "{strategy}");
            let shortest = result.timing.service.percentile_us(0.0);
            assert!(shortest >= THINK_US, "{strategy}: {shortest} µs");
        }
    });
}
