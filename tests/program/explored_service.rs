//! A service of the user's, explored: a program that was not changed, in a process of its own.

use std::path::PathBuf;

use checkout_sim::explore::found::Found;
use checkout_sim::oracle::Verdict;

use crate::fixture::{Done, Files, Sim, sim};

/// `sim serve` as the program: a buyer puts one unit into a cart and buys it.
const SERVE: &str = r#"
title = "The reference shop"
strategies = ["service:naive"]

[service]
command = 'exec "$SIM" serve --quiet --strategy "$STRATEGY" --port "$PORT" --schema shop --connections 4'
env = { STRATEGY = "${variant}", SIM = "@SIM@", SIM_DATABASE_URL = "${database_url}" }
probe = "/openapi.json"
# It looks after calls that take long, and all of them may.
background = ["SELECT server.us"]

[[service.before]]
request = "POST /product/"
body = { name = "lamp", stock = "${stock}" }
take = { lamp = "id" }

[[service.steps]]
request = "POST /order/add-item"
body = { user_id = "${buyer}", order_detail = [{ product_id = "${lamp}", quantity = "${units}" }] }
take = { order = "order_id" }

[[service.steps]]
request = "POST /order/checkout"
headers = { Idempotency-Key = "k-${checkout_key}" }
body = { user_id = "${buyer}" }
refused = [{ status = 409, path = "type", is = "urn:sim:problem:sold-out" }]
again = [{ path = "type", is = "urn:sim:problem:lost-to-concurrency" }]

[invariants]
unit-lost = "SELECT p.id, p.stock, count(l.order_id) AS sold FROM shop.products p LEFT JOIN shop.order_lines l ON l.product_id = p.id GROUP BY p.id HAVING p.stock + count(l.order_id) <> 1"
"#;

/// Products with one unit each, and no order.
const TABLES: &str = "
CREATE TABLE products (id int PRIMARY KEY, stock int NOT NULL);
CREATE TABLE orders (id serial PRIMARY KEY, product int NOT NULL REFERENCES products);
INSERT INTO products VALUES (1, 1), (2, 1);
";

/// A shop in a language of its own.
const SHOP: &str = r#"
title = "A shop"
strategies = ["service:naive", "service:locked"]

[tables]
setup = ["shop.sql"]

[service]
command = 'exec @COMMAND@ "$FORM"'
env = { FORM = "${variant}", PYTHONDONTWRITEBYTECODE = "1" }

[[service.steps]]
request = "POST /checkout"
take = { order = "order" }
refused = [409]

[invariants]
oversold = "SELECT product FROM orders GROUP BY product HAVING count(*) > 1"
"#;

fn explore(file: &str, args: &str) -> Sim {
    sim(&format!("explore {file} {args}"))
}

struct Folder(Files);

impl Folder {
    fn serve() -> Self {
        let file = SERVE.replace("@SIM@", env!("CARGO_BIN_EXE_sim"));
        Self(Files::new(&[("shop.toml", file.as_str())]))
    }

    fn path(&self) -> String {
        self.0.path("shop.toml").display().to_string()
    }

    fn explore(&self, args: &str) -> Done {
        explore(&self.path(), args).json().run()
    }
}

/// What two explorations of one program must have in common.
fn drawn(found: &Found) -> Vec<String> {
    let endings = found.endings.iter();
    endings
        .map(|ending| {
            let (count, told) = (ending.count, &ending.told);
            format!(
                "{count} {told:?} {:?} {:?}",
                ending.proven, ending.schedules
            )
        })
        .collect()
}

/// The program that writes back what it has read is found with no rule and with one; the command
/// that is printed shows it again, and a second exploration comes to the same.
#[test]
fn a_program_that_was_not_changed_is_explored_and_its_race_is_drawn() {
    let folder = Folder::serve();
    let done = folder.explore("--max-switches 1 --strategy service:naive");
    done.exits(10)
        .says("VIOLATES  service:naive over HTTP")
        .says("reproduced 10 of 10")
        .says("POST /order/add-item answered 200")
        .says("POST /order/checkout answered 201")
        .says("stock 1 → 0")
        .says("unit-lost answered:")
        .complains("starts the service: ");
    let exploration = done.exploration();
    let found = &exploration.cells[0].found;
    assert_eq!(found.fault, None);
    assert!(found.proving(Verdict::NotSerializable) > 0);
    let serial = found.endings.iter().flat_map(|ending| &ending.schedules);
    let serial = serial.filter(|schedule| schedule.switches() < 2).count();
    assert_eq!(serial, 2, "one after the other, either first");
    let again = done.stdout.split_once("again: sim ").expect("a command").1;
    let again = again.lines().take_while(|line| !line.is_empty());
    let again: String = again.map(|line| line.replace('\\', " ")).collect();
    sim(&again).run().exits(10).says("unit-lost answered:");
    let second = folder.explore("--max-switches 1 --strategy service:naive");
    let second = second.exploration();
    assert_eq!(drawn(found), drawn(&second.cells[0].found));
}

#[test]
fn a_program_that_locks_what_it_reads_holds_in_every_schedule_of_few_switches() {
    let folder = Folder::serve();
    let args = "--max-switches 1 --strategy service:row-lock --expect safe<=1";
    let done = folder.explore(args);
    done.exits(0);
    let exploration = done.exploration();
    let found = &exploration.cells[0].found;
    assert_eq!(found.fault, None);
    assert!(found.covered.schedules > 30, "{:?}", found.covered);
    assert!(found.is_safe_within(1));
    let sold = |told: &&Vec<_>| {
        let done = checkout_sim::shop::Outcome::Sold;
        told.iter().filter(|outcome| **outcome == done).count() == 1
    };
    let told: Vec<_> = found.endings.iter().map(|ending| &ending.told).collect();
    assert!(told.iter().all(sold), "{told:?}");
}

/// What makes no sense is told before anything starts.
#[test]
fn what_a_service_cannot_do_is_refused_before_it_starts() {
    let folder = Folder::serve();
    for (args, told) in [
        ("--on memory", "--on memory has no meaning for a [service]"),
        ("--crash", "--crash has no meaning for a [service]"),
        ("--race 5", "--race has no meaning for a [service]"),
        ("--show price", "no request of the service takes that"),
        ("--sessions pay,pay", "has no operation \"pay\""),
        ("--strategy naive", "is no variant of the service"),
    ] {
        let done = explore(&folder.path(), args).without_postgres().run();
        done.exits(2).complains(told);
    }
}

/// The program of a language, in its forms; `None` where that is not installed.
fn shop(program: &str, script: &str) -> Option<Files> {
    let home = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let program = match program {
        "node" => PathBuf::from("node"),
        other => home.join("target/drivers/venv/bin").join(other),
    };
    if program.is_absolute() && !program.exists() {
        assert!(
            std::env::var_os("SIM_REQUIRE_DRIVERS").is_none(),
            "{script} needs .ci/drivers deep"
        );
        eprintln!("did not run: {script} needs .ci/drivers deep");
        return None;
    }
    let script = home.join("tests/services").join(script);
    let command = format!("{} {}", program.display(), script.display());
    let file = SHOP.replace("@COMMAND@", &command);
    Some(Files::new(&[
        ("shop.toml", file.as_str()),
        ("shop.sql", TABLES),
    ]))
}

/// The one that looks first sells the last unit twice, and no schedule of the other one does.
fn is_told_apart(program: &str, script: &str) {
    let Some(files) = shop(program, script) else {
        return;
    };
    let path = files.path("shop.toml").display().to_string();
    let done = explore(&path, "").json().run();
    done.exits(10);
    let exploration = done.exploration();
    let [naive, locked] = [0, 1].map(|cell| &exploration.cells[cell].found);
    for found in [naive, locked] {
        assert!(found.covered.exhausted, "{:?}", found.covered);
        assert_eq!(found.fault, None);
    }
    assert!(naive.proving(Verdict::Violates) > 0);
    assert!(naive.proving(Verdict::NotSerializable) > 0);
    let times = naive.reproduced.expect("run again").times;
    assert_eq!(times, 10);
    assert_eq!(locked.judgement.verdict, Verdict::Safe);
    let second = explore(&path, "").json().run().exploration();
    for (one, other) in exploration.cells.iter().zip(&second.cells) {
        assert_eq!(drawn(&one.found), drawn(&other.found), "{}", one.cell);
    }
}

#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_flask_with_psycopg() {
    is_told_apart("python", "flask_shop.py");
}

#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_flask_with_sqlalchemy() {
    is_told_apart("python", "sqlalchemy_shop.py");
}

#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_fastapi_with_asyncpg() {
    is_told_apart("python", "fastapi_shop.py");
}

#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_node_with_pg() {
    is_told_apart("node", "pg_shop.mjs");
}

/// A check and an insert in one statement, with no transaction around it and no unique key.
#[test]
#[ignore = "slow: .ci/deep"]
fn deep_one_statement_that_looks_and_inserts_is_found() {
    let Some(files) = shop("python", "flask_shop.py") else {
        return;
    };
    let path = files.path("shop.toml").display().to_string();
    let done = explore(&path, "--strategy service:once").json().run();
    done.exits(10).says("VIOLATES  service:once");
    let found = &done.exploration().cells[0].found;
    assert!(found.covered.exhausted);
    assert!(found.proving(Verdict::NotSerializable) > 0);
}

/// Two statements of one request at once have no order that the request chose.
#[test]
#[ignore = "slow: .ci/deep"]
fn deep_statements_side_by_side_are_refused_by_name() {
    for (program, script) in [("python", "fastapi_shop.py"), ("node", "pg_shop.mjs")] {
        let Some(files) = shop(program, script) else {
            continue;
        };
        let path = files.path("shop.toml").display().to_string();
        let done = explore(&path, "--strategy service:side-by-side").run();
        assert!(done.all().contains("side by side"), "{}", done.all());
        assert!(!done.all().contains("SAFE"), "{}", done.all());
    }
}
