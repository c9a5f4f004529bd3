//! Callers that go away, a database that goes away, and an end in the middle.

use std::net::TcpStream;

use nix::sys::signal::Signal::{SIGINT, SIGKILL};

use super::client::{answer, send};
use super::shop::Shop;
use crate::fixture::{Database, Frozen, Held, Lost, Proxy, Server, eventually, sim};

/// A checkout waits for its products in the middle of its transaction.
fn hold_products(shop: &Shop) -> Held {
    shop.hold("LOCK TABLE SHOP.products IN EXCLUSIVE MODE")
}

/// The order stands although its caller has gone, or was told that the answer is late.
#[test]
fn a_checkout_ends_without_its_caller() {
    let shop = Shop::open("--strategy atomic --max-time 1s", &Server::shared());
    let product = shop.product(10);
    shop.add(1, product, 1).is(200);
    let held = hold_products(&shop);
    drop(shop.begin_checkout(1));
    held.commit();
    eventually("it is sold", || shop.stock(product) == 9);
    shop.add(2, product, 1).is(200);
    let held = hold_products(&shop);
    let late = answer(shop.begin_checkout(2)).is(503);
    assert_eq!(late.problem(), "no-answer-in-time");
    assert!(late.headers.contains("retry-after: 1"), "{late:?}");
    held.commit();
    eventually("it is sold", || shop.stock(product) == 8);
    shop.assert_balanced(&[(product, 10)]);
    shop.close();
}

#[test]
fn ctrl_c_answers_what_is_under_way() {
    let mut shop = Shop::open("--strategy row-lock --max-time 60s", &Server::shared());
    let product = shop.product(1);
    shop.add(1, product, 1).is(200);
    let held = hold_products(&shop);
    let asked = shop.begin_checkout(1);
    // Idle ones do not hold it up.
    let idle = send(shop.address, "");
    shop.running
        .signal(SIGINT)
        .until_it_complains("requests under way are answered");
    eventually("nothing new is let in", || {
        TcpStream::connect(shop.address).is_err()
    });
    held.commit();
    let told = answer(asked).is(201);
    assert_eq!(told.json["status"], "WAITING_PAYMENT");
    shop.running.wait().exits(0);
    assert_eq!(shop.database.schemas(), [] as [String; 0]);
    drop(idle);
}

/// The second Ctrl-C waits for no request, and leaves nothing behind all the same.
#[test]
fn a_second_ctrl_c_ends_it_at_once() {
    let mut shop = Shop::open("--strategy row-lock --max-time 60s", &Server::shared());
    let product = shop.product(1);
    shop.add(1, product, 1).is(200);
    // No lock on a table: the schema is dropped while this goes on.
    let held = shop.database.hold("SELECT pg_advisory_xact_lock(1)");
    let name = shop.schema();
    shop.database.run(&format!(
        "CREATE FUNCTION {name}.wait() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN new; END'; \
         CREATE TRIGGER wait BEFORE INSERT ON {name}.orders EXECUTE FUNCTION {name}.wait()"
    ));
    let asked = shop.begin_checkout(1);
    shop.running
        .signal(SIGINT)
        .until_it_complains("requests under way are answered");
    shop.running.signal(SIGINT).ended();
    shop.running.wait().exits(130);
    assert_eq!(shop.database.schemas(), [] as [String; 0]);
    held.commit();
    drop(asked);
}

/// The statement under way is given up when the patience ends, and with it its server
/// process. What is asked meanwhile is refused, and once the server goes on, so does the
/// shop, over connections of its own that are new.
#[test]
fn a_database_that_is_silent_is_given_up_and_taken_up_again() {
    let server = Server::start(&[]);
    let database = server.database();
    let flags = "--strategy optimistic --connections 2 --patience 6s --max-time 60s";
    let shop = Shop::open(flags, &database);
    let product = shop.product(3);
    for user in 1..=3 {
        shop.add(user, product, 1).is(200);
    }
    shop.checkout(1).is(201);
    let before = database.backends();
    let frozen = Frozen::server(&server);
    for user in [2, 3] {
        let told = shop.checkout_under("k", user).is(503);
        assert_eq!(told.problem(), "database-unavailable", "{told:?}");
    }
    drop(frozen);
    eventually("it is well again", || shop.get("/product/").status == 200);
    shop.checkout_under("k", 2).is(201);
    shop.checkout(3).is(201);
    let after = database.backends();
    assert!(
        after.iter().all(|pid| !before.contains(pid)),
        "{before:?} {after:?}"
    );
    shop.assert_balanced(&[(product, 3)]);
    shop.close()
        .complains("for 5 s; given up after 6 s (--patience)");
}

/// One process of the server is stopped: its request is given up, the others go on.
#[test]
fn one_silent_connection_is_replaced() {
    let server = Server::start(&[]);
    let database = server.database();
    let flags = "--strategy optimistic --connections 1 --patience 6s --max-time 60s";
    let shop = Shop::open(flags, &database);
    let product = shop.product(2);
    shop.add(1, product, 1).is(200);
    shop.get("/product/1").is(200);
    let used = "SELECT pid::text FROM pg_stat_activity WHERE application_name = 'SHOP' \
                AND query LIKE 'SELECT id, name, stock FROM %'";
    let used: u32 = shop.ask(used)[0].parse().unwrap();
    let frozen = Frozen::processes(vec![used]);
    assert_eq!(shop.checkout(1).is(503).problem(), "database-unavailable");
    shop.checkout(1).is(201);
    drop(frozen);
    shop.assert_balanced(&[(product, 2)]);
    shop.close();
}

#[test]
fn a_database_that_goes_away_comes_back() {
    let server = Server::start(&[]);
    server.database().run("CREATE DATABASE shop");
    let database: Database = server.database().named("shop");
    let shop = Shop::open("--connections 3 --strategy optimistic", &database);
    let product = shop.product(2);
    shop.add(1, product, 1).is(200);
    let first = server.database();
    first.run("ALTER DATABASE shop ALLOW_CONNECTIONS false");
    first.ask("SELECT pg_terminate_backend(pid, 10000)::text FROM pg_stat_activity WHERE datname = 'shop'");
    for _ in 0..5 {
        assert_eq!(shop.checkout(1).is(503).problem(), "database-unavailable");
        shop.get("/product/").is(503);
    }
    first.run("ALTER DATABASE shop ALLOW_CONNECTIONS true");
    shop.checkout(1).is(201);
    // A crash: the server ends every session, and recovers.
    let pid = database.backends()[0];
    crate::fixture::send(pid, SIGKILL);
    eventually("it is well again", || shop.get("/product/").status == 200);
    shop.add(2, product, 1).is(200);
    shop.checkout(2).is(201);
    shop.assert_balanced(&[(product, 2)]);
    shop.close();
}

/// The COMMIT arrives and its reply does not: the answer says that it is not known, and
/// where to look.
#[test]
fn an_order_in_doubt_can_be_looked_up() {
    let database = Server::shared();
    // The sixth COMMIT is that of the third checkout: each follows that of its cart.
    let proxy = Proxy::start(&database.socket(), Lost::Reply, 6, 1);
    let call = sim("serve --port 0 --connections 2 --strategy atomic");
    let shop = Shop::of(call.at(&proxy.url(database.name())), &database);
    let product = shop.product(9);
    let mut in_doubt = Vec::new();
    for user in 1..=9 {
        shop.add(user, product, 1).is(200);
        let told = shop.checkout(user);
        if told.status != 201 {
            let told = told.is(503);
            assert_eq!(told.problem(), "in-doubt");
            in_doubt.push(told.json["order_id"].as_i64().expect("which order"));
        }
    }
    assert_eq!((proxy.cut(), in_doubt.len()), (1, 1));
    let order = shop
        .get(&format!("/order/?order_id={}", in_doubt[0]))
        .is(200);
    assert_eq!(order.json["status"], "WAITING_PAYMENT", "it stands");
    assert_eq!(shop.stock(product), 0);
    shop.assert_balanced(&[(product, 9)]);
    shop.close();
}
