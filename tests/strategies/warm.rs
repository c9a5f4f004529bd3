//! What a connection has behind it when the first buyer comes.

use std::collections::BTreeMap;

use checkout_sim::scenario::Scenario;
use checkout_sim::shop::Isolation;
use checkout_sim::strategy::Strategy;
use sqlx::{Executor as _, Row as _};

use super::quiet::Quiet;
use super::{common, runtime};

const CONNECTIONS: u32 = 4;

/// How often each statement of a run was planned and executed, with those that
/// PostgreSQL sends itself to check foreign keys.
async fn planned(
    server: &mut Quiet,
    scenario: &Scenario,
    strategy: Strategy,
) -> BTreeMap<String, (i64, i64)> {
    let reset = "SELECT pg_stat_statements_reset()";
    server.onlooker.execute(reset).await.expect("a reset");
    server
        .run(scenario, (strategy, Isolation::ReadCommitted))
        .await;
    let counts = "SELECT query, plans, calls FROM pg_stat_statements \
                  WHERE query ~ '[$]1' AND query ~ 'products|orders|order_lines'";
    let rows = server.onlooker.fetch_all(counts).await.expect("counts");
    let rows = rows.iter();
    rows.map(|row| (row.get(0), (row.get(1), row.get(2))))
        .collect()
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
        ..common::default_scenario()
    };
    let alone = Scenario {
        buyers: 1,
        ..crowd.clone()
    };
    runtime().block_on(async {
        let mut server = Quiet::start(&[
            ("shared_preload_libraries", "pg_stat_statements"),
            ("pg_stat_statements.track", "all"),
            ("pg_stat_statements.track_planning", "on"),
        ])
        .await;
        let create = "CREATE EXTENSION pg_stat_statements";
        server.onlooker.execute(create).await.expect("contrib");
        for strategy in [Strategy::Optimistic, Strategy::RowLock, Strategy::Atomic] {
            let few = planned(&mut server, &alone, strategy).await;
            let many = planned(&mut server, &crowd, strategy).await;
            let mut often = 0;
            for (query, (plans, calls)) in &many {
                if *calls < i64::from(crowd.buyers) {
                    continue;
                }
                often += 1;
                let of_few = few.get(query).map(|(plans, _)| *plans);
                assert_eq!(Some(*plans), of_few, "{strategy}: {query}");
                assert!(*plans >= i64::from(CONNECTIONS), "{strategy}: {query}");
            }
            // The order, two foreign keys, and the strategy's own: one or two.
            let expected = if strategy == Strategy::Atomic { 4 } else { 5 };
            assert_eq!(often, expected, "{strategy}: {many:#?}");
        }
        let log = server.log();
        assert!(log.contains("ready to accept connections"), "{log}");
        assert!(!log.contains("ERROR"), "{log}");
        server.stop();
    });
}
