//! What a run counted, held against what the server counted meanwhile.

use checkout_sim::load::RunResult;
use checkout_sim::scenario::{RetryDelay, Scenario};
use checkout_sim::shop::Isolation;
use checkout_sim::subject::Strategy;

use super::quiet::Quiet;
use super::{cells, common, runtime};

/// Transactions that a database has seen the end of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ended {
    committed: i64,
    rolled_back: i64,
}

impl Ended {
    async fn so_far(server: &mut Quiet) -> Self {
        let (committed, rolled_back) = server.ended().await;
        Self {
            committed,
            rolled_back,
        }
    }

    fn since(self, earlier: Self) -> Self {
        Self {
            committed: self.committed - earlier.committed,
            rolled_back: self.rolled_back - earlier.rolled_back,
        }
    }
}

/// A run, and what the server counted from its set-up to its end.
async fn counts(
    server: &mut Quiet,
    scenario: &Scenario,
    cell: (Strategy, Isolation),
) -> (RunResult, Ended) {
    let before = Ended::so_far(server).await;
    let result = server.run(scenario, cell).await;
    (result, Ended::so_far(server).await.since(before))
}

/// What `sim` says that the buyers' transactions and its own looks came to.
fn recorded(result: &RunResult) -> Ended {
    let count = |n: u64| i64::try_from(n).expect("small");
    let (sold, looks) = (count(result.outcomes.sold), count(result.evidence.looks));
    // The statement of the looks is prepared in a transaction of its own.
    let looks = looks + looks.min(1);
    Ended {
        committed: sold + looks,
        rolled_back: count(result.effort.attempts) - sold,
    }
}

/// Every sale is one commit, every other attempt one rollback, and the server
/// counted exactly those. What else a run does (tables, connections, prepared
/// statements, the audit) is the same however many buyers there are, so a run
/// of one buyer says how much that is.
#[test]
fn the_server_counted_the_same_transactions() {
    let crowd = Scenario {
        buyers: 300,
        stock: 60,
        connections: 8,
        max_tries: 4,
        retry_delay: RetryDelay {
            min_us: 100,
            max_us: 1_000,
        },
        ..common::default_scenario()
    };
    let alone = Scenario {
        buyers: 1,
        ..crowd.clone()
    };
    let (mut refused, mut lost) = (0, 0);
    runtime().block_on(async {
        let mut server = Quiet::start(&[]).await;
        // Autocommit has a transaction for each statement, and check-outside
        // another one for what it reads before it begins.
        let is_one_transaction =
            |s: Strategy| ![Strategy::Autocommit, Strategy::CheckOutside].contains(&s);
        for cell in cells().filter(|(strategy, _)| is_one_transaction(*strategy)) {
            let (few, of_few) = counts(&mut server, &alone, cell).await;
            let (many, of_many) = counts(&mut server, &crowd, cell).await;
            let counted = of_many.since(of_few);
            let told = recorded(&many).since(recorded(&few));
            assert_eq!(counted, told, "{cell:?}");
            refused += many.outcomes.sold_out;
            lost += many.effort.lost_attempts();
        }
        server.stop();
    });
    assert!(refused > 0 && lost > 0, "{refused} refused, {lost} lost");
}
