//! Other ways to shop than the plain burst: carts that lock each other out,
//! buyers who come at random, buyers who think.

use std::sync::Arc;

use checkout_sim::flow::Terms;
use checkout_sim::load::{self, Latency, Reason, Stop};
use checkout_sim::oracle::{Doubt, Verdict};
use checkout_sim::scenario::{Arrival, Scenario};
use checkout_sim::shop::{Conflict, Isolation, LockOrder, Retry};
use checkout_sim::subject::Strategy;

use super::quiet::Quiet;
use super::{common, faults, ledger, run, runtime};

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
            assert_eq!(faults(&result), None);
            assert_eq!(result.judgement.proven, []);
            // Both shelves are empty, and became so at once: no attempt failed
            // for one of the products alone.
            assert_eq!(result.judgement.doubts, [Doubt::LittleContention]);
            assert_eq!(result.outcomes.sold, 12);
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
        assert_eq!(faults(&result), None);
        let last = scenario.arrivals(3).last().expect("buyers come");
        assert!(u128::from(result.elapsed_us) >= last.as_micros());
        assert_eq!(result.timing.schedule_lag.count(), 500);
        assert!(result.findings.is_clean(), "{:?}", result.findings);
        assert_eq!((result.outcomes.sold, result.outcomes.sold_out), (100, 400));
    });
}

/// Every attempt of every strategy takes the time to think: a sleep is never
/// shorter than asked for, so the shortest attempt cannot be either.
#[test]
fn every_attempt_thinks() {
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

/// A clean ledger without contention, or with enough for all buyers, be it just
/// enough, proves nothing: a control that would oversell is not called safe.
#[test]
fn without_contention_nothing_is_proven() {
    let alone = Scenario {
        connections: 1,
        ..common::default_scenario()
    };
    let plenty = Scenario {
        stock: 501,
        ..common::default_scenario()
    };
    let enough = Scenario {
        stock: 500,
        max_tries: 1_000,
        ..common::default_scenario()
    };
    let (little, below) = (Doubt::LittleContention, Doubt::DemandBelowSupply);
    let equal = Doubt::DemandEqualsSupply;
    let cases = [
        (Strategy::CheckThenUpdate, &alone, vec![little]),
        (Strategy::Optimistic, &alone, vec![little]),
        (Strategy::Atomic, &plenty, vec![below, little]),
        // Controls that nothing could have made oversell.
        (Strategy::BlindDecrement, &enough, vec![equal, little]),
        (Strategy::CheckThenDecrement, &enough, vec![equal, little]),
        (Strategy::Optimistic, &enough, vec![equal, little]),
    ];
    runtime().block_on(async {
        let mut schema = common::schema().await;
        for (strategy, scenario, doubts) in cases {
            let cell = (strategy, Isolation::ReadCommitted);
            let result = run(&mut schema, scenario, cell, 1).await;
            assert!(result.findings.is_clean(), "{:?}", result.findings);
            assert_eq!(result.judgement.verdict, Verdict::Inconclusive);
            assert_eq!(result.judgement.doubts, doubts, "{strategy}");
        }
    });
}

/// Time is wasted in attempts that were lost to concurrency, and in those alone:
/// a refusal is an answer. An attempt is never shorter than its pause, which
/// bounds both from below.
#[test]
fn only_lost_attempts_are_wasted_time() {
    const THINK_US: u64 = 5_000;
    let scenario = Scenario {
        buyers: 60,
        stock: 12,
        think_time_us: THINK_US,
        ..common::default_scenario()
    };
    runtime().block_on(async {
        let mut schema = common::schema().await;
        for (strategy, loses) in [(Strategy::RowLock, false), (Strategy::Optimistic, true)] {
            let cell = (strategy, Isolation::ReadCommitted);
            let effort = run(&mut schema, &scenario, cell, 1).await.effort;
            let lost = effort.lost_attempts();
            assert_eq!(lost > 0, loses, "{strategy}");
            let answered_us = effort.service_us - effort.wasted_us;
            assert_eq!(effort.wasted_us > 0, loses, "{strategy}");
            assert!(
                effort.wasted_us >= lost * THINK_US,
                "{strategy}: {effort:?}"
            );
            let answered = effort.attempts - lost;
            assert!(answered_us >= answered * THINK_US, "{strategy}: {effort:?}");
        }
    });
}

/// The server ends a session that thinks for longer than it likes: no buyer is
/// answered, the ledger is clean, and nothing is proven.
#[test]
fn nothing_is_proven_over_buyers_who_failed() {
    let impatient = ("idle_in_transaction_session_timeout", "500ms");
    let scenario = Scenario {
        buyers: 16,
        stock: 4,
        think_time_us: 2_000_000,
        ..common::default_scenario()
    };
    runtime().block_on(async {
        let mut server = Quiet::start(&[impatient]).await;
        let cell = (Strategy::Atomic, Isolation::ReadCommitted);
        let result = server.run(&scenario, cell).await;
        assert_eq!((result.outcomes.sold, result.outcomes.failed), (0, 16));
        assert!(result.findings.is_clean(), "{:?}", result.findings);
        let judgement = &result.judgement;
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
        for doubt in [Doubt::BuyersFailed, Doubt::DemandBelowSupply] {
            assert!(judgement.doubts.contains(&doubt), "{judgement:?}");
        }
        server.stop();
    });
}

/// A run that is told to stop takes no buyer, loses none, and proves nothing.
#[test]
fn a_stopped_run_takes_no_new_buyers() {
    let arrival = Arrival::Poisson { per_second: 0.01 };
    let at_random = Scenario {
        arrival,
        ..common::default_scenario()
    };
    let stop = Stop::default();
    stop.now(Reason::Interrupted);
    runtime().block_on(async {
        let mut schema = common::schema().await;
        // At this rate the last buyer would come after half a day.
        for scenario in [common::default_scenario(), at_random] {
            let terms = Terms {
                cell: Strategy::Atomic.at(Isolation::ReadCommitted),
                max_tries: 10,
                retry: Retry::default(),
            };
            let progress = Arc::default();
            let result = load::run(&mut schema, &scenario, terms, 1, &stop, &progress).await;
            let result = result.expect("the run begins");
            assert_eq!(result.outcomes.not_started, 500);
            assert!(result.faults.interrupted && !result.faults.any());
            assert!(result.judgement.doubts.contains(&Doubt::Interrupted));
            assert_eq!(result.judgement.verdict, Verdict::Inconclusive);
        }
    });
}

/// More connections than one thread serves: what the threads wrote down adds up, and
/// they share one stock and one queue.
#[test]
fn several_lanes_are_one_shop() {
    let scenario = Scenario {
        connections: 40,
        ..common::default_scenario()
    };
    runtime().block_on(async {
        let mut schema = common::schema().await;
        for strategy in [Strategy::RowLock, Strategy::Atomic] {
            let cell = (strategy, Isolation::ReadCommitted);
            let result = run(&mut schema, &scenario, cell, 1).await;
            assert_eq!(result.judgement.verdict, Verdict::Safe, "{strategy}");
            let (timing, effort) = (&result.timing, &result.effort);
            let answered: u64 = timing.latency.values().map(Latency::count).sum();
            let ended = timing.timeline.sold.iter().chain(&timing.timeline.others);
            let by_tries = effort.checkouts_by_tries.iter();
            let attempts: u64 = by_tries.map(|(tries, n)| u64::from(*tries) * n).sum();
            let counts = [answered, ended.sum(), timing.service.count()];
            assert_eq!(counts, [500; 3], "{strategy}");
            assert_eq!(attempts, effort.attempts, "{strategy}");
        }
    });
}
