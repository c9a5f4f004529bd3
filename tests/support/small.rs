//! Small shops, and the model in memory behind the gate.

use std::sync::Arc;

use checkout_sim::explore::case::Case;
use checkout_sim::explore::worlds::gate::Gate;
use checkout_sim::explore::worlds::memory::MemoryWorld;
use checkout_sim::flow::Terms;
use checkout_sim::scenario::Shape;
use checkout_sim::shop::{Isolation, LockOrder, Retry};
use checkout_sim::subject::Strategy;

/// Each buyer wants the last unit.
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
        retry: Retry::default(),
        crash: false,
    }
}

/// Two buyers who want the last unit of two products, in opposite orders.
pub fn two_lines() -> Shape {
    Shape {
        products: 2,
        lines: 2,
        ..last_unit(2)
    }
}

pub fn case(shape: &Shape, strategy: Strategy, isolation: Isolation) -> Arc<Case> {
    let terms = Terms {
        cell: strategy.at(isolation),
        max_tries: shape.max_tries,
        retry: Retry::default(),
    };
    Arc::new(shape.case(terms))
}

pub fn in_memory(case: &Arc<Case>) -> Gate<MemoryWorld> {
    let world = MemoryWorld::new(case).expect("a level that the model knows");
    Gate::new(world, Arc::clone(case))
}
