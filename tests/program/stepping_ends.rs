//! However `sim explore` ends, what it had found is shown and nothing remains.

use crate::fixture;
use std::fs;
use std::path::Path;

use crate::fixture::{Server, send, sim};
use checkout_sim::report::ExploredCell;
use nix::sys::signal::Signal::{SIGINT, SIGKILL, SIGQUIT};
use nix::unistd::Pid;

/// A short cell, and one that is met in the middle.
const LONG: &str = "explore -s autocommit,check-outside --buyers 3 --reduction off";

#[test]
fn an_interrupt_shows_what_was_found() {
    for world in ["postgres", "memory"] {
        let mut running = sim(LONG).arg("--on").arg(world).json().start();
        let report = running.place().out().join("run.json");
        running.until("a first cell", || holds_something(&report));
        running.signal(SIGINT);
        let done = running.wait();
        done.exits(130)
            .complains("what was found so far is shown")
            .says("autocommit");
        let found = done.exploration();
        assert!(found.cells[0].found.covered.exhausted);
        let is_cut_short = |cell: &ExploredCell| cell.found.covered.cut_short;
        assert!(
            found.cells.get(1).is_none_or(is_cut_short),
            "{}",
            done.all()
        );
    }
}

#[test]
fn a_second_interrupt_ends_it_now() {
    let mut running = sim(LONG).json().start();
    let report = running.place().out().join("run.json");
    running.until("a first cell", || holds_something(&report));
    running
        .signal(SIGINT)
        .until_it_complains("again to end at once");
    // It may have ended by then.
    let _ = nix::sys::signal::kill(Pid::from_raw(running.pid().cast_signed()), SIGINT);
    let done = running.wait();
    done.exits(130).says("autocommit");
    assert!(done.exploration().cells[0].found.covered.exhausted);
}

#[test]
fn a_dead_server_ends_it_with_what_was_found() {
    let server = Server::start(&[]);
    let mut running = sim(LONG).on(&server.database()).json().start();
    let report = running.place().out().join("run.json");
    running.until("a first cell", || holds_something(&report));
    send(server.cluster().pid(), SIGQUIT);
    let done = running.wait();
    done.exits(1)
        .says("autocommit")
        .complains("are left behind on ");
    let found = done.exploration();
    assert!(found.cells[0].found.covered.exhausted);
    // Where the second had begun, it is told as far as it came, and why.
    if let Some(second) = found.cells.get(1) {
        assert!(second.found.fault.is_some() && !second.found.covered.exhausted);
        done.says("check-outside");
    }
}

#[test]
fn a_server_of_the_callers_is_left_as_it_was() {
    let database = Server::shared();
    sim("explore -s naive,atomic").on(&database).run().exits(10);
    assert_eq!(database.schemas(), [""; 0]);
    let mut running = sim(LONG).on(&database).start();
    running.until("schemas", || database.schemas().len() > 1);
    running.signal(SIGKILL);
    running.wait().was_killed_by(SIGKILL);
    fixture::eventually("schemas dropped by the guard", || {
        database.schemas().is_empty()
    });
}

/// A report is there, empty, before anything starts.
fn holds_something(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|file| file.len() > 0)
}
