//! A `sim serve` of the test's own, seen by its callers and by its database.

use std::net::{SocketAddr, TcpStream};
use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use super::client::{Answer, answer, request, send};
use crate::fixture::{Database, Done, Held, Running, Sim, eventually, sim};

pub const JSON: &str = "Content-Type: application/json";

pub struct Shop {
    pub running: Running,
    pub address: SocketAddr,
    pub database: Database,
}

impl Shop {
    /// Serves with these flags, on a free port.
    pub fn open(flags: &str, database: &Database) -> Self {
        let call = sim(&format!("serve --port 0 {flags}"));
        Self::of(call.on(database), database)
    }

    pub fn of(call: Sim, database: &Database) -> Self {
        let stdout = call.out().join("stdout");
        let mut running = call.start();
        let mut address = None;
        running.until("a port is told", || {
            let said = std::fs::read_to_string(&stdout).unwrap_or_default();
            let told = said
                .split("http://")
                .nth(1)
                .and_then(|rest| rest.split('/').next());
            address = told.and_then(|told| told.parse().ok());
            address.is_some()
        });
        Self {
            running,
            address: address.unwrap(),
            database: database.clone(),
        }
    }

    pub fn get(&self, path: &str) -> Answer {
        answer(send(self.address, &request("GET", path, &[], "")))
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, &[JSON], &body.to_string())
    }

    pub fn post_with(&self, path: &str, headers: &[&str], body: &str) -> Answer {
        answer(send(self.address, &request("POST", path, headers, body)))
    }

    /// A new product.
    pub fn product(&self, stock: i64) -> i64 {
        let made = self
            .post("/product/", &json!({ "name": "lamp", "stock": stock }))
            .is(201);
        made.json["id"].as_i64().expect("a number")
    }

    pub fn add(&self, user: usize, product: i64, quantity: i64) -> Answer {
        let items = [json!({ "product_id": product, "quantity": quantity })];
        self.post(
            "/order/add-item",
            &json!({ "user_id": user, "order_detail": items }),
        )
    }

    pub fn checkout(&self, user: usize) -> Answer {
        self.post("/order/checkout", &json!({ "user_id": user }))
    }

    pub fn checkout_under(&self, key: &str, user: usize) -> Answer {
        let key = format!("Idempotency-Key: {key}");
        let body = json!({ "user_id": user }).to_string();
        self.post_with("/order/checkout", &[JSON, &key], &body)
    }

    /// Sends a checkout, and waits until it waits in the middle of its transaction.
    pub fn begin_checkout(&self, user: usize) -> TcpStream {
        let body = json!({ "user_id": user }).to_string();
        let key = format!("Idempotency-Key: begun-{user}");
        let whole = request("POST", "/order/checkout", &[JSON, &key], &body);
        let stream = send(self.address, &whole);
        let waiting = "SELECT count(*)::text FROM pg_stat_activity \
                       WHERE application_name = 'SHOP' AND wait_event_type = 'Lock'";
        eventually("the checkout waits", || self.ask(waiting) == ["1"]);
        stream
    }

    /// A transaction of another program, in which `SHOP` stands for the schema.
    pub fn hold(&self, sql: &str) -> Held {
        self.database.hold(&sql.replace("SHOP", &self.schema()))
    }

    pub fn pay(&self, order: i64, status: &str) -> Answer {
        let body = json!({ "order_id": order, "payment_status": status });
        self.post("/order/update-payment", &body)
    }

    pub fn stock(&self, product: i64) -> i64 {
        let told = self.get(&format!("/product/{product}/stock")).is(200);
        told.json["stock"].as_i64().expect("a number")
    }

    /// The schema of this shop: the only one in its database.
    pub fn schema(&self) -> String {
        self.database.schemas().remove(0)
    }

    /// The answer of SQL in which `SHOP` stands for the schema.
    pub fn ask(&self, sql: &str) -> Vec<String> {
        self.database.ask(&sql.replace("SHOP", &self.schema()))
    }

    /// Every order that was told has its row, with the same lines, and the stock is what
    /// the orders that were not cancelled have left of `supply` units of each product.
    #[track_caller]
    pub fn assert_balanced(&self, supply: &[(i64, i64)]) {
        let unlike = "SELECT coalesce(p.id, o.checkout_key)::text FROM \
            (SELECT * FROM SHOP.shop_purchases WHERE status <> 'IN_CART') AS p \
            FULL JOIN SHOP.orders AS o ON o.checkout_key = p.id \
            WHERE p.id IS NULL OR o.id IS NULL";
        assert_eq!(
            self.ask(unlike),
            [] as [&str; 0],
            "orders of one kind alone"
        );
        let lines = "SELECT count(*)::text FROM SHOP.orders AS o \
            JOIN SHOP.order_lines AS l ON l.order_id = o.id \
            FULL JOIN (SELECT i.* FROM SHOP.shop_items AS i JOIN SHOP.shop_purchases AS p \
                       ON p.id = i.purchase_id AND p.status <> 'IN_CART') AS i \
            ON i.purchase_id = o.checkout_key AND i.product_id = l.product_id \
            WHERE i.units IS DISTINCT FROM l.units";
        assert_eq!(self.ask(lines), ["0"], "lines that differ");
        for (product, supply) in supply {
            let sold = format!(
                "SELECT coalesce(sum(i.units), 0)::text FROM SHOP.shop_items AS i \
                 JOIN SHOP.shop_purchases AS p ON p.id = i.purchase_id \
                 WHERE i.product_id = {product} AND p.status IN ('WAITING_PAYMENT', 'IN_PROCESS')"
            );
            let sold: i64 = self.ask(&sold)[0].parse().unwrap();
            assert_eq!(
                self.stock(*product),
                supply - sold,
                "product {product}, {sold} sold"
            );
        }
    }

    /// Stops it as Ctrl-C does; every request was answered, and nothing is left.
    pub fn close(mut self) -> Done {
        self.running.signal(nix::sys::signal::Signal::SIGINT);
        let done = self.running.wait();
        done.exits(0);
        assert_eq!(self.database.schemas(), [] as [String; 0]);
        done
    }
}

/// What so many callers are answered that ask at the same moment.
pub fn at_once<T: Send>(callers: usize, ask: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (barrier, ask) = (Barrier::new(callers), &ask);
    thread::scope(|scope| {
        let barrier = &barrier;
        let start = |caller| {
            scope.spawn(move || {
                barrier.wait();
                ask(caller)
            })
        };
        let started: Vec<_> = (0..callers).map(start).collect();
        started
            .into_iter()
            .map(|one| one.join().expect("an answer"))
            .collect()
    })
}

/// How many of them have this status.
pub fn count(answers: &[Answer], status: u16) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status == status)
        .count()
}
