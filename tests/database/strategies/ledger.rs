//! What the database holds after a run, asked in plain SQL: the audit's reading
//! of the tables is not believed, it is compared.

use checkout_sim::load::RunResult;
use checkout_sim::scenario::Scenario;
use checkout_sim::shop::Isolation;
use checkout_sim::subject::{Role, Strategy};
use sqlx::Row;
use sqlx::postgres::PgConnection;

/// One row; `$1` is the supply of each product, `$2` the lines of each cart.
const FACTS: &str = "
WITH shelf AS (
    SELECT p.stock, coalesce(sum(l.units), 0)::bigint AS sold
    FROM products p LEFT JOIN order_lines l ON l.product_id = p.id
    GROUP BY p.id
), held AS (
    SELECT o.checkout_key, count(l.line_no) AS lines
    FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id
    GROUP BY o.id
)
SELECT
    (SELECT sum(greatest(sold - $1, 0)) FROM shelf)::bigint,
    (SELECT sum(greatest(sold - ($1 - stock), 0)) FROM shelf)::bigint,
    (SELECT sum(greatest(($1 - stock) - sold, 0)) FROM shelf)::bigint,
    (SELECT sum(greatest(-stock, 0)) FROM shelf)::bigint,
    (SELECT count(*) - count(DISTINCT checkout_key) FROM held),
    (SELECT count(*) FROM held WHERE lines <> $2),
    (SELECT count(DISTINCT checkout_key) FROM held),
    (SELECT sum(sold) FROM shelf)::bigint,
    (SELECT sum(stock) FROM shelf)::bigint,
    (SELECT count(*) FROM shelf)";

/// Compares the result with the tables it was read from.
pub async fn cross_check(
    look: &mut PgConnection,
    scenario: &Scenario,
    cell: (Strategy, Isolation),
    result: &RunResult,
) {
    let row = sqlx::query(FACTS)
        .bind(i64::from(scenario.stock))
        .bind(i64::from(scenario.lines))
        .fetch_one(look)
        .await
        .expect("the tables of the run are there");
    let fact = |column: usize| row.get::<i64, _>(column);
    let audited = [
        "oversold",
        "lost_updates",
        "leaked_stock",
        "negative_stock",
        "duplicate_orders",
        "partial_orders",
    ];
    let audited = audited.map(|rule| result.findings.count(rule).cast_signed());
    let asked: [i64; 6] = std::array::from_fn(fact);
    assert_eq!(audited, asked, "{cell:?}: the audit against plain SQL");

    // A buyer has an order exactly if the buyer was told `sold`.
    let (checkouts, sold, stock, products) = (fact(6), fact(7), fact(8), fact(9));
    assert_eq!(checkouts, result.outcomes.sold.cast_signed(), "{cell:?}");
    let units = i64::from(scenario.units) * i64::from(scenario.lines);
    assert_eq!(sold, checkouts * units, "{cell:?}");
    assert_eq!(products, i64::from(scenario.products), "{cell:?}");
    if cell.0.profile().role == Role::Fix {
        let supply = i64::from(scenario.stock) * products;
        assert_eq!(sold + stock, supply, "{cell:?}: the books balance");
    }
}
