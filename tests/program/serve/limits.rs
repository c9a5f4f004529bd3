//! Clients that are many, slow or gone, and a port that is taken.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};

use serde_json::json;

use super::client::{answer, request, send};
use super::shop::{JSON, Shop};
use crate::fixture::{Server, eventually, sim};

/// One more client than there is room for is told so, and there is room again later.
#[test]
fn there_is_room_for_so_many_clients() {
    let shop = Shop::open("--max-clients 2", &Server::shared());
    let keep = "GET /product/ HTTP/1.1\r\nHost: shop\r\n";
    let mut held: Vec<_> = (0..2).map(|_| send(shop.address, keep)).collect();
    let mut refused = shop.get("/product/");
    while refused.status == 200 {
        // The two have not been taken in yet.
        refused = shop.get("/product/");
    }
    assert_eq!(refused.is(503).problem(), "busy");
    let mut one = held.remove(0);
    one.write_all(b"Connection: close\r\n\r\n").unwrap();
    answer(one).is(200);
    eventually("there is room", || shop.get("/product/").status == 200);
    drop(held);
    shop.close();
}

#[test]
fn a_port_in_use_is_told_before_anything_starts() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let done = sim(&format!("serve --port {port}"))
        .without_postgres()
        .run();
    let told =
        format!("cannot listen on 127.0.0.1:{port} (--host, --port): Address already in use");
    done.exits(1).complains(&told).says_nothing();
}

/// A client that asks and does not read has its place no longer than `--max-time` once
/// its answers fill what the system holds for it. (The system itself ends it after the
/// patience with the database, which is set for every socket of the program.)
#[test]
fn a_client_that_does_not_read_loses_its_place() {
    let shop = Shop::open(
        "--max-clients 1 --max-time 1s --patience 1h",
        &Server::shared(),
    );
    // Some 800 KB a list: more than the library takes in before it waits for the client.
    let name = "\u{1f4a1}".repeat(200);
    shop.ask(&format!(
        "INSERT INTO SHOP.products (name, stock) SELECT '{name}', 1 \
         FROM generate_series(1, 1000) RETURNING 'made'"
    ));
    // All of them are more than two sockets hold.
    let asked = "GET /product/ HTTP/1.1\r\nHost: shop\r\n\r\n".repeat(50);
    let mut deaf = send(shop.address, &asked);
    eventually("its place is taken", || {
        shop.get("/product/1/stock").status == 503
    });
    eventually("there is room", || {
        shop.get("/product/1/stock").status == 200
    });
    // What was on its way to it still is; then the end.
    let mut taken = 0;
    let mut bytes = vec![0; 1 << 20];
    while let Ok(length @ 1..) = deaf.read(&mut bytes) {
        taken += length;
    }
    assert!(taken > 0, "it was answered");
    assert!(taken < 50 * 800 * 1000, "not all of it");
    shop.close();
}

/// What is too slow is not waited for, and does not hold up others; a client that is
/// idle loses its place.
#[test]
fn slow_clients_have_their_end() {
    let shop = Shop::open("--max-time 1s", &Server::shared());
    let product = shop.product(1);
    shop.add(1, product, 1).is(200);
    let body = json!({ "user_id": 1 }).to_string();
    let whole = request("POST", "/order/checkout", &[JSON], &body);
    for part in [0, 10, whole.len() - body.len() - 1] {
        let mut slow = send(shop.address, &whole[..part]);
        let mut told = String::new();
        slow.read_to_string(&mut told).expect("it is closed");
        assert_eq!(told, "", "there was no request yet");
    }
    answer(send(shop.address, &whole[..whole.len() - 1])).is(408);
    assert_eq!(shop.stock(product), 1);
    shop.checkout(1).is(201);
    shop.assert_balanced(&[(product, 1)]);
    shop.close();
}

/// Half of a checkout is none; a whole one whose caller has gone is one.
#[test]
fn a_client_that_hangs_up_buys_all_or_nothing() {
    let shop = Shop::open("--strategy optimistic", &Server::shared());
    let product = shop.product(9);
    shop.add(1, product, 1).is(200);
    let body = json!({ "user_id": 1 }).to_string();
    let whole = request("POST", "/order/checkout", &[JSON], &body);
    for left in 1..=body.len() {
        drop(send(shop.address, &whole[..whole.len() - left]));
        // In order: what was sent ends here, and the answer can still come.
        let half = send(shop.address, &whole[..whole.len() - left]);
        half.shutdown(Shutdown::Write).unwrap();
        let mut told = String::new();
        let _ = (&half).read_to_string(&mut told);
        assert!(!told.contains(" 201 "), "{told}");
    }
    assert_eq!(shop.stock(product), 9);
    // Whether the shop has begun when it sees that its caller has gone is chance; what
    // it has begun it ends.
    for user in 2..=9 {
        shop.add(user, product, 1).is(200);
        let body = json!({ "user_id": user }).to_string();
        let whole = request("POST", "/order/checkout", &[JSON], &body);
        drop(send(shop.address, &whole));
    }
    for user in 1..=9 {
        let told = shop.checkout(user);
        if told.status != 201 {
            assert_eq!(told.is(409).problem(), "empty-cart", "it was bought before");
        }
    }
    assert_eq!(shop.stock(product), 0, "each cart once");
    shop.assert_balanced(&[(product, 9)]);
    shop.close();
}

#[test]
fn more_clients_than_open_files_are_refused() {
    let done = sim("serve --port 0 --max-clients 2000")
        .without_postgres()
        .through(&["prlimit", "--nofile=1000:1000"])
        .run();
    done.exits(1)
        .complains("2000 clients (--max-clients) take 2144 open files, and 1000 are allowed");
    // The other direction: a limit that can be raised is no obstacle.
    let further = sim("serve --port 0 --max-clients 2000")
        .without_postgres()
        .through(&["prlimit", "--nofile=100:3000"])
        .run();
    further.exits(1).complains("SIM_POSTGRES_BIN");
}
