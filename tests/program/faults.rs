//! Faults while buyers shop: what breaks is told, everything else goes on, and
//! what was recorded is kept.

mod machine;
mod panic;
mod parameters;
mod silence;
mod unread;

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::Duration;

use crate::fixture::{Database, Done, Lost, Proxy, Running, Server, Sim, send, sim};
use nix::sys::signal::Signal::{SIGKILL, SIGQUIT};
use serde_json::{Value, json};

const BUYERS: u64 = 9000;

/// More than one lane has.
const CONNECTIONS: usize = 20;

/// Some seconds of shopping; every buyer can be served.
fn long_run() -> Sim {
    let shop = "--strategy atomic --products 50 --stock 1000 --expect inconclusive";
    sim(&format!(
        "{shop} --buyers {BUYERS} --connections {CONNECTIONS} --think-time 3ms"
    ))
    .json()
}

/// What every run with faults must show: exit code 1, nothing lost from sight,
/// and a ledger that agrees with what the buyers were told.
fn assert_survived(done: &Done) {
    done.exits(1).conserves(BUYERS);
    let run = done.first_run();
    let faults = &run["faults"];
    assert_eq!(faults["server_lost"], Value::Null, "{faults}");
    assert_eq!(faults["not_audited"], Value::Null, "{faults}");
    assert_eq!(run["judgement"]["proven"], json!([]));
    assert_eq!(done.outcome("unknown") + done.outcome("not_started"), 0);
    done.says("faults");
}

fn shopping(database: &Database) -> Running {
    let mut running = long_run().on(database).start();
    running.until("ten orders", || database.orders() >= 10);
    running
}

fn terminate(database: &Database, pids: &[u32]) {
    for pid in pids {
        database.ask(&format!("SELECT pg_terminate_backend({pid})::text"));
    }
}

#[test]
fn a_lost_connection_ends_one_attempt() {
    let database = Server::shared();
    let running = shopping(&database);
    let backends = database.backends();
    assert_eq!(backends.len(), CONNECTIONS + 1, "one is the run's own");
    terminate(&database, &backends[3..4]);
    let done = running.wait();
    assert_survived(&done);
    let failed = done.outcome("failed");
    assert_eq!((failed, done.outcome("sold")), (1, BUYERS - 1));
    done.says("1 x connection lost: ");
    assert_eq!(database.schemas(), [] as [String; 0]);
}

#[test]
fn losing_every_connection_costs_one_attempt_each() {
    let database = Server::shared();
    let running = shopping(&database);
    terminate(&database, &database.backends());
    let done = running.wait();
    assert_survived(&done);
    // One of those that were cut is the run's own.
    let failed = done.outcome("failed");
    assert!(
        (1..=CONNECTIONS as u64).contains(&failed),
        "{failed} failed"
    );
    assert_eq!(done.outcome("sold"), BUYERS - failed);
    assert_eq!(database.schemas(), [] as [String; 0]);
}

/// With the next run still to come, which needs the run's own connection.
#[test]
fn the_runs_own_connection_comes_back() {
    let database = Server::shared();
    let call = sim("--strategy atomic --buyers 100 --think-time 3ms --runs 15").json();
    let mut running = call.on(&database).start();
    running.until("an order", || database.orders() > 0);
    // Over and over, so that it is also cut between two runs. It is the
    // oldest; where it was cut and is not back yet, one is missing.
    let mut cut = BTreeSet::new();
    while running.child().try_wait().unwrap().is_none() && cut.len() < 20 {
        let backends = database.backends();
        if [1, 17].contains(&backends.len()) && cut.insert(backends[0]) {
            terminate(&database, &backends[..1]);
        }
        sleep(Duration::from_millis(10));
    }
    let done = running.wait();
    let runs = done.json()["cells"][0]["runs"].as_array().unwrap().clone();
    assert_eq!(runs.len(), 15, "{}", done.all());
    assert!(cut.len() >= 2, "{cut:?}");
    let audited = |run: &&Value| run["faults"]["not_audited"].is_null();
    assert_eq!(runs.iter().filter(audited).count(), 15);
    // A buyer's connection may have been the oldest for a moment.
    let failed = |run: &Value| run["outcomes"]["failed"].as_u64().unwrap();
    let any_failed = runs.iter().map(failed).sum::<u64>() > 0;
    done.exits(i32::from(any_failed));
}

/// The server ends all its processes and recovers, as after any crash.
#[test]
fn a_crash_is_survived_or_ends_the_run_cleanly() {
    let server = Server::start(&[]);
    let database = server.database();
    let running = shopping(&database);
    send(database.backends()[2], SIGKILL);
    let done = running.wait();
    assert_survived(&done);
    assert!(done.outcome("failed") >= 1);
    assert!(done.outcome("sold") > 10);
}

/// The crash meets the last buyers, and the audit meets the recovery.
#[test]
fn a_crash_at_the_end_is_audited_once_the_server_is_back() {
    let server = Server::start(&[]);
    let database = server.database();
    let call = sim("--strategy row-lock --buyers 1 --think-time 2s").json();
    let mut running = call.on(&database).start();
    running.until("a thinking buyer", || database.thinks());
    send(database.backends()[1], SIGKILL);
    let done = running.wait();
    done.exits(1).conserves(1);
    assert_eq!(done.outcome("failed"), 1);
    assert_eq!(done.first_run()["faults"]["not_audited"], Value::Null);
}

#[test]
fn a_dead_server_ends_the_run_with_what_was_recorded() {
    let server = Server::start(&[]);
    let running = shopping(&server.database());
    send(server.cluster().pid(), SIGQUIT);
    let done = running.wait();
    assert_ended_early(&done);
    done.complains("is left behind on ");
}

#[test]
fn a_dead_private_server_ends_the_run_with_what_was_recorded() {
    let mut running = long_run().start();
    let database = running.until_buyers_shop();
    running.until("ten orders", || database.orders() >= 10);
    let file = database
        .ask("SELECT pg_read_file('postmaster.pid')")
        .remove(0);
    send(file.lines().next().unwrap().parse().unwrap(), SIGKILL);
    let done = running.wait();
    assert_ended_early(&done);
    done.complains("the private PostgreSQL ended (signal: 9 (SIGKILL))");
}

/// Not audited, since there is no server to ask, and said so; but all that the
/// buyers saw is in the report.
fn assert_ended_early(done: &Done) {
    done.exits(1)
        .conserves(BUYERS)
        .says("server lost: cannot connect to ");
    done.says("the ledger could not be read");
    assert!(done.outcome("sold") >= 10 && done.outcome("not_started") > 0);
    let run = done.first_run();
    assert_eq!(run["judgement"]["verdict"], "inconclusive");
    assert_ne!(run["faults"]["not_audited"], Value::Null);
}

/// 40 buyers through a network that loses three COMMITs or their replies.
fn through(lost: Lost, shop: &str) -> Done {
    let database = Server::shared();
    let proxy = Proxy::start(&database.socket(), lost, 5, 3);
    let buyers = "--strategy row-lock --buyers 40 --connections 4";
    let call = sim(&format!("{buyers} {shop}"));
    let done = call.at(&proxy.url(database.name())).json().run();
    assert_eq!(proxy.cut(), 3, "{}", done.all());
    done.exits(1).conserves(40);
    let run = done.first_run();
    for finding in run["findings"].as_array().expect("a list") {
        let broken = ["oversold", "missing_orders", "duplicate_orders"];
        assert!(
            !broken.iter().any(|rule| finding["rule"] == *rule),
            "{finding}"
        );
    }
    assert_eq!(database.schemas(), [] as [String; 0]);
    done
}

#[test]
fn a_commit_whose_reply_is_lost_was_a_sale() {
    let done = through(Lost::Reply, "--stock 40");
    assert_eq!(done.outcome("sold"), 40);
    let resolved = done.first_run()["resolved"].clone();
    assert_eq!(resolved, json!({"sold": 3, "failed": 0}));
    done.says("3 checkouts got no reply to COMMIT; looked up: 3 sold, 0 not");
}

#[test]
fn a_commit_that_never_arrives_was_none() {
    let done = through(Lost::Request, "--stock 40");
    assert_eq!((done.outcome("sold"), done.outcome("failed")), (37, 3));
    let resolved = done.first_run()["resolved"].clone();
    assert_eq!(resolved, json!({"sold": 0, "failed": 3}));
    done.says("3 checkouts got no reply to COMMIT; looked up: 0 sold, 3 not");
}

/// The units are sold to others, and others are refused: the ledger is as it
/// should be, but not every buyer was answered.
#[test]
fn no_verdict_is_safe_over_buyers_who_failed() {
    let done = through(Lost::Request, "--stock 20");
    assert_eq!((done.outcome("sold"), done.outcome("sold_out")), (20, 17));
    let judgement = done.first_run()["judgement"].clone();
    assert_eq!(judgement["verdict"], "inconclusive");
    let doubts = judgement["doubts"].as_array().unwrap();
    assert!(doubts.contains(&json!("buyers-failed")), "{judgement}");
    done.says("3 checkouts failed, and how they would have been answered is not known");
}

/// D3: whatever its SQLSTATE, a PANIC is no answer to COMMIT, which may be durable.
/// The audit of the ledger finds every order that was promised, and no other.
#[test]
fn a_commit_that_meets_a_panic_is_in_doubt_and_looked_up() {
    let done = through(Lost::Panic, "--stock 40");
    assert_eq!(done.outcome("sold"), 40);
    let resolved = done.first_run()["resolved"].clone();
    assert_eq!(resolved, json!({"sold": 3, "failed": 0}));
}

#[test]
fn a_commit_that_meets_the_end_of_its_session_is_in_doubt_and_looked_up() {
    let done = through(Lost::Fatal, "--stock 40");
    assert_eq!((done.outcome("sold"), done.outcome("failed")), (37, 3));
    let resolved = done.first_run()["resolved"].clone();
    assert_eq!(resolved, json!({"sold": 0, "failed": 3}));
}

/// As long as its server process lives, a COMMIT may still come. That process
/// keeps its locks, so every buyer wants another product: this seed sees to it.
#[test]
fn a_commit_that_may_still_come_stays_unknown() {
    let done = through(
        Lost::RequestUnnoticed,
        "--stock 40 --products 5000 --seed 1",
    );
    assert_eq!((done.outcome("sold"), done.outcome("unknown")), (37, 3));
    assert_eq!(done.first_run()["judgement"]["verdict"], "inconclusive");
    done.says("3 checkouts got no reply to COMMIT and could not be looked up");
}
