//! A service of the user's, explored: a program that was not changed, in a process of its own.

mod faults;

use checkout_sim::explore::found::Found;
use checkout_sim::oracle::Verdict;

use crate::fixture::{Done, Files, Sim, sim};

/// `sim serve` as the program: a buyer puts one unit into a cart and buys it.
pub const SERVE: &str = r#"
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

pub fn explore(file: &str, args: &str) -> Sim {
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
pub fn drawn(found: &Found) -> Vec<String> {
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
