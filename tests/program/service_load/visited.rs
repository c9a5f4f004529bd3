//! A service that runs already: it is called and audited, and nothing else becomes of it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use checkout_sim::oracle::{Doubt, Verdict};
use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::{ORDERS, python, runs};
use crate::cleanup::everything;
use crate::fixture::{Database, Server, Sim, eventually, free_port, sim};
use crate::serve::Shop;

/// What the shop of `sim serve` is sent, and must hold.
const SHOP: &str = r#"
probe = "/openapi.json"
timeout = "60s"
look-up = "SELECT 1 FROM shop.orders o JOIN shop.shop_purchases p ON p.id = o.checkout_key WHERE p.user_id = ${buyer}"

[[service.before]]
request = "POST /product/"
body = { name = "lamp", stock = "${stock}" }
take = { lamp = "id" }

[[service.steps]]
request = "POST /order/add-item"
body = { user_id = "${buyer}", order_detail = [{ product_id = "${lamp}", quantity = "${units}" }] }

[[service.steps]]
request = "POST /order/checkout"
headers = { Idempotency-Key = "${checkout_key}" }
body = { user_id = "${buyer}" }
refused = [{ status = 409, path = "type", is = "urn:sim:problem:sold-out" }]
again = [{ path = "type", is = "urn:sim:problem:lost-to-concurrency" }]

[invariants]
oversold = "SELECT product_id FROM shop.order_lines GROUP BY product_id HAVING sum(units) > 20"
"#;

/// A server on which nothing happens by itself, and a database of it with something of the user's.
struct Users {
    _server: Server,
    database: Database,
}

impl Users {
    fn new() -> Self {
        let server = Server::start(&[("autovacuum", "off")]);
        let first = server.database();
        first.run("CREATE DATABASE mine");
        first.run("CREATE ROLE reader LOGIN PASSWORD 'hush'");
        let database = first.named("mine");
        database.run("CREATE TABLE products (id integer, stock integer)");
        database.run("INSERT INTO products VALUES (1, 1234)");
        Self {
            _server: server,
            database,
        }
    }

    /// A shop in that database, which `reader` may read.
    fn shop(&self, strategy: &str) -> OpenShop {
        let shop = Shop::open(
            &format!("--strategy {strategy} --schema shop"),
            &self.database,
        );
        self.database.run("GRANT USAGE ON SCHEMA shop TO reader");
        self.database
            .run("GRANT SELECT ON ALL TABLES IN SCHEMA shop TO reader");
        OpenShop(shop)
    }

    fn orders(&self) -> u64 {
        count(&self.database, "shop.orders")
    }
}

/// A shop that goes with its test, however that ends.
struct OpenShop(Shop);

impl Deref for OpenShop {
    type Target = Shop;

    fn deref(&self) -> &Shop {
        &self.0
    }
}

impl DerefMut for OpenShop {
    fn deref_mut(&mut self) -> &mut Shop {
        &mut self.0
    }
}

impl Drop for OpenShop {
    fn drop(&mut self) {
        let child = self.0.running.child();
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn count(database: &Database, table: &str) -> u64 {
    let counted = database.ask(&format!("SELECT count(*)::text FROM {table}"));
    counted[0].parse().unwrap()
}

/// A file that says where a service is; not where results go, since a password may be in it.
fn file(address: SocketAddr, database: &str, rest: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("running.toml");
    let text = format!(
        "title = \"A service that runs\"\n[shop]\nstock = 20\n[load]\nbuyers = 100\n\
         connections = 16\n[service]\nurl = \"http://{address}/\"\n{database}\n{rest}"
    );
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn call(verb: &str, path: &std::path::Path, args: &str) -> Sim {
    let before = match verb {
        "run" => "--scenario ",
        "check" => "--allow-commands ",
        _ => "",
    };
    sim(&format!("{verb} {before}{} {args}", path.display()))
        // Whatever needs a server of its own fails.
        .without_postgres()
        .json()
}

/// Asked as a role that may read alone; and the catalogue of the server, row by row, is the same
/// before and after.
#[test]
fn a_running_service_is_caught_and_its_fix_holds() {
    for (strategy, verdict) in [("naive", Verdict::Violates), ("row-lock", Verdict::Safe)] {
        let users = Users::new();
        let shop = users.shop(strategy);
        let database = format!("database = \"{}\"", users.database.url_as("reader:hush"));
        let (_folder, path) = file(shop.address, &database, SHOP);
        let before = everything(&users.database);
        let verb = if verdict == Verdict::Safe {
            "check"
        } else {
            "run"
        };
        let done = call(
            verb,
            &path,
            "--export-html page.html --export-markdown page.md",
        )
        .run();
        let run = &runs(&done)["service"];
        let told = &run.outcomes;
        assert_eq!(told.sold + told.sold_out + told.gave_up, 100, "{told:?}");
        assert_eq!(told.sold, users.orders(), "{strategy}");
        let own = run.own.as_ref().expect("own tables");
        assert_eq!(own.without_race, None);
        match verdict {
            Verdict::Safe => {
                done.exits(0);
                assert_eq!(told.sold, 20);
                assert_eq!(run.judgement.verdict, Verdict::Safe);
            }
            _ => {
                assert_eq!(run.judgement.verdict, Verdict::Violates, "{}", done.all());
                assert!(told.sold > 20, "{told:?}");
                let place = format!("http://{} runs already", shop.address);
                done.says_in_words(&place).says_in_words(
                    "nothing is put back there: whether the same breaks without a race is not known",
                );
            }
        }
        assert_eq!(everything(&users.database), before, "{strategy}");
        let page = fs::read_to_string(done.out().join("page.html")).unwrap();
        let place = format!("http://{} runs already", shop.address);
        assert!(page.contains(&place), "{place}");
        done.never_tells("hush");
    }
}

/// What reads alone loses nothing to another request.
#[test]
fn a_running_service_that_only_reads_proves_nothing() {
    let users = Users::new();
    let shop = users.shop("naive");
    let look = "probe = \"/openapi.json\"\n[[service.steps]]\nrequest = \"GET /product/\"\n\
                [invariants]\nnone = \"SELECT 1 WHERE false\"";
    let (_folder, path) = file(shop.address, "", look);
    let done = call("run", &path, "").on(&users.database).run();
    let run = &runs(&done)["service"];
    assert_eq!(run.outcomes.sold, 100, "{}", done.all());
    assert_eq!(run.judgement.doubts, [Doubt::NothingChanged]);
    assert_eq!(run.judgement.verdict, Verdict::Inconclusive);
}

/// 0.0.0.0 is no address of this machine alone, and leads here: it takes the flag.
#[test]
fn another_machine_is_called_where_that_is_allowed() {
    let users = Users::new();
    let shop = users.shop("row-lock");
    let elsewhere = SocketAddr::from(([0, 0, 0, 0], shop.address.port()));
    let (_folder, path) = file(elsewhere, "", SHOP);
    let refused = call("check", &path, "").on(&users.database).run();
    refused.exits(2).complains("only with --allow-remote");
    assert_eq!(
        count(&users.database, "shop.products"),
        0,
        "nothing was sent"
    );
    let done = call("check", &path, "--allow-remote")
        .on(&users.database)
        .run();
    done.exits(0);
    assert_eq!(users.orders(), 20);
}

/// No message about a database tells how it is entered.
#[test]
fn a_database_that_cannot_be_entered_is_told_without_its_password() {
    let closed = format!(
        "database = 'postgres://me:hush@127.0.0.1:{}/shop'",
        free_port()
    );
    let (_folder, path) = file(stub("200 OK"), &closed, SHOP);
    let done = call("run", &path, "--export-html page.html").run();
    done.exits(1)
        .complains("cannot connect to 127.0.0.1:")
        .never_tells("hush");
}

/// Its database is as the first run left it, so the second one is not begun.
#[test]
fn what_was_not_put_back_is_refused() {
    let users = Users::new();
    let shop = users.shop("naive");
    let (_folder, path) = file(shop.address, "", SHOP);
    let again = || call("compare", &path, "").on(&users.database).run();
    let first = again();
    assert_eq!(runs(&first)["service"].judgement.verdict, Verdict::Violates);
    let before = (users.orders(), count(&users.database, "shop.products"));
    again()
        .exits(2)
        .complains("the invariant oversold breaks before any session has come")
        .complains("put its database back first");
    let after = (users.orders(), count(&users.database, "shop.products"));
    assert_eq!(before, after, "nothing was sent");
}

/// The server itself refuses what an invariant would change.
#[test]
fn an_invariant_cannot_write() {
    let users = Users::new();
    let shop = users.shop("row-lock");
    users.database.run(
        "CREATE FUNCTION sneaky() RETURNS integer LANGUAGE sql AS \
         'UPDATE products SET stock = 0 RETURNING 1'",
    );
    let rest = SHOP.replace("[invariants]", "[invariants]\nsneaky = \"SELECT sneaky()\"");
    let (_folder, path) = file(shop.address, "", &rest);
    let done = call("run", &path, "").on(&users.database).run();
    done.exits(2).complains("read-only transaction");
    assert_eq!(
        users.database.ask("SELECT stock::text FROM products"),
        ["1234"]
    );
    assert_eq!(
        count(&users.database, "shop.products"),
        0,
        "nothing was sent"
    );
}

/// A service that answers every request with one status.
fn stub(status: &'static str) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                    let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                }
            });
        }
    });
    address
}

#[test]
fn a_service_that_is_not_ready_is_told() {
    let database = Server::shop();
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let unavailable = stub("503 Service Unavailable");
    for (address, told) in [(free, "refused"), (unavailable, "answered 503")] {
        let rest =
            "[[service.steps]]\nrequest = 'POST /'\n[invariants]\nnone = 'SELECT 1 WHERE false'";
        let (_folder, path) = file(address, "", rest);
        let done = call("run", &path, "").on(&database).run();
        done.exits(1)
            .complains(&format!("the service at http://{address} does not answer"))
            .complains("GET /: ")
            .complains(told);
    }
    // The way there answers below 500, and every buyer is refused: that is told, and proves nothing.
    let rest = "[[service.steps]]\nrequest = 'POST /'\n[invariants]\nnone = 'SELECT 1 WHERE false'";
    let (_folder, path) = file(stub("404 Not Found"), "", rest);
    let done = call("run", &path, "--buyers 5").on(&database).run();
    let run = &runs(&done)["service"];
    assert_eq!((run.outcomes.sold, run.outcomes.failed), (0, 5));
    assert_eq!(run.judgement.verdict, Verdict::Inconclusive);
    database.assert_untouched();
}

/// What was sold until then is told.
#[test]
fn a_service_that_goes_away_ends_the_run() {
    let users = Users::new();
    let mut shop = users.shop("row-lock");
    let rest = SHOP.replace("> 20", "> 100000");
    let (_folder, path) = file(shop.address, "", &rest);
    let args = "--buyers 50000 --stock 100000 --connections 4";
    let mut running = call("run", &path, args).on(&users.database).start();
    running.until("an order", || users.orders() > 0);
    shop.running.signal(Signal::SIGINT);
    let done = running.wait();
    done.exits(1)
        .complains(&format!("cannot connect to http://{}", shop.address));
    let run = &runs(&done)["service"];
    assert!(run.outcomes.sold > 0, "{:?}", run.outcomes);
    assert!(run.outcomes.not_started > 0, "{:?}", run.outcomes);
    assert_eq!(run.judgement.verdict, Verdict::Inconclusive);
}

/// The requests under way are awaited, and the service is left as it is.
#[test]
fn a_signal_ends_the_run_and_not_the_service() {
    let users = Users::new();
    let shop = users.shop("row-lock");
    let rest = SHOP.replace("> 20", "> 100000");
    let (_folder, path) = file(shop.address, "", &rest);
    let args = "--buyers 50000 --stock 100000 --connections 4";
    let mut running = call("run", &path, args).on(&users.database).start();
    running.until("an order", || users.orders() > 0);
    running.signal(Signal::SIGINT);
    let done = running.wait();
    done.exits(130);
    let run = &runs(&done)["service"];
    assert!(run.faults.interrupted);
    assert_eq!(run.outcomes.unknown, 0, "{:?}", run.outcomes);
    assert_eq!(run.outcomes.sold, users.orders());
    shop.get("/openapi.json").is(200);
}

/// A program of its own, which ends with this value.
struct Odd(Child);

impl Drop for Odd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One that has its order is found; of the other nothing is known, since its request may still be
/// carried out.
#[test]
fn a_buyer_without_a_reply_may_stay_unknown() {
    let Some(python) = python() else { return };
    let database = Server::shared();
    database.run(ORDERS);
    let socket = database.socket();
    let url = format!(
        "host={} dbname={} user=postgres",
        socket.parent().unwrap().display(),
        database.name()
    );
    let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/services/odd_shop.py");
    let child = Command::new(python)
        .args([script, "hangs"])
        .env("PORT", port.to_string())
        .env("DATABASE_URL", url)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _odd = Odd(child);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    eventually("it listens", || {
        std::net::TcpStream::connect(address).is_ok()
    });
    let rest = "timeout = '1s'\nlook-up = 'SELECT 1 FROM orders WHERE buyer = ${buyer}'\n\
                [[service.steps]]\nrequest = 'POST /buy/${buyer}'\n\
                [invariants]\ntwice = 'SELECT buyer FROM orders GROUP BY 1 HAVING count(*) > 1'";
    let (_folder, path) = file(address, "", rest);
    let args = "--buyers 8 --connections 4";
    let done = call("run", &path, args).on(&database).run();
    let run = &runs(&done)["service"];
    assert_eq!((run.resolved.sold, run.resolved.failed), (1, 0));
    assert_eq!((run.outcomes.sold, run.outcomes.unknown), (7, 1));
    assert_eq!(run.judgement.verdict, Verdict::Inconclusive);
}
