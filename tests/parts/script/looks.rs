//! Which lines of its cart a script's statement looks at: by its words, and by what the
//! variables hold that it is sent with. What is not certain is no look, since evidence for
//! `safe` hangs on it.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use checkout_sim::cell::Cell;
use checkout_sim::effect::Looks;
use checkout_sim::flow::InProcess;
use checkout_sim::session::{Result, Session};
use checkout_sim::shop::{Cart, CheckoutKey, Isolation, Line, Sku};
use checkout_sim::statement::{Reply, Statement, Stock};
use checkout_sim::subject::{Client as _, Memory, Strategy, add_script, script::shipped};
use checkout_sim::value::{Table, Value};
use tokio::runtime::Builder;

/// A database in which there is enough of everything; keeps what each statement looks at.
#[derive(Default)]
struct Kept(Vec<Option<Vec<u32>>>);

impl Session for Kept {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        let effect = statement.effect();
        if !effect.kind.is_control() {
            self.0.push(match effect.looks {
                Looks::At(products) => Some(products.iter().map(|sku| sku.0).collect()),
                Looks::Unknown => None,
            });
        }
        let text = statement.as_text().map_or("", |text| &*text.sql);
        if text.contains("AS product_1") {
            let mut table = Table::empty(Cow::Owned(vec![Cow::Borrowed("product_1")]));
            table.push([Value::Int(9)]);
            return Ok(Reply::Rows {
                affected: 1,
                table: Some(Arc::new(table)),
            });
        }
        Ok(match effect.kind.is_control() {
            true => Reply::Done,
            false => Reply::stock(Some(Stock {
                stock: 50,
                version: 1,
            })),
        })
    }
}

fn cart(products: &[u32]) -> Cart {
    let lines = products.iter().map(|sku| Line {
        sku: Sku(*sku),
        units: 1,
    });
    Cart {
        buyer: 0,
        key: CheckoutKey(1),
        lines: lines.collect(),
        operation: 0,
    }
}

fn kept(cell: Cell, cart: &Cart) -> Vec<Option<Vec<u32>>> {
    let mut client = InProcess::new(cell, Kept::default());
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(client.attempt(cart, 0, &mut Memory::default()));
    client.session.0
}

/// What each statement of a text looks at, for a cart of these products.
fn looks(name: &str, text: &str, products: &[u32]) -> Vec<Option<Vec<u32>>> {
    let subject = add_script(Path::new(name), text).unwrap_or_else(|wrong| panic!("{wrong}"));
    let level = Isolation::ReadCommitted;
    kept(Cell { subject, level }, &cart(products))
}

/// What each one statement looks at, for a cart of the products 4, 9 and 2.
#[test]
fn a_statement_looks_at_the_products_that_its_variables_name() {
    const NOTHING: Option<&[u32]> = Some(&[]);
    let cases: &[(&str, Option<&[u32]>)] = &[
        ("SELECT stock FROM products WHERE id = :product", Some(&[4])),
        (
            "SELECT 1 FROM \"products\" WHERE id = :product_2 FOR UPDATE",
            Some(&[9]),
        ),
        (
            "UPDATE Products SET stock = stock - :units_3 WHERE id = :product_3",
            Some(&[2]),
        ),
        (
            "DELETE FROM ONLY products p WHERE (p.id) = (:product_1)",
            Some(&[4]),
        ),
        (
            "SELECT * FROM orders o, public.products p WHERE p.id = :product_2",
            Some(&[9]),
        ),
        (
            "SELECT stock FROM products WHERE id IN (:product_1, :product_3)",
            Some(&[2, 4]),
        ),
        (
            "SELECT stock FROM products WHERE id = :product AND :product_1 > 0",
            Some(&[4]),
        ),
        (
            "SELECT stock FROM products WHERE id = ANY(:products::int[]) ORDER BY id",
            Some(&[2, 4, 9]),
        ),
        (
            "SELECT stock FROM products WHERE id = ANY(ARRAY[:product_1, :product_2])",
            Some(&[4, 9]),
        ),
        (
            "UPDATE products p SET stock = stock - l.units FROM unnest(:products::int[], :units_of::int[]) AS l(id, units) WHERE p.id = l.id",
            Some(&[2, 4, 9]),
        ),
        (
            "WITH l AS (SELECT unnest(:products::int[]) AS id) UPDATE products p SET stock = 0 FROM l WHERE p.id = l.id",
            Some(&[2, 4, 9]),
        ),
        (
            "INSERT INTO order_lines SELECT 1, 1, id, :units FROM products WHERE id = :product AND stock > 0",
            Some(&[4]),
        ),
        (
            "WITH t AS (UPDATE products SET stock = 0 WHERE id = :product_2 RETURNING id) INSERT INTO order_lines SELECT 1, 1, :product_1, 1 FROM t",
            Some(&[9]),
        ),
        ("SELECT pg_advisory_xact_lock(:product_2)", Some(&[9])),
        (
            "MERGE INTO products USING orders ON products.id = :product_1 WHEN MATCHED THEN DELETE",
            Some(&[4]),
        ),
        // What cannot be looking.
        (
            "INSERT INTO orders (checkout_key, buyer) VALUES (:product_1, :buyer)",
            NOTHING,
        ),
        (
            "WITH placed AS (INSERT INTO orders VALUES (:buyer) RETURNING id) INSERT INTO order_lines SELECT placed.id, no, :product_1, 1 FROM placed, unnest(:products::int[]) AS products (no)",
            NOTHING,
        ),
        (
            "SELECT count(*) FROM order_lines WHERE product_id = :product_1",
            NOTHING,
        ),
        (
            "SELECT products FROM unnest(:products::int[]) AS products",
            NOTHING,
        ),
        ("INSERT INTO products VALUES (:product_1, 0, 0)", NOTHING),
        ("SELECT pg_advisory_unlock(:product_2)", NOTHING),
        (
            "SELECT 'FROM products', :product_1::int /* FROM products */",
            NOTHING,
        ),
        ("SET lock_timeout = 0", NOTHING),
        // What words do not tell.
        ("SELECT stock FROM products", None),
        ("LOCK TABLE products", None),
        (
            "SELECT stock FROM products WHERE id = :buyer AND stock > :units_2",
            None,
        ),
        ("SELECT pg_advisory_xact_lock(1)", None),
        ("DO $$ BEGIN UPDATE products SET stock = 0; END $$", None),
        (
            "EXPLAIN SELECT stock FROM products WHERE id = :product_1",
            None,
        ),
        (
            "WITH products AS (SELECT :product_1::int AS id) SELECT id FROM products WHERE id = :product_1",
            None,
        ),
        (
            "WITH a AS (SELECT 1), products(id) AS MATERIALIZED (SELECT 1) SELECT id FROM products WHERE id = :product_1",
            None,
        ),
        // A part of several lines.
        (
            "SELECT stock FROM products WHERE id = (:products::int[])[2]",
            None,
        ),
        (
            "SELECT stock FROM products WHERE id = ANY(:products::int[]) LIMIT 1",
            None,
        ),
        (
            "SELECT stock FROM products WHERE id = (SELECT min(p) FROM unnest(:products::int[]) p)",
            None,
        ),
        (
            "SELECT stock FROM products JOIN unnest(:products::int[]) WITH ORDINALITY AS l(id, no) USING (id) WHERE no = 2",
            None,
        ),
        (
            "SELECT stock FROM products WHERE id = ANY(array_remove(:products::int[], 9))",
            None,
        ),
        (
            "SELECT stock FROM products WHERE id = CASE WHEN :lines > 1 THEN :product_2 ELSE :product_1 END",
            None,
        ),
        (
            "SELECT stock FROM products WHERE id = :product_1 UNION SELECT :product_2",
            None,
        ),
        (
            "WITH l AS (INSERT INTO order_lines VALUES (1, 1, :product_2, 1)) UPDATE products SET stock = 0 WHERE id = :product_1",
            None,
        ),
    ];
    for (at, (sql, expected)) in cases.iter().enumerate() {
        let text = format!("BEGIN;\n{sql};\nCOMMIT;\n");
        let found = looks(&format!("one-{at}.sql"), &text, &[4, 9, 2]);
        assert_eq!(found, [expected.map(<[u32]>::to_vec)], "{sql}");
    }
}

/// For a cart of one line, what may choose has nothing to choose from.
#[test]
fn a_part_of_one_line_is_that_line() {
    let text = "BEGIN;\nSELECT stock FROM products WHERE id = (:products::int[])[1];\n\
                SELECT stock FROM products WHERE id IN (:product_1, :product_2) LIMIT 1;\nCOMMIT;\n";
    let found = looks("single.sql", text, &[7]);
    assert_eq!(found, [Some(vec![7]), Some(vec![7])]);
    let same = looks("single.sql", text, &[7, 7]);
    assert_eq!(same, found, "one product on two lines");
}

/// A name tells while it holds what was bound: not once it is set, be it to the same.
#[test]
fn a_variable_that_was_set_tells_nothing() {
    let read = |name: &str| format!("SELECT stock FROM products WHERE id = :{name} \\gset\n");
    let text = format!(
        "BEGIN;\n{}\\set other :product_2\n{}\\set product_2 :product_1\n{}\
         SELECT 9 AS product_1 \\gset\n{}{}COMMIT;\n",
        read("product_2"),
        read("other"),
        read("product_2"),
        read("product_1"),
        read("product"),
    );
    let found = looks("set.sql", &text, &[4, 9]);
    let expected = [Some(vec![9]), None, None, Some(vec![]), None, Some(vec![4])];
    assert_eq!(found, expected);
}

/// Each shipped script looks at what its strategy looks at, one statement after the other.
#[test]
fn shipped_scripts_look_at_what_their_strategies_look_at() {
    for strategy in Strategy::ALL {
        let text = shipped::named(strategy.name()).expect("it ships");
        for products in [&[4][..], &[4, 9], &[4, 9, 2], &[4, 9, 4]] {
            let built_in = kept(strategy.at(Isolation::ReadCommitted), &cart(products));
            let name = format!("{strategy}.sql");
            assert_eq!(
                looks(&name, text, products),
                built_in,
                "{strategy} {products:?}"
            );
            let seen: Vec<u32> = built_in.into_iter().flatten().flatten().collect();
            assert!(products.iter().all(|sku| seen.contains(sku)), "{strategy}");
        }
    }
}
