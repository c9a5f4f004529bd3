//! A service as a subject: `sim serve` is started on a database of the run's own, called by buyers
//! over HTTP, and audited by what its database holds.

use checkout_sim::cell::{Cell, Subject};
use checkout_sim::database::cluster::{Cluster, ClusterSettings};
use checkout_sim::database::{Playground, Server};
use checkout_sim::flow::{Terms, flow, step_told};
use checkout_sim::oracle::{Invariant, StepTold};
use checkout_sim::scenario::{Service, SetUp};
use checkout_sim::service::{RunningService, ServiceGiven};
use checkout_sim::shop::{Cart, CheckoutKey, Isolation, Line, Outcome, Retry, Sku};

use crate::fixture::postgres;

/// A shop over HTTP in which each buyer puts one unit into a cart and buys it.
const SERVE: &str = r#"
command = 'exec "$SIM" serve --strategy "$STRATEGY" --port "$PORT" --schema shop --connections 8'
env = { STRATEGY = "${variant}", SIM = "@SIM@", SIM_DATABASE_URL = "${database_url}" }
probe = "/openapi.json"

[[before]]
request = "POST /product/"
body = { name = "lamp", stock = "${stock}" }
take = { lamp = "id" }

[[steps]]
request = "POST /order/add-item"
body = { user_id = "${buyer}", order_detail = [{ product_id = "${lamp}", quantity = "${units}" }] }
take = { order = "order_id" }

[[steps]]
request = "POST /order/checkout"
headers = { Idempotency-Key = "k-${checkout_key}" }
body = { user_id = "${buyer}" }
refused = [{ status = 409, path = "type", is = "urn:sim:problem:sold-out" }]
again = [{ path = "type", is = "urn:sim:problem:lost-to-concurrency" }]
"#;

const BUYERS: u32 = 60;
const STOCK: u32 = 5;
const AT_ONCE: u32 = 12;

fn cart(buyer: u32) -> Cart {
    let line = Line {
        sku: Sku(1),
        units: 1,
    };
    Cart {
        buyer,
        key: CheckoutKey(1_000 + i64::from(buyer)),
        lines: [line].into(),
        operation: 0,
    }
}

/// One buyer after the other, of those of one connection.
async fn shop(running: &RunningService, terms: Terms, first: u32) -> Vec<StepTold> {
    let mut client = running.client();
    let mut told = Vec::new();
    for buyer in (first..BUYERS).step_by(AT_ONCE as usize) {
        let cart = cart(buyer);
        let ended = flow(&mut client, 1, &terms, &cart).await;
        let (checkout, memory) = &ended[0];
        assert_eq!(
            checkout
                .fault
                .as_ref()
                .filter(|_| checkout.outcome != Outcome::GaveUp),
            None
        );
        told.push(step_told((buyer, 0), &[], &cart, checkout, memory));
    }
    told
}

/// Lets all buyers in, and answers how many have a lamp, and the invariants that do not hold.
async fn run(server: &Server, name: &str, variant: &str) -> (usize, Vec<String>) {
    let made = Playground::make(server, name, &SetUp::Files(Vec::new())).await;
    let mut playground = made.unwrap_or_else(|error| panic!("{error}"));
    let copy = playground.copy().await.expect("a copy");
    let mut ground = copy.open().await.expect("a copy");
    let service: Service = toml::from_str(&SERVE.replace("@SIM@", env!("CARGO_BIN_EXE_sim")))
        .unwrap_or_else(|error| panic!("{error}"));
    let plan = service.plan().unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let given = ServiceGiven {
        variant,
        products: 1,
        stock: STOCK,
    };
    let running = RunningService::start(&plan, &copy.access(), given).await;
    let running = running.unwrap_or_else(|trouble| panic!("{trouble}"));
    let terms = Terms {
        cell: Cell {
            subject: Subject::of("service:serve"),
            level: Isolation::ReadCommitted,
        },
        max_tries: 10,
        retry: Retry::default(),
    };
    let shops = (0..AT_ONCE).map(|first| shop(&running, terms, first));
    let told: Vec<StepTold> = futures_util::future::join_all(shops).await.concat();
    running.stop().await;
    let invariant = |name: &str, sql: &str| Invariant {
        name: name.into(),
        sql: sql.into(),
    };
    let invariants = [
        invariant(
            "negative",
            "SELECT id, stock FROM shop.products WHERE stock < 0",
        ),
        invariant(
            "oversold",
            "SELECT product_id, sum(units) FROM shop.order_lines GROUP BY 1 HAVING sum(units) > 5",
        ),
        // What a buyer was told, beside what there is.
        invariant(
            "promised",
            "SELECT o.buyer FROM sim.outcomes o WHERE o.outcome = 'done' AND NOT EXISTS \
             (SELECT FROM shop.orders WHERE checkout_key = (o.variables ->> 'order')::bigint)",
        ),
        invariant(
            "unpromised",
            "SELECT checkout_key FROM shop.orders WHERE checkout_key NOT IN \
             (SELECT (variables ->> 'order')::bigint FROM sim.outcomes WHERE outcome = 'done')",
        ),
    ];
    let broken = ground
        .audit(&invariants, &told, &[])
        .await
        .expect("an answer");
    let sold = told
        .iter()
        .filter(|told| told.outcome == Outcome::Sold)
        .count();
    assert_eq!(told.len(), BUYERS as usize);
    let names = broken.iter().map(|broken| broken.invariant.to_string());
    (sold, names.collect())
}

/// The one that looks first oversells, and the one that takes in one statement does not; both are
/// the same program, driven by the same requests.
#[tokio::test]
async fn a_service_is_audited_by_its_database() {
    let settings = ClusterSettings {
        listens: true,
        ..ClusterSettings::default()
    };
    let cluster = Cluster::start(&postgres(), &settings).expect("a server");
    let server = Server::private(cluster.socket_dir(), cluster.port(), cluster.superuser());
    let server = server.listening(cluster.port());
    let (sold, broken) = run(&server, "sim_service_atomic", "atomic").await;
    assert_eq!((sold, broken), (STOCK as usize, Vec::new()));
    // A race may be lost once; not five times.
    let mut found = Vec::new();
    for nth in 0..5 {
        let (sold, broken) = run(&server, &format!("sim_service_naive_{nth}"), "naive").await;
        if sold > STOCK as usize {
            found = broken;
            break;
        }
    }
    assert!(found.contains(&"oversold".to_owned()), "{found:?}");
    assert!(!found.contains(&"promised".to_owned()), "{found:?}");
}
