//! How fast the model is; only a release build says anything about it.

mod support {
    pub mod mvcc;
}

use std::time::Instant;

use checkout_sim::shop::Isolation;
use checkout_sim::statement::Statement::{self, Begin, Commit, LockStock, ReadStock, Rollback};
use support::mvcc::{P, cart, fresh, place, swap, take, write};

/// Schedules of two buyers as an explorer runs them, each on a shop of its own:
/// with a wait, with a conflict, and one after the other.
#[test]
#[ignore = "slow: measures a release build"]
fn a_million_statements_a_second() {
    let begin = Begin(Isolation::ReadCommitted);
    let carts = [cart(1, &[(1, 1)]), cart(2, &[(1, 1)])];
    let order = |session: usize| place(&carts[session]);
    let row_lock: [(usize, Statement<'_>); 9] = [
        (0, begin),
        (1, begin),
        (0, LockStock(P)),
        (1, LockStock(P)),
        (0, write(0)),
        (0, order(0)),
        (0, Commit),
        (1, ReadStock(P)),
        (1, Rollback),
    ];
    let optimistic = [
        (0, begin),
        (1, begin),
        (0, ReadStock(P)),
        (1, ReadStock(P)),
        (0, swap(0, 0)),
        (0, order(0)),
        (0, Commit),
        (1, swap(0, 0)),
        (1, Rollback),
    ];
    let atomic = [
        (0, begin),
        (0, take(1)),
        (0, order(0)),
        (0, Commit),
        (1, begin),
        (1, take(1)),
        (1, Rollback),
    ];
    let schedules: [&[(usize, Statement<'_>)]; 3] = [&row_lock, &optimistic, &atomic];
    let rounds = 200_000;
    let started = Instant::now();
    for _ in 0..rounds {
        for schedule in schedules {
            let mut store = fresh(&[(1, 1)], Isolation::ReadCommitted, 2);
            for &(session, statement) in schedule {
                std::hint::black_box(store.execute(session, statement));
            }
        }
    }
    let statements = rounds * schedules.iter().map(|s| s.len()).sum::<usize>();
    let rate = statements as f64 / started.elapsed().as_secs_f64();
    println!("{rate:.0} statements a second");
    assert!(cfg!(debug_assertions) || rate > 1e6, "only {rate:.0}");
}
