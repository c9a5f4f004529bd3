//! What a connection has prepared before the first buyer comes.

use std::sync::Arc;

use checkout_sim::session::Session as _;
use checkout_sim::shop::Isolation;
use checkout_sim::statement::{Statement, TextLook, TextReach, TextStatement};
use checkout_sim::subject::{self, Strategy};
use checkout_sim::value::Value;

use crate::common;

/// Over text too, a warm-up makes whole attempts: up to the order, the last statement
/// before COMMIT, it has prepared everything, and it leaves no row.
#[tokio::test]
async fn a_warm_up_over_text_comes_to_the_order_and_leaves_nothing() {
    let mut schema = common::schema().await;
    for strategy in Strategy::ALL {
        let subject = strategy.subject();
        let laid_out = schema.lay_out(&[], subject::has_stock_check(subject)).await;
        laid_out.expect("tables");
        let level = Isolation::ReadCommitted;
        let opened = schema.connector().connect_for_text(level).await;
        let mut connection = opened.expect("a session");
        connection.warm_up(subject, 2, 2).await.expect("it sells");
        let count = |sql: &str| {
            Statement::Sql(Arc::new(TextStatement {
                sql: sql.into(),
                values: Vec::new(),
                bound: None,
                changes: false,
                look: TextLook::Unknown,
                reach: TextReach::Query,
                line: 1,
            }))
        };
        for (sql, expected) in [
            (
                "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'WITH placed%'",
                "1",
            ),
            ("SELECT count(*) FROM products", "0"),
            ("SELECT count(*) FROM orders", "0"),
        ] {
            let reply = connection.execute(count(sql)).await.expect("a count");
            let row = reply.table().and_then(|table| table.rows().next());
            let expected = [Value::Text(expected.into())];
            assert_eq!(row, Some(&expected[..]), "{strategy}: {sql}");
        }
        connection.close().await;
    }
}
