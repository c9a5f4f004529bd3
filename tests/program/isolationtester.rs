//! PostgreSQL's own isolationtester against what `sim explore` says it saw.
//!
//! Nothing of this project takes part in the second opinion: isolationtester
//! reads the exported file, sends its steps through libpq, finds out by itself
//! which session waits, and prints every row and every error. A reader of the
//! trace must be able to believe each of them.
//!
//! The program comes with what builds extensions of PostgreSQL (on Debian with
//! `postgresql-client-15`). Without it nothing can be checked: then the tests
//! say so, and fail where `SIM_REQUIRE_ISOLATIONTESTER` is set.

mod seen;
mod tester;

use std::fs;

use checkout_sim::explore::trace::Trace;
use checkout_sim::report::Exploration;

use crate::fixture::{Server, sim};
use seen::{seen_by_isolationtester, told_by};
use tester::Tester;

/// An exported file, and what the JSON export tells of the same schedule.
struct Exported {
    name: String,
    spec: String,
    trace: Trace,
}

/// What `sim explore` exports.
fn explore(args: &str, exit: i32) -> Vec<Exported> {
    let database = Server::shared();
    let call = sim(&format!("explore --export-spec specs {args}"));
    let done = call.on(&database).json().run();
    done.exits(exit);
    let exploration: Exploration = serde_json::from_value(done.json()).unwrap();
    let mut exported = Vec::new();
    for cell in exploration.cells {
        let of_cell = format!("{}-{}", cell.cell.subject, cell.cell.level);
        for trace in cell.found.endings.into_iter().filter_map(|e| e.example) {
            let name = format!("{of_cell}-{}.spec", trace.schedule);
            let spec = fs::read_to_string(done.out().join("specs").join(&name));
            let spec = spec.unwrap_or_else(|error| panic!("{name}: {error}"));
            exported.push(Exported { name, spec, trace });
        }
    }
    let files = fs::read_dir(done.out().join("specs")).unwrap().count();
    assert_eq!(files, exported.len(), "a file for every trace");
    exported
}

/// Fails unless isolationtester sees in every file what the trace tells.
/// Answers all that it saw, so that the caller can check that a kind of event was
/// among it.
fn assert_seen(tester: &Tester, exported: &[Exported]) -> String {
    assert!(!exported.is_empty());
    let database = Server::shared();
    let mut all = String::new();
    for Exported { name, spec, trace } in exported {
        let told = told_by(trace);
        let output = tester.run(&database, spec);
        let seen = seen_by_isolationtester(&output);
        assert_eq!(seen, told, "{name}: isolationtester, sim\n{spec}\n{output}");
        all.push_str(&seen);
    }
    all
}

#[track_caller]
fn assert_has(all: &str, events: &[&str]) {
    for event in events {
        assert!(all.contains(event), "no {event:?} in\n{all}");
    }
}

/// The simplest schedule of every ending of the cells that people look at
/// first.
#[test]
fn the_examples_of_one_line_are_seen() {
    let Some(tester) = Tester::find() else { return };
    let strategies = "check-then-update,optimistic,row-lock,check-constraint,autocommit";
    let levels = "read-committed,repeatable-read";
    let args = format!("-s {strategies} -i {levels} --expect catalogue");
    let all = assert_seen(&tester, &explore(&args, 0));
    let serialization = "fails: could not serialize access due to concurrent update";
    assert_has(&all, &[serialization, "product 1: stock 0, sold 2"]);
}

/// The simplest schedules rarely wait; these are any.
#[test]
fn random_schedules_are_seen() {
    let Some(tester) = Tester::find() else { return };
    let args = "-s all -i read-committed,repeatable-read --policy random --schedules 2 --seed 1";
    let all = assert_seen(&tester, &explore(args, 10));
    let check = "fails: new row for relation \"products\" violates check constraint";
    assert_has(&all, &["waits", check]);
}

/// Three buyers, as the model tells it. Where two of them wait at once,
/// PostgreSQL lets them race for the row, and what one run saw another need not
/// see: the seeds are of schedules in which never more than one waits.
#[test]
fn three_buyers_in_memory_are_seen() {
    let Some(tester) = Tester::find() else { return };
    for seed in [7, 12] {
        let args = format!(
            "-s row-lock,blind-decrement --buyers 3 --stock 2 --on memory \
             --policy random --schedules 2 --seed {seed}"
        );
        let all = assert_seen(&tester, &explore(&args, 10));
        assert_has(&all, &["waits", "c2 "]);
    }
}

/// The sessions that wait in a circle, the one that is ended for it, and those
/// that go on because of that.
#[test]
fn deadlocks_are_seen() {
    let Some(tester) = Tester::find() else { return };
    let args = "-s row-lock --lines 2 --lock-order cart --stock 2 --expect undersells";
    let all = assert_seen(&tester, &explore(args, 0));
    assert_has(&all, &["waits", "fails: deadlock detected"]);

    // A victim that tries again. One schedule proves nothing where it breaks nothing.
    for (seed, exit) in [(1, 10), (2, 11)] {
        let args = format!(
            "-s row-lock,optimistic --lines 2 --lock-order cart --stock 2 --max-tries 2 \
             --policy random --schedules 1 --seed {seed}"
        );
        let all = assert_seen(&tester, &explore(&args, exit));
        assert_eq!(all.matches("fails: deadlock detected").count(), 2, "{all}");
    }
}

/// The other direction: what a file does not do as the trace tells, the same
/// comparison must see.
#[test]
fn a_doctored_file_is_seen_through() {
    let Some(tester) = Tester::find() else { return };
    let levels = "read-committed,repeatable-read";
    let exported = explore(
        &format!("-s check-then-update -i {levels} --expect catalogue"),
        0,
    );
    let database = Server::shared();
    let named = |name: &str| exported.iter().find(|e| e.name == name).expect(name);
    let oversells = named("check-then-update-read-committed-AABBBBBAAA.spec");
    let refused = named("check-then-update-repeatable-read-AABBBBBAA.spec");
    let random = "-s row-lock --policy random --schedules 1 --seed 1";
    let waits = &explore(random, 11)[0];
    let write = "a3 { UPDATE products SET stock = ";
    let doctored = [
        // A reads when B has bought.
        (
            oversells,
            "a2 b1 b2 b3 b4 b5".into(),
            "b1 b2 b3 b4 b5 a2".into(),
            "a2 answers 0|0",
        ),
        // A reads without waiting for B.
        (
            waits,
            "a2 { SELECT stock, version FROM products WHERE id = 1 FOR UPDATE".into(),
            "a2 { SELECT stock, version FROM products WHERE id = 1".into(),
            "a2 answers 1|0",
        ),
        // The last one to write leaves something on the shelf.
        (
            oversells,
            format!("{write}0"),
            format!("{write}7"),
            "stock 7, sold 2",
        ),
        // The order is that of another checkout.
        (
            oversells,
            "VALUES (1, 0)".into(),
            "VALUES (9, 0)".into(),
            "orders of [2, 9]",
        ),
        // A sees what was committed since.
        (
            refused,
            "a1 { BEGIN ISOLATION LEVEL REPEATABLE READ".into(),
            "a1 { BEGIN ISOLATION LEVEL READ COMMITTED".into(),
            "a3 done",
        ),
    ];
    for (file, from, to, betrayed_by) in doctored {
        let (from, to): (String, String) = (from, to);
        let (honest, told) = (&file.spec, told_by(&file.trace));
        assert_eq!(honest.matches(&from).count(), 1, "{from:?} in\n{honest}");
        let seen = seen_by_isolationtester(&tester.run(&database, &honest.replace(&from, &to)));
        assert_ne!(seen, told, "{to:?} goes unnoticed");
        assert!(seen.contains(betrayed_by), "no {betrayed_by:?} in\n{seen}");
        assert!(!told.contains(betrayed_by), "{betrayed_by:?} in\n{told}");
    }
}
