//! What is dropped on a server of the user's that is down, restarts or stands still when
//! it is to be dropped.

use std::fs::rename;
use std::path::PathBuf;
use std::thread::{available_parallelism, sleep};
use std::time::Duration;

use nix::sys::signal::Signal::{SIGCONT, SIGINT, SIGKILL, SIGSTOP};

use super::long_run;
use crate::fixture::{Database, Running, Server, eventually, send, sim};

/// A server that no client finds, as one that is down: its socket has another name.
struct Down {
    socket: PathBuf,
    hidden: PathBuf,
}

impl Down {
    fn take(database: &Database) -> Self {
        let socket = database.socket();
        let hidden = socket.with_extension("hidden");
        rename(&socket, &hidden).unwrap();
        Self { socket, hidden }
    }

    fn comes_back(self) {
        rename(&self.hidden, &self.socket).unwrap();
    }
}

/// A run that is killed in the middle on a server that goes down before.
fn killed_on(database: &Database) -> (Running, Down) {
    let mut running = long_run().on(database).start();
    running.until_buyers_shop_at(database);
    let down = Down::take(database);
    running.signal(SIGKILL);
    assert!(running.ended());
    (running, down)
}

#[test]
fn the_guard_waits_for_a_server_that_is_down() {
    let server = Server::start(&[]);
    let database = server.database();
    let (running, down) = killed_on(&database);
    // It asks more often than that.
    sleep(Duration::from_secs(2));
    let processes = running.place().processes();
    let is_guard = |process: &String| process.contains("guard");
    assert!(processes.iter().any(is_guard), "{processes:?}");
    down.comes_back();
    eventually("no schema is left", || database.schemas().is_empty());
    running.wait().was_killed_by(SIGKILL);
}

/// Not for ever: then the schema is left to the next run.
#[test]
fn the_guard_leaves_a_server_that_stays_down() {
    let server = Server::start(&[]);
    let database = server.database();
    let (running, down) = killed_on(&database);
    eventually("the guard is gone", || {
        running.place().processes().is_empty()
    });
    down.comes_back();
    let left = database.schemas();
    assert_eq!(left.len(), 1);
    running.wait().was_killed_by(SIGKILL);
    let next = sim("--strategy atomic --buyers 300").on(&database).run();
    next.exits(0)
        .complains(&format!("dropped schema {}", left[0]));
    assert_eq!(database.schemas(), [] as [String; 0]);
}

/// The server ends all its processes and starts again, as after a crash: every schedule
/// loses its sessions, and each has a schema of its own.
#[test]
fn every_schema_is_dropped_when_the_server_restarts_in_an_exploration() {
    let server = Server::start(&[]);
    let database = server.database();
    let call = sim("explore --strategy row-lock --isolation serializable --buyers 4").json();
    let mut running = call.on(&database).start();
    let arenas = available_parallelism().map_or(2, usize::from).min(8);
    running.until("all schemas", || database.schemas().len() == arenas);
    send(*database.backends().last().unwrap(), SIGKILL);
    let done = running.wait();
    done.exits(1).complains("error: row-lock at serializable: ");
    assert_eq!(database.schemas(), [] as [String; 0]);
}

/// Some buyers were told that they bought, another one's server process stands still.
#[test]
fn a_second_interrupt_abandons_a_run_that_has_sold() {
    let server = Server::start(&[]);
    let database = server.database();
    let mut running = long_run().on(&database).start();
    running.until("some orders", || database.orders() > 3);
    let buyer = *database.backends().last().unwrap();
    send(buyer, SIGSTOP);
    running
        .signal(SIGINT)
        .until_it_complains("again to end at once");
    assert!(database.orders() > 3);
    running.signal(SIGINT);
    send(buyer, SIGCONT);
    let done = running.wait();
    done.exits(130);
    // What the buyers were told is not known whole, so nothing of it is a result.
    assert_eq!(done.json()["cells"][0]["runs"], serde_json::json!([]));
    assert_eq!(database.schemas(), [] as [String; 0]);
}
