//! Stepping: what is known of small cases, PostgreSQL against the model, and
//! the reduction against the whole.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use checkout_sim::audit::{Plan, Verdict, audit};
use checkout_sim::checkout::Terms;
use checkout_sim::explore::arena::Arena;
use checkout_sim::explore::case::{Case, Shape};
use checkout_sim::explore::gate::Gate;
use checkout_sim::explore::memory::MemoryWorld;
use checkout_sim::explore::postgres::PostgresWorld;
use checkout_sim::explore::search::{Covered, Limits, Policy, search};
use checkout_sim::explore::walk::{Rules, Walked};
use checkout_sim::mvcc::Event;
use checkout_sim::shop::{Isolation, LockOrder};
use checkout_sim::strategy::Strategy;

const MODELLED: [Isolation; 2] = [Isolation::ReadCommitted, Isolation::RepeatableRead];

/// The numbers of the design, measured there with another prototype on a real
/// PostgreSQL: schedules of two buyers who want the last unit, and how many of
/// them oversell.
#[test]
fn two_buyers_have_the_schedules_that_the_design_counts() {
    let known = [
        (Strategy::CheckThenUpdate, 92, 80),
        (Strategy::Optimistic, 92, 0),
        (Strategy::RowLock, 36, 0),
    ];
    for (strategy, schedules, overselling) in known {
        let case = case(&last_unit(2), strategy, Isolation::ReadCommitted);
        let (walked, covered) = in_memory(&case, false);
        assert_eq!((covered.schedules, covered.exhausted), (schedules, true));
        let oversells = |walked: &&Walked| verdicts(&case, walked).contains(&Verdict::Oversells);
        assert_eq!(
            walked.iter().filter(oversells).count(),
            overselling,
            "{strategy}"
        );
    }
}

/// Every schedule of two buyers gives the same reply to every statement, the
/// same waits and the same rows on PostgreSQL as in the model.
#[test]
fn postgres_answers_as_the_model_does() {
    for isolation in MODELLED {
        for strategy in Strategy::ALL {
            let case = case(&last_unit(2), strategy, isolation);
            let model = by_schedule(in_memory(&case, false).0);
            let real = by_schedule(on_postgres(&case));
            let differs =
                |(schedule, seen): &(&String, &String)| real.get(*schedule) != Some(*seen);
            if let Some((schedule, seen)) = model.iter().find(differs) {
                let real = real.get(schedule);
                panic!("{strategy} at {isolation}, {schedule}:\n{seen}\nbut really\n{real:?}");
            }
            assert_eq!(model.len(), real.len(), "{strategy} at {isolation}");
        }
    }
}

/// The reduced search reaches exactly the ledgers that the whole one reaches,
/// buyers told apart, with one line and with two in opposite orders, with a
/// second try and with a connection cut.
#[test]
fn the_reduction_loses_no_outcome() {
    let shapes = [
        last_unit(2),
        Shape {
            max_tries: 2,
            ..last_unit(2)
        },
        Shape {
            crash: true,
            ..last_unit(2)
        },
        Shape {
            products: 2,
            lines: 2,
            ..last_unit(2)
        },
    ];
    for shape in &shapes {
        for isolation in MODELLED {
            // The scope bug takes two transactions, and thousands of schedules.
            for strategy in Strategy::ALL
                .into_iter()
                .filter(|s| *s != Strategy::CheckOutside)
            {
                let case = case(shape, strategy, isolation);
                let (whole, all) = in_memory(&case, false);
                let (reduced, fewer) = in_memory(&case, true);
                assert!(all.exhausted && fewer.exhausted);
                assert!(fewer.schedules <= all.schedules);
                let (whole, reduced) = (outcomes(&whole), outcomes(&reduced));
                assert_eq!(whole, reduced, "{strategy} at {isolation}, {shape:?}");
            }
        }
    }
}

fn last_unit(buyers: u32) -> Shape {
    Shape {
        buyers,
        products: 1,
        stock: 1,
        lines: 1,
        units: vec![1],
        lock_order: LockOrder::Cart,
        max_tries: 1,
        crash: false,
    }
}

fn case(shape: &Shape, strategy: Strategy, isolation: Isolation) -> Arc<Case> {
    let terms = Terms {
        strategy,
        isolation,
        max_tries: shape.max_tries,
    };
    Arc::new(shape.case(terms))
}

fn in_memory(case: &Arc<Case>, reduce: bool) -> (Vec<Walked>, Covered) {
    everything(case, reduce, |_| {
        let case = Arc::clone(case);
        async move { Ok(Gate::new(MemoryWorld::new(&case)?, case)) }
    })
}

fn on_postgres(case: &Arc<Case>) -> Vec<Walked> {
    let (walked, covered) = everything(case, false, |_| {
        let (case, (server, name)) = (Arc::clone(case), common::server_and_name());
        async move {
            Ok(Gate::new(
                PostgresWorld::open(server, name, Arc::clone(&case)).await?,
                case,
            ))
        }
    });
    assert!(covered.exhausted);
    walked
}

fn everything<A, F, Made>(case: &Case, reduce: bool, make: F) -> (Vec<Walked>, Covered)
where
    A: Arena,
    F: Fn(usize) -> Made + Sync,
    Made: Future<Output = Result<A, checkout_sim::explore::arena::Error>>,
{
    let rules = Rules {
        crash: case.crash,
        switches_max: None,
        reduce,
    };
    let walked = Mutex::new(Vec::new());
    let see = |one: Walked| walked.lock().unwrap().push(one);
    let (limits, stop) = (Limits::default(), AtomicBool::new(false));
    let covered = search(2, make, Policy::Exhaustive, rules, limits, &stop, &see).unwrap();
    (walked.into_inner().unwrap(), covered)
}

fn by_schedule(walked: Vec<Walked>) -> BTreeMap<String, String> {
    let seen = |one: Walked| (one.schedule.to_string(), in_full(&one));
    walked.into_iter().map(seen).collect()
}

/// Every event, and what was left. Order ids differ: a sequence goes on.
fn in_full(walked: &Walked) -> String {
    let steps: Vec<String> = walked
        .steps
        .iter()
        .map(|step: &Vec<Event>| format!("{step:?}"))
        .collect();
    let ledger = &walked.end.ledger;
    let orders: Vec<_> = ledger.orders.iter().map(|order| order.key).collect();
    let (products, told) = (&ledger.products, &walked.end.told);
    format!("{}\n{products:?} {orders:?} {told:?}", steps.join("\n"))
}

fn outcomes(walked: &[Walked]) -> BTreeSet<String> {
    let one = |walked: &Walked| {
        let ledger = &walked.end.ledger;
        let orders: BTreeSet<_> = ledger.orders.iter().map(|order| order.key).collect();
        format!("{:?} {orders:?} {:?}", ledger.products, walked.end.told)
    };
    walked.iter().map(one).collect()
}

fn verdicts(case: &Case, walked: &Walked) -> Vec<Verdict> {
    let plan = Plan {
        supply: &case.supply,
        carts: &case.carts,
        told: &walked.end.told,
    };
    Verdict::proven(&audit(&walked.end.ledger, plan).total)
}
