//! Two sessions on real connections, stepped by hand through the decisive
//! interleavings: the truths that the strategies stand on.

use checkout_sim::database::{Connection, Schema};
use checkout_sim::session::{Error, Result, Session};
use checkout_sim::shop::{Cart, CheckoutKey, Conflict, Isolation, Line, Sku, Supply};
use checkout_sim::statement::{Reply, Statement};
use checkout_sim::subject::Strategy;
use sqlx::Row;
use tokio::task::JoinHandle;

use super::{common, runtime};

const SKU: Sku = Sku(1);
const READ: Statement = Statement::ReadStock(SKU);
const LOCK: Statement = Statement::LockStock(SKU);
const TAKE: Statement = Statement::TakeStock { sku: SKU, units: 1 };
const DECREMENT: Statement = Statement::DecrementStock { sku: SKU, units: 1 };
const WRITE_0: Statement = Statement::WriteStock { sku: SKU, stock: 0 };
const SWAP_0: Statement = Statement::SwapStock {
    sku: SKU,
    stock: 0,
    if_version: 0,
};

const ONE_ROW: Result<Reply> = Ok(Reply::affected(1));
const NO_ROW: Result<Reply> = Ok(Reply::affected(0));
const SERIALIZATION: Result<Reply> = Err(Error::Conflict(Conflict::Serialization));

/// A shop with one unit of one product, and its sessions.
struct Shop {
    schema: Schema,
    isolation: Isolation,
}

impl Shop {
    async fn new(isolation: Isolation, stock_check: bool) -> Self {
        let mut schema = common::schema().await;
        let supply = [Supply { sku: SKU, units: 1 }];
        schema.lay_out(&supply, stock_check).await.expect("tables");
        Self { schema, isolation }
    }

    /// A session with an open transaction.
    async fn session(&self) -> Connection {
        let connector = self.schema.connector();
        let mut session = connector
            .connect(Strategy::Naive.at(self.isolation))
            .await
            .expect("room");
        session.begin(self.isolation).await.expect("a transaction");
        session
    }

    /// Sends a statement that must wait for a lock; comes back once it waits.
    async fn blocked(&mut self, mut session: Connection, statement: Statement) -> Waiting {
        let pid = session.backend().pid;
        let sent = statement.clone();
        let waiting = tokio::spawn(async move {
            let reply = session.execute(sent).await;
            (session, reply)
        });
        while !waiting.is_finished() {
            let blocked = self.schema.waiting_for_locks().await.expect("an answer");
            if blocked.iter().any(|(blocked, _)| *blocked == pid) {
                return Waiting(waiting);
            }
        }
        let (_, reply) = waiting.await.expect("no panic");
        panic!("{statement:?} did not wait: {reply:?}");
    }

    async fn stock(&self) -> i64 {
        let mut look = common::look_into(&self.schema).await;
        let row = sqlx::query("SELECT stock FROM products").fetch_one(&mut look);
        row.await.expect("the product").get(0)
    }
}

/// A statement that waits.
struct Waiting(JoinHandle<(Connection, Result<Reply>)>);

impl Waiting {
    async fn reply(self) -> (Connection, Result<Reply>) {
        self.0.await.expect("no panic")
    }
}

/// Both read (if the strategy reads), then the first writes, the second's write
/// waits for it, the first commits: what the second is told, and what is left.
async fn race(
    isolation: Isolation,
    stock_check: bool,
    read: Option<Statement>,
    write: Statement,
) -> (Result<Reply>, i64) {
    let mut shop = Shop::new(isolation, stock_check).await;
    let (mut first, mut second) = (shop.session().await, shop.session().await);
    for session in [&mut first, &mut second] {
        if let Some(read) = &read {
            session.execute(read.clone()).await.expect("the product");
        }
    }
    assert_eq!(first.execute(write.clone()).await, ONE_ROW);
    let waiting = shop.blocked(second, write).await;
    first.commit().await.expect("nothing stands in its way");
    let (mut second, reply) = waiting.reply().await;
    if reply.is_ok() {
        second.commit().await.expect("nothing stands in its way");
    } else {
        second.rollback().await.expect("a ROLLBACK is always taken");
    }
    (reply, shop.stock().await)
}

/// At read committed the loser's write sees what the winner left, and what that
/// means is up to the statement. Above, the loser is told 40001.
#[test]
fn what_the_loser_of_a_race_is_told() {
    let check_violation: Result<Reply> = Err(Error::CheckViolation);
    let cases = [
        // The lost update: both set the stock to 0, and both are told it is done.
        ("write", false, Some(READ), WRITE_0, (ONE_ROW, 0)),
        ("decrement", false, Some(READ), DECREMENT, (ONE_ROW, -1)),
        ("decrement, unread", false, None, DECREMENT, (ONE_ROW, -1)),
        (
            "constraint",
            true,
            Some(READ),
            DECREMENT,
            (check_violation, 0),
        ),
        ("swap", false, Some(READ), SWAP_0, (NO_ROW, 0)),
        ("take", false, None, TAKE, (NO_ROW, 0)),
    ];
    runtime().block_on(async {
        for (name, check, read, write, expected) in cases {
            let found = race(Isolation::ReadCommitted, check, read.clone(), write.clone()).await;
            assert_eq!(found, expected, "{name} at read committed");
            for isolation in [Isolation::RepeatableRead, Isolation::Serializable] {
                let found = race(isolation, check, read.clone(), write.clone()).await;
                assert_eq!(found, (SERIALIZATION, 0), "{name} at {isolation}");
            }
        }
    });
}

/// The row lock moves the wait to the read: the loser reads what the winner
/// left, or at the higher levels is told 40001 there and not at its UPDATE.
#[test]
fn with_a_row_lock_the_loser_waits_at_its_read() {
    runtime().block_on(async {
        for isolation in Isolation::ALL {
            let mut shop = Shop::new(isolation, false).await;
            let (mut first, second) = (shop.session().await, shop.session().await);
            let read = first.lock_stock(SKU).await.expect("the product");
            assert_eq!((read.stock, read.version), (1, 0));
            let waiting = shop.blocked(second, LOCK).await;
            assert_eq!(first.execute(WRITE_0).await, ONE_ROW);
            first.commit().await.expect("nothing stands in its way");
            match (isolation, waiting.reply().await.1) {
                (Isolation::ReadCommitted, reply) => {
                    let read = reply.ok().and_then(|reply| reply.as_stock());
                    assert_eq!(read.expect("the product").stock, 0);
                }
                (_, reply) => assert_eq!(reply, SERIALIZATION, "{isolation}"),
            }
        }
    });
}

/// The winner of the row may still lose the sale: if it rolls back, the session
/// that waited gets the unit, at every level.
#[test]
fn a_rollback_gives_the_unit_to_the_waiter() {
    runtime().block_on(async {
        for isolation in Isolation::ALL {
            let mut shop = Shop::new(isolation, false).await;
            let (mut first, second) = (shop.session().await, shop.session().await);
            assert_eq!(first.execute(TAKE).await, ONE_ROW);
            let waiting = shop.blocked(second, TAKE).await;
            first.rollback().await.expect("a ROLLBACK is always taken");
            let (mut second, reply) = waiting.reply().await;
            assert_eq!(reply, ONE_ROW, "{isolation}");
            second.commit().await.expect("nothing stands in its way");
            assert_eq!(shop.stock().await, 0);
        }
    });
}

/// An UPDATE that waited and then matched no row keeps the row lock until its
/// transaction ends; a model without that counts too many schedules. Only a
/// statement that matches the row as it is now meets that lock: a guard that does
/// not match the committed row passes by without waiting.
#[test]
fn a_guard_that_waited_and_failed_keeps_the_row_lock() {
    runtime().block_on(async {
        let mut shop = Shop::new(Isolation::ReadCommitted, false).await;
        let mut first = shop.session().await;
        let second = shop.session().await;
        assert_eq!(first.execute(TAKE).await, ONE_ROW);
        let waiting = shop.blocked(second, TAKE).await;
        first.commit().await.expect("nothing stands in its way");
        let (mut second, reply) = waiting.reply().await;
        assert_eq!(reply, NO_ROW);

        let (mut third, fourth) = (shop.session().await, shop.session().await);
        assert_eq!(third.execute(TAKE).await, NO_ROW);
        let waiting = shop.blocked(fourth, LOCK).await;
        second.rollback().await.expect("a ROLLBACK is always taken");
        let (_, reply) = waiting.reply().await;
        let read = reply.ok().and_then(|reply| reply.as_stock());
        assert_eq!(read.expect("the product").stock, 0);
    });
}

/// Why an attempt remembers its failed statements: PostgreSQL answers COMMIT of
/// a failed transaction with ROLLBACK, and the driver says it is done.
#[test]
fn commit_of_a_failed_transaction_looks_like_success() {
    runtime().block_on(async {
        let shop = Shop::new(Isolation::ReadCommitted, false).await;
        let mut session = shop.session().await;
        assert_eq!(session.execute(TAKE).await, ONE_ROW);
        let failed = session.place_order(&cart_of(Sku(999))).await;
        let Err(Error::Database { sqlstate, .. }) = failed else {
            panic!("an order for a product that does not exist: {failed:?}");
        };
        assert_eq!(sqlstate, "23503", "a foreign key");
        assert_eq!(session.commit().await, Ok(()));
        assert_eq!(shop.stock().await, 1, "and yet nothing was committed");
    });
}

/// A backend that is ended has no SQLSTATE to retry on: the connection is lost,
/// and what it had not committed is gone.
#[test]
fn a_backend_that_is_ended_is_a_lost_connection() {
    runtime().block_on(async {
        let mut shop = Shop::new(Isolation::ReadCommitted, false).await;
        let mut session = shop.session().await;
        assert_eq!(session.execute(TAKE).await, ONE_ROW);
        let backend = session.backend();
        assert!(shop.schema.is_alive(backend).await.expect("an answer"));
        let mut look = common::look_into(&shop.schema).await;
        sqlx::query("SELECT pg_terminate_backend($1)")
            .bind(backend.pid)
            .execute(&mut look)
            .await
            .expect("a superuser may");
        let reply = session.commit().await;
        assert!(matches!(reply, Err(Error::ConnectionLost(_))), "{reply:?}");
        while shop.schema.is_alive(backend).await.expect("an answer") {}
        assert!(
            !shop
                .schema
                .has_order(CheckoutKey(1))
                .await
                .expect("an answer")
        );
        assert_eq!(shop.stock().await, 1);
    });
}

fn cart_of(sku: Sku) -> Cart {
    Cart {
        buyer: 0,
        key: CheckoutKey(1),
        lines: [Line { sku, units: 1 }].into(),
        operation: 0,
    }
}
