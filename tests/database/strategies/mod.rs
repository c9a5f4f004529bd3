//! Every strategy against the real database, in both directions: what must
//! fail fails, what must hold holds.
//!
//! The slow tests repeat that until "every time" means something:
//! `cargo test --release --test database -- --ignored`.

mod equal;
mod every_time;
mod ledger;
mod load;
mod quiet;
mod stepped;
mod totals;
mod warm;

use crate::common;
use std::sync::Arc;

use checkout_sim::database::Schema;
use checkout_sim::flow::Terms;
use checkout_sim::load::{self as full_speed, Progress, RunResult, Stop};
use checkout_sim::scenario::Scenario;
use checkout_sim::shop::{Isolation, Retry};
use checkout_sim::subject::Strategy;
use tokio::runtime::Runtime;

/// As `sim` makes it: buyers really run side by side.
fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

/// Every strategy at every isolation level.
fn cells() -> impl Iterator<Item = (Strategy, Isolation)> {
    let levels = |strategy| Isolation::ALL.map(|isolation| (strategy, isolation));
    Strategy::ALL.into_iter().flat_map(levels)
}

/// Carts of three lines over fifty products: as many units wanted for each one
/// there is as with the defaults, and many products that sell out one by one.
/// Of ten products most are gone when the last units of one are raced for, and
/// carts fail for several of them at once, which shows nothing.
fn three_lines() -> Scenario {
    Scenario {
        products: 50,
        lines: 3,
        stock: 6,
        ..common::default_scenario()
    }
}

async fn run(
    schema: &mut Schema,
    scenario: &Scenario,
    cell: (Strategy, Isolation),
    run: u32,
) -> RunResult {
    let terms = Terms {
        cell: cell.0.at(cell.1),
        max_tries: scenario.max_tries,
        retry: Retry::default(),
    };
    let progress = Arc::new(Progress::default());
    let result = full_speed::run(schema, scenario, terms, run, &Stop::default(), &progress)
        .await
        .expect("the run begins");
    assert_eq!(progress.finished(), u64::from(scenario.buyers));
    result
}

/// What went wrong in a run that has nothing to do with concurrency and is not
/// PostgreSQL's own defect.
fn faults(result: &RunResult) -> Option<String> {
    let mut faults = result.faults.clone();
    faults.messages.retain(|m, _| !m.contains(SERVER_DEFECT));
    faults.any().then(|| format!("{faults:?}"))
}

/// Where key-share locks of foreign keys meet updates that abort, PostgreSQL 15
/// now and then fails one statement with XX000 instead of 40001 (seen under
/// `autocommit` at serializable, on a machine with far more work than cores).
/// `sim` rightly calls that a fault; these tests are about strategies.
const SERVER_DEFECT: &str = "new multixact has more than one updating member";
