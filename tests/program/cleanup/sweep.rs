//! What is left where everything that cleans up was killed too: the next run sweeps it away, and
//! nothing else.

use std::fs;
use std::path::Path;

use nix::sys::signal::Signal::{self, SIGINT, SIGKILL, SIGSTOP};

use super::long_run;
use crate::fixture;
use crate::fixture::{Running, Server, Sim, entries, eventually, send, sim};

/// The ids of all System V segments of shared memory.
fn segments() -> Vec<String> {
    let table = fs::read_to_string("/proc/sysvipc/shm").unwrap();
    let lines = table.lines().skip(1);
    let ids = lines.filter_map(|line| line.split_whitespace().nth(1));
    ids.map(str::to_owned).collect()
}

/// The children of a process that were started with this word.
fn children(parent: u32, word: &str) -> Vec<u32> {
    let threads = entries(Path::new(&format!("/proc/{parent}/task")));
    let of_threads = threads.iter().filter_map(|thread| {
        fs::read_to_string(format!("/proc/{parent}/task/{thread}/children")).ok()
    });
    let all = of_threads.collect::<Vec<_>>().join(" ");
    let numbers = all.split_whitespace().map(|number| number.parse().unwrap());
    let has_word = |child: &u32| {
        let line = fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(word)
    };
    numbers.filter(has_word).collect()
}

/// The private server of a `sim`.
struct Private {
    pid: u32,
    segment: String,
    backends: Vec<u32>,
}

impl Private {
    fn of(running: &mut Running) -> Self {
        let database = running.until_buyers_shop();
        let file = database.ask("SELECT pg_read_file('postmaster.pid')");
        let lines: Vec<&str> = file[0].lines().collect();
        let segment = lines[6].split_whitespace().nth(1).unwrap().to_owned();
        assert!(segments().contains(&segment));
        Self {
            pid: lines[0].parse().unwrap(),
            segment,
            backends: database.backends(),
        }
    }

    fn send(&self, signal: Signal) {
        send(self.pid, signal);
        for backend in &self.backends {
            send(*backend, signal);
        }
    }

    fn is_gone(&self) -> bool {
        !Path::new(&format!("/proc/{}", self.pid)).exists() && !segments().contains(&self.segment)
    }
}

/// A run that is killed with both of its shells.
fn kill_with_shells(running: &mut Running) {
    let sim = running.pid();
    let shells = [children(sim, "sim-reaper"), children(sim, "sim-sweeper")].concat();
    assert_eq!(shells.len(), 2);
    for process in shells.into_iter().chain([sim]) {
        send(process, SIGKILL);
    }
}

/// A short run whose private server lives beside that of another one.
fn beside(other: &Running) -> Sim {
    sim("--strategy atomic --buyers 300").env("TMPDIR", other.place().tmp())
}

#[test]
fn the_next_run_sweeps_away_what_dead_owners_left() {
    for stays in [SIGSTOP, SIGKILL] {
        eprintln!("the server gets {stays}");
        let mut running = long_run().start();
        let tmp = running.place().tmp();
        let server = Private::of(&mut running);
        // Stopped, it does not hear of the end of `sim` either.
        server.send(SIGSTOP);
        kill_with_shells(&mut running);
        assert!(running.ended());
        if stays == SIGKILL {
            server.send(SIGKILL);
        }
        let left = entries(&tmp);
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(!server.is_gone());

        let done = beside(&running).run();
        done.exits(0)
            .complains(&format!("removed {}", tmp.join(&left[0]).display()));
        eventually("the server is gone", || server.is_gone());
        running.wait().was_killed_by(SIGKILL);
    }
}

/// A `sim` that lives, and directories that only look like one that is dead.
#[test]
fn what_lives_or_is_foreign_is_left_alone() {
    let mut running = long_run().start();
    let tmp = running.place().tmp();
    let server = Private::of(&mut running);
    let home = entries(&tmp).remove(0);
    let foreign = tmp.join("sim-0123456789abcdef");
    fs::create_dir_all(foreign.join("pg/data")).unwrap();
    fs::write(foreign.join("owner"), "").unwrap();
    if nix::unistd::geteuid().is_root() {
        std::os::unix::fs::chown(&foreign, Some(fixture::NOBODY), None).unwrap();
    } else {
        fs::remove_file(foreign.join("owner")).unwrap();
    }
    beside(&running).run().exits(0).complains_of_nothing();
    assert_eq!(entries(&tmp), {
        let mut both = vec![home, "sim-0123456789abcdef".into()];
        both.sort();
        both
    });
    assert!(!server.is_gone());

    fs::remove_dir_all(&foreign).unwrap();
    running.signal(SIGINT);
    running.wait().exits(130);
}

/// Each process of the server has a session of its own: no signal to a group reaches them all.
#[test]
fn a_stopped_server_is_ended_with_all_its_processes() {
    let mut running = long_run().start();
    let server = Private::of(&mut running);
    server.send(SIGSTOP);
    running
        .signal(SIGINT)
        .until_it_complains("again to end at once");
    running.signal(SIGINT);
    running.wait().exits(130);
    eventually("the server is gone", || server.is_gone());
    for backend in &server.backends {
        assert!(!Path::new(&format!("/proc/{backend}")).exists());
    }
}

// A server of the user's ------------------------------------------------------

#[test]
fn the_next_run_drops_schemas_of_dead_owners() {
    let shop = Server::shop();
    let mut running = long_run().on(&shop).start();
    running.until_buyers_shop_at(&shop);
    let guard = children(running.pid(), "guard");
    assert_eq!(guard.len(), 1);
    send(guard[0], SIGKILL);
    running.signal(SIGKILL);
    running.wait().was_killed_by(SIGKILL);
    let left = shop.schemas();
    assert_eq!(left.len(), 1);
    eventually("its sessions end", || shop.backends().is_empty());

    let done = sim("--strategy atomic --buyers 300").on(&shop).run();
    done.exits(0)
        .complains(&format!("dropped schema {}", left[0]));
    shop.assert_untouched();
}

/// What a schema's comment says of this process: that it lives.
fn mark_of_this_process() -> String {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .collect();
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap();
    let (pid, place) = (std::process::id(), namespace.display());
    format!("sim: process {pid} {} {}/{place}", fields[19], boot.trim())
}

#[test]
fn schemas_of_others_stay() {
    let shop = Server::shop();
    let (alive, number) = (mark_of_this_process(), std::process::id());
    let dead = alive.replace(&format!("process {number} "), "process 2147483647 ");
    let elsewhere = format!("{dead}0");
    let schemas = [
        ("sim_000000000001", Some(&alive)),
        ("sim_000000000002", Some(&elsewhere)),
        ("sim_000000000003", None),
        ("sim_shop", Some(&dead)),
        ("sim_000000000004", Some(&dead)),
        ("sim_000000000004_2", Some(&dead)),
        ("sim_000000000005_2", Some(&dead)),
    ];
    for (name, mark) in schemas {
        shop.run(&format!("CREATE SCHEMA {name}"));
        if let Some(mark) = mark {
            shop.run(&format!("COMMENT ON SCHEMA {name} IS '{mark}'"));
        }
    }
    let kept = sim("--strategy row-lock --buyers 300 --keep")
        .on(&shop)
        .run();
    let kept = kept
        .stderr
        .split("kept: schema ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    sim("--strategy atomic --buyers 300")
        .on(&shop)
        .run()
        .exits(0);
    let mut left = shop.schemas();
    left.sort();
    let mut stay = vec![
        "sim_000000000001".to_owned(),
        "sim_000000000002".into(),
        "sim_000000000003".into(),
        "sim_shop".into(),
        kept,
    ];
    stay.sort();
    assert_eq!(left, stay);
}
