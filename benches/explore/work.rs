//! The schedules that every contender runs.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use checkout_sim::explore::bounds::Rules;
use checkout_sim::explore::bounds::{Limits, Policy};
use checkout_sim::explore::case::Case;
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::trace::{Happening, Trace, follow};
use checkout_sim::explore::worlds::gate::Gate;
use checkout_sim::explore::worlds::memory::MemoryWorld;
use checkout_sim::flow::Terms;
use checkout_sim::scenario::Shape;
use checkout_sim::shop::{Isolation, LockOrder, Retry};
use checkout_sim::subject::Strategy;

pub const RULES: Rules = Rules {
    crash: false,
    switches_max: None,
    reduce: false,
};

/// Each buyer wants the last unit of as many products as a cart has lines, and
/// neighbours begin with another one: two carts of two lines are opposite.
pub fn last_unit(buyers: u32, lines: u32, strategy: Strategy) -> Arc<Case> {
    let shape = Shape {
        buyers,
        products: lines,
        stock: 1,
        lines,
        duplicate_lines: false,
        units: vec![1],
        lock_order: LockOrder::Cart,
        max_tries: 1,
        retry: Retry::default(),
        crash: false,
    };
    Arc::new(shape.case(Terms {
        cell: strategy.at(Isolation::ReadCommitted),
        max_tries: 1,
        retry: Retry::default(),
    }))
}

/// Schedules of one small shop.
pub struct Work {
    pub case: Arc<Case>,
    pub traces: Vec<Trace>,
}

/// Every schedule of two buyers: those in which a session waits, and the rest.
pub fn work(strategy: Strategy) -> Result<(Work, Work)> {
    let case = last_unit(2, 1, strategy);
    let mut arenas = Arenas::open(1, |_| async {
        Ok(Gate::new(MemoryWorld::new(&case)?, case.clone()))
    })?;
    let schedules = Mutex::new(Vec::new());
    let see = |walked: checkout_sim::explore::walk::Walked| {
        schedules.lock().expect("no panic").push(walked.schedule);
    };
    let (limits, stop) = (Limits::default(), AtomicBool::new(false));
    let (_, worked) = arenas.search(Policy::Exhaustive, RULES, limits, &stop, &see);
    worked?;
    let (mut waiting, mut free) = (Vec::new(), Vec::new());
    let (arena, runtime) = arenas.first();
    for schedule in schedules.into_inner().expect("no panic") {
        let trace = runtime.block_on(follow(arena, &case, &schedule))?;
        match waits(&trace) {
            true => waiting.push(trace),
            false => free.push(trace),
        }
    }
    let of = |traces| Work {
        case: case.clone(),
        traces,
    };
    Ok((of(waiting), of(free)))
}

fn waits(trace: &Trace) -> bool {
    let mut happenings = trace.steps.iter().flat_map(|step| &step.happenings);
    happenings.any(|happening| matches!(happening, Happening::Wait { .. }))
}
