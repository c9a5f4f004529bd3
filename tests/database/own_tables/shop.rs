//! An unchanged dump of a shop with all that dumps have.

use checkout_sim::database::{Ground, Playground};
use checkout_sim::scenario::{SetUp, SetUpFile};
use checkout_sim::value::State;

use super::dump::{look_into, rows, run};
use crate::common;

pub fn files(texts: &[&str]) -> SetUp {
    let file = |(nth, text): (usize, &&str)| SetUpFile {
        name: format!("{}.sql", nth + 1),
        text: (*text).into(),
    };
    SetUp::Files(texts.iter().enumerate().map(file).collect())
}

pub async fn playground(texts: &[&str]) -> (Playground, String) {
    let (server, name) = common::server_and_name();
    let made = Playground::make(&server, &name, &files(texts)).await;
    (made.unwrap_or_else(|error| panic!("{error}")), name)
}

pub async fn ground(playground: &mut Playground) -> Ground {
    {
        let copy = playground.copy().await.expect("a copy");
        copy.open().await.expect("a copy")
    }
}

const SHOP: &str = include_str!("shop.sql");

#[tokio::test]
async fn an_unchanged_dump_loads_and_comes_back_from_anything() {
    let (mut playground, name) = playground(&[SHOP]).await;
    assert_eq!(playground.unresettable(), []);
    let mut ground = ground(&mut playground).await;
    let start: State = ground.state().await.expect("a state");
    let mut look = look_into(&format!("{name}_1")).await;
    let before = rows(&mut look).await;
    for changes in [
        "UPDATE products SET stock = stock - 1 WHERE id = 110",
        "INSERT INTO orders (customer, note) VALUES (1, 'x'), (2, 'y')",
        "DELETE FROM customers WHERE id = 3",
        "UPDATE products SET sku = sku || 'x'; UPDATE products SET title = title || 'x'",
        "TRUNCATE customers, orders, order_lines RESTART IDENTITY",
        "INSERT INTO audit.log (what) SELECT repeat('x', 1000) FROM generate_series(1, 900)",
        "DELETE FROM plain_notes; INSERT INTO carts (lines) VALUES ('[1]')",
        "SELECT nextval('order_numbers'), setval('products_id_seq', 7000)",
        "BEGIN; UPDATE orders SET placed_on = placed_on - 300; \
         UPDATE order_lines SET placed_on = placed_on - 300; COMMIT",
    ] {
        run(&mut look, changes).await;
        let now = ground.state().await.expect("a state");
        assert_eq!(now == start, changes.starts_with("SELECT"), "{changes}");
        ground
            .reset()
            .await
            .unwrap_or_else(|error| panic!("{changes}: {error}"));
        assert_eq!(rows(&mut look).await, before, "{changes}");
        assert_eq!(ground.state().await.expect("a state"), start, "{changes}");
    }
}
