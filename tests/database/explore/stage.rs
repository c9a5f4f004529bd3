//! Cases, worlds, and what a schedule has shown.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use checkout_sim::event::Event;
use checkout_sim::explore::arena::{Arena, Error};
use checkout_sim::explore::bounds::Rules;
use checkout_sim::explore::bounds::{Covered, Limits, Policy};
use checkout_sim::explore::case::Case;
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::walk::Walked;
use checkout_sim::explore::worlds::engine::PostgresWorld;
use checkout_sim::explore::worlds::gate::Gate;
use checkout_sim::explore::worlds::memory::MemoryWorld;
use checkout_sim::flow::Terms;
use checkout_sim::oracle::Verdict;
use checkout_sim::scenario::Shape;
use checkout_sim::shop::{Isolation, LockOrder};
use checkout_sim::subject::Strategy;

use crate::common;

/// The levels that the model knows.
pub const MODELLED: [Isolation; 2] = [Isolation::ReadCommitted, Isolation::RepeatableRead];

/// Every strategy at every level that the model knows.
pub fn cells() -> impl Iterator<Item = (Strategy, Isolation)> {
    let levels = |strategy| MODELLED.map(|isolation| (strategy, isolation));
    Strategy::ALL.into_iter().flat_map(levels)
}

/// Everybody wants the last unit.
pub fn last_unit(buyers: u32) -> Shape {
    Shape {
        buyers,
        products: 1,
        stock: 1,
        lines: 1,
        duplicate_lines: false,
        units: vec![1],
        lock_order: LockOrder::Cart,
        max_tries: 1,
        crash: false,
    }
}

/// Two buyers who want the last unit of two products, in opposite orders.
pub fn two_lines() -> Shape {
    Shape {
        products: 2,
        lines: 2,
        duplicate_lines: false,
        ..last_unit(2)
    }
}

pub fn case(shape: &Shape, strategy: Strategy, isolation: Isolation) -> Arc<Case> {
    let terms = Terms {
        cell: strategy.at(isolation),
        max_tries: shape.max_tries,
    };
    Arc::new(shape.case(terms))
}

pub const fn rules(case: &Case, reduce: bool) -> Rules {
    Rules {
        crash: case.crash,
        switches_max: None,
        reduce,
    }
}

/// Every schedule in memory, shown to `see`.
pub fn in_memory(case: &Arc<Case>, reduce: bool, see: &(dyn Fn(Walked) + Sync)) -> Covered {
    let covered = step(Policy::Exhaustive, rules(case, reduce), see, |_| {
        memory(case)
    });
    assert!(covered.exhausted);
    covered
}

/// A sample of schedules in memory, each once.
pub fn sample(case: &Arc<Case>, schedules: u64, seed: u64) -> Vec<Walked> {
    let policy = Policy::Random { schedules, seed };
    let drawn = Mutex::new(BTreeMap::new());
    let see = |one: Walked| {
        drawn.lock().unwrap().insert(one.schedule.clone(), one);
    };
    step(policy, rules(case, false), &see, |_| memory(case));
    drawn.into_inner().unwrap().into_values().collect()
}

async fn memory(case: &Arc<Case>) -> Result<Gate<MemoryWorld>, Error> {
    Ok(Gate::new(MemoryWorld::new(case)?, Arc::clone(case)))
}

/// Every schedule on PostgreSQL, as PostgreSQL leads to them.
pub fn on_postgres(case: &Arc<Case>) -> Vec<Walked> {
    let walked = Mutex::new(Vec::new());
    let see = |one: Walked| walked.lock().unwrap().push(one);
    let covered = step(Policy::Exhaustive, rules(case, false), &see, |_| {
        postgres(case)
    });
    assert!(covered.exhausted);
    walked.into_inner().unwrap()
}

/// Sessions on the tests' cluster, in a schema of their own.
pub async fn postgres(case: &Arc<Case>) -> Result<Gate<PostgresWorld>, Error> {
    let (server, name) = common::server_and_name();
    let world = PostgresWorld::open(server, name, Arc::clone(case)).await?;
    Ok(Gate::new(world, Arc::clone(case)))
}

fn step<A, F, Made>(policy: Policy, rules: Rules, see: &(dyn Fn(Walked) + Sync), make: F) -> Covered
where
    A: Arena,
    F: Fn(usize) -> Made + Sync,
    Made: Future<Output = Result<A, Error>>,
{
    let (limits, stop) = (Limits::default(), AtomicBool::new(false));
    let mut arenas = Arenas::open(2, make).unwrap();
    let (covered, worked) = arenas.search(policy, rules, limits, &stop, see);
    worked.unwrap();
    covered
}

/// Every event, and what was left.
pub fn in_full(walked: &Walked) -> String {
    let step = |step: &Vec<Event>| format!("{step:?}");
    let steps: Vec<String> = walked.steps.iter().map(step).collect();
    format!("{}\n{}", steps.join("\n"), left(walked))
}

/// The ledger, and what each buyer was told. Order ids are left out: a
/// sequence goes on.
pub fn left(walked: &Walked) -> String {
    let ledger = &walked.end.ledger;
    let key = |id: i64| {
        let order = ledger.orders.iter().find(|order| order.id == id);
        order.map(|order| order.key)
    };
    let mut orders: Vec<_> = ledger.orders.iter().map(|order| order.key).collect();
    orders.sort_unstable();
    let rows = ledger.lines.iter();
    let mut lines: Vec<_> = rows.map(|row| (key(row.order_id), row.line)).collect();
    lines.sort_unstable();
    let (products, told) = (&ledger.products, &walked.end.told);
    format!("{products:?} {orders:?} {lines:?} {told:?}")
}

pub fn verdicts(case: &Case, walked: &Walked) -> Vec<Verdict> {
    Verdict::proven(&case.audit(&walked.end).total)
}
