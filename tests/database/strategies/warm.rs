//! What a connection has behind it when the first buyer comes.

use std::collections::BTreeMap;

use checkout_sim::scenario::Scenario;
use checkout_sim::shop::Isolation;
use checkout_sim::subject::Strategy;

use super::quiet::Quiet;
use super::{common, runtime};

const CONNECTIONS: u32 = 4;

/// How each statement begins that every buyer sends.
const OF_BUYERS: [&str; 3] = ["SELECT stock", "UPDATE ", "WITH placed"];

/// How often the planner was called in a run for each statement of the buyers.
/// A check of a foreign key counts for the statement that it checks.
async fn planned(
    server: &mut Quiet,
    scenario: &Scenario,
    strategy: Strategy,
) -> BTreeMap<String, u32> {
    let before = server.log().len();
    let run = server.run(scenario, (strategy, Isolation::ReadCommitted));
    assert_eq!(run.await.outcomes.sold, u64::from(scenario.buyers));
    let log = server.log().split_off(before);
    assert!(log.contains("PLANNER STATISTICS"), "{log}");
    assert!(!log.contains("ERROR"), "{log}");
    let statements = log.lines().filter_map(|l| l.split_once("STATEMENT:  "));
    let mut planned = BTreeMap::new();
    for (_, statement) in statements {
        if OF_BUYERS.iter().any(|begin| statement.starts_with(begin)) {
            *planned.entry(statement.to_owned()).or_default() += 1;
        }
    }
    planned
}

/// PostgreSQL plans a statement anew for its first executions in a server
/// process, and for the checks of foreign keys it does so from the first order
/// on: buyers would pay for that, three times the work of a sale for the first
/// five at each connection. So statements that every buyer sends are planned as
/// often for one buyer as for many. None of that leaves an error in the log.
#[test]
fn no_buyer_waits_for_a_plan() {
    let crowd = Scenario {
        buyers: 400,
        stock: 400,
        products: 20,
        connections: CONNECTIONS,
        max_tries: 100,
        ..common::default_scenario()
    };
    let alone = Scenario {
        buyers: 1,
        ..crowd.clone()
    };
    runtime().block_on(async {
        // The second has each of them followed by the statement.
        let mut server = Quiet::start(&[
            ("log_planner_stats", "on"),
            ("log_min_error_statement", "log"),
        ])
        .await;
        for strategy in [Strategy::Optimistic, Strategy::RowLock, Strategy::Atomic] {
            let few = planned(&mut server, &alone, strategy).await;
            let many = planned(&mut server, &crowd, strategy).await;
            assert_eq!(many, few, "{strategy}");
            let statements = if strategy == Strategy::Atomic { 2 } else { 3 };
            assert_eq!(many.len(), statements, "{strategy}: {many:#?}");
            let least = many.values().min();
            assert!(least >= Some(&CONNECTIONS), "{strategy}: {many:#?}");
        }
        server.stop();
    });
}
