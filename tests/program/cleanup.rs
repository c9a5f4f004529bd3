//! However a run ends, no process, no directory and no schema of it remains.
//! Whether that is so on the machine is looked at after every single `sim`:
//! see `fixture::Running::wait`.

mod absent;
mod attacks;
mod own_tables;
mod poolers;
mod sweep;

pub use own_tables::everything;

use crate::fixture;
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::Mutex;
use std::thread::sleep;
use std::time::Duration;

use crate::fixture::{Database, Done, Running, Server, Sim, entries, eventually, send, sim};
use checkout_sim::report::CutShort;
use nix::sys::signal::Signal::{self, SIGHUP, SIGINT, SIGKILL, SIGSTOP, SIGTERM};

/// Long enough to be met in the middle, whatever the machine is busy with.
const LONG: &str = "--strategy row-lock --buyers 5000 --connections 20 --think-time 20ms";

fn long_run() -> Sim {
    sim(LONG).json()
}

// A private server ------------------------------------------------------------

#[test]
fn a_normal_end_and_an_error_leave_nothing() {
    sim("--strategy atomic --buyers 300").run().exits(0);
    let unwritable = sim("--strategy atomic --buyers 300 --export-csv /dev/full");
    unwritable.run().exits(1).complains("/dev/full");
    let crowded = sim("--strategy atomic").env("SIM_POSTGRES_BIN", "/bin");
    crowded
        .run()
        .exits(1)
        .complains("SIM_POSTGRES_BIN=/bin: no initdb there");
}

#[test]
fn an_interrupt_lets_what_runs_finish() {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let mut running = long_run().start();
        let database = running.until_buyers_shop();
        running.signal(signal);
        let done = running.wait();
        assert_reports_an_interrupt(&done);
        assert!(
            database.try_ask("SELECT 'here'").is_err(),
            "the server is gone"
        );
    }
}

/// Each checkout that had begun came to its end and was audited; no other one began.
fn assert_reports_an_interrupt(done: &Done) {
    done.exits(130).complains("interrupted: no new buyers");
    done.says("INCONCLUSIVE")
        .says("the run ended before every buyer had their turn");
    let run = done.first_run();
    assert_eq!(run["faults"]["interrupted"], true);
    assert_eq!(run["faults"]["not_audited"], serde_json::Value::Null);
    assert!(done.outcome("not_started") > 0 && done.outcome("sold") > 0);
    for none in ["failed", "unknown"] {
        assert_eq!(done.outcome(none), 0, "{none}");
    }
    done.conserves(5000);
}

#[test]
fn a_second_interrupt_ends_it_now() {
    // An attempt takes an hour, so there is nothing to wait for.
    let mut running = sim("--strategy row-lock --think-time 1h").json().start();
    let tmp = running.place().tmp();
    running.until("a thinking buyer", || {
        let sql = "SELECT count(*)::text FROM pg_stat_activity WHERE state = 'idle in transaction'";
        Database::private_in(&tmp).is_some_and(|d| d.ask(sql) == ["1"])
    });
    running
        .signal(SIGINT)
        .until_it_complains("again to end at once");
    running.signal(SIGINT);
    let done = running.wait();
    done.exits(130);
    let runs = done.json()["cells"][0]["runs"].clone();
    assert_eq!(runs, serde_json::json!([]), "no run was finished");
}

#[test]
fn finished_runs_survive_a_second_interrupt() {
    let calls = "--strategy atomic,row-lock --buyers 100 --think-time 5ms --runs 1000";
    let mut running = sim(calls).json().start();
    let export = running.place().out().join("run.json");
    running.until("a saved run", || {
        std::fs::read_to_string(&export).is_ok_and(|text| text.contains("\"run\": 2"))
    });
    running
        .signal(SIGINT)
        .until_it_complains("again to end at once");
    // It may have ended by itself by now.
    let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(running.pid() as i32), SIGINT);
    let done = running.wait();
    done.exits(130).conserves(100);
    let report = done.json();
    assert!(report["cells"][0]["runs"].as_array().unwrap().len() >= 2);
    assert!(done.stdout.contains("row-lock"), "{}", done.all());
}

/// A sign of progress, and how to wait for it.
type Moment = (&'static str, fn(&mut Running));

/// When to end a `sim`.
const MOMENTS: [Moment; 4] = [
    ("a directory", until_a_directory),
    ("a data directory", |running| {
        until_a_file(running, "pg/data")
    }),
    ("a server", |running| {
        until_a_file(running, "pg/.s.PGSQL.5432")
    }),
    ("shopping", |running| drop(running.until_buyers_shop())),
];

fn until_a_directory(running: &mut Running) {
    let tmp = running.place().tmp();
    running.until("a directory", || !entries(&tmp).is_empty());
}

fn until_a_file(running: &mut Running, name: &str) {
    let tmp = running.place().tmp();
    running.until(name, || {
        let homes = entries(&tmp);
        homes
            .first()
            .is_some_and(|home| tmp.join(home).join(name).exists())
    });
}

#[test]
fn nothing_survives_a_kill() {
    for (moment, wait) in MOMENTS {
        eprintln!("SIGKILL at: {moment}");
        let mut running = long_run().start();
        wait(&mut running);
        running.signal(SIGKILL);
        running.wait().was_killed_by(SIGKILL);
    }
}

#[test]
fn nothing_survives_an_interrupt_while_starting() {
    for (moment, wait) in &MOMENTS[..3] {
        eprintln!("SIGINT at: {moment}");
        let mut running = long_run().start();
        wait(&mut running);
        running.signal(SIGINT);
        running.wait().exits(130).complains("interrupted");
    }
}

#[test]
fn a_start_that_takes_for_ever_can_be_interrupted() {
    let call = long_run();
    let bin = call.out().join("bin");
    std::fs::create_dir(&bin).unwrap();
    for program in ["initdb", "postgres"] {
        let script = "#!/bin/sh\n[ \"$1\" = --version ] && echo 'postgres (PostgreSQL) 15.1' && exit\n\
                      exec sleep 1000\n";
        std::fs::write(bin.join(program), script).unwrap();
        fixture::command("chmod", &[&"755", &bin.join(program)]);
    }
    let mut running = call.env("SIM_POSTGRES_BIN", &bin).start();
    until_a_directory(&mut running);
    running.signal(SIGINT);
    let done = running.wait();
    done.exits(130)
        .complains("interrupted before anything ran")
        .says_nothing();
    // The report of a run that was none says that it was none.
    assert_eq!(done.dossier().cut_short, Some(CutShort::Interrupted));
    assert_eq!(done.json()["cells"][0]["runs"], serde_json::json!([]));
}

#[test]
#[ignore = "many times: about a minute"]
fn nothing_survives_a_kill_at_any_moment() {
    for number in 0..30 {
        let mut running = long_run().start();
        // Over the whole start and the beginning of the run.
        sleep(Duration::from_millis(number * 70));
        running.signal(SIGKILL);
        running.wait().was_killed_by(SIGKILL);
    }
}

#[test]
fn nothing_survives_an_abort_or_a_panic() {
    let mut running = long_run().start();
    running.until_buyers_shop();
    running.signal(Signal::SIGABRT);
    running.wait().was_killed_by(Signal::SIGABRT);

    let started = Mutex::new(None);
    let panicked = catch_unwind(|| {
        let server = Server::start(&[]);
        let cluster = server.cluster();
        *started.lock().unwrap() = Some((cluster.socket_dir().to_owned(), cluster.pid()));
        panic!("on purpose");
    });
    assert!(panicked.is_err());
    let (home, pid) = started.into_inner().unwrap().expect("it was started");
    assert!(!home.exists());
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn a_closed_pipe_leaves_nothing() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let done = sim("--strategy naive --buyers 50").stdout(writer).run();
    done.exits(10).complains_of_nothing();
}

/// Root must not be needed for any of it.
#[test]
fn an_ordinary_user_leaves_nothing() {
    let ordinary = || long_run().by_ordinary_user();
    let done = sim("--strategy atomic --buyers 300")
        .by_ordinary_user()
        .run();
    done.exits(0);

    let mut running = ordinary().start();
    running.until_buyers_shop();
    running.signal(SIGINT);
    assert_reports_an_interrupt(&running.wait());

    for moment in [1, 3] {
        let mut running = ordinary().start();
        MOMENTS[moment].1(&mut running);
        running.signal(SIGKILL);
        running.wait().was_killed_by(SIGKILL);
    }
}

/// Without a usable TMPDIR the server lives in /tmp, and goes from there too.
#[test]
fn a_useless_tmpdir_is_replaced() {
    for useless in ["/nonexistent/tmp", "/etc/passwd"] {
        let mut running = long_run().env("TMPDIR", useless).start();
        let sim = running.pid();
        let mut home = None;
        running.until("a reaper", || {
            home = home_of(sim);
            home.is_some()
        });
        let home = home.unwrap();
        assert!(home.starts_with("/tmp/sim-"), "{home}");
        running.signal(SIGTERM);
        running.wait().exits(130);
        eventually("it is gone", || !Path::new(&home).exists());
    }
}

/// The directory of the private server of a `sim`: its reaper names it.
fn home_of(sim: u32) -> Option<String> {
    let children = std::fs::read_to_string(format!("/proc/{sim}/task/{sim}/children"));
    let threads = entries(Path::new(&format!("/proc/{sim}/task")));
    let of_threads = threads.iter().filter_map(|thread| {
        std::fs::read_to_string(format!("/proc/{sim}/task/{thread}/children")).ok()
    });
    let all: Vec<String> = children.into_iter().chain(of_threads).collect();
    all.join(" ").split_whitespace().find_map(|child| {
        let line = std::fs::read(format!("/proc/{child}/cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let words: Vec<&str> = line.trim_end_matches('\0').split('\0').collect();
        let reaper = words.iter().position(|word| *word == "sim-reaper")?;
        words.get(reaper + 1).map(|home| (*home).to_owned())
    })
}

// A server of the user's ------------------------------------------------------

#[test]
fn a_schema_is_dropped_after_every_end() {
    let shop = Server::shop();
    sim("--strategy naive --buyers 50")
        .on(&shop)
        .run()
        .exits(10);
    shop.assert_untouched();
    let unwritable = sim("--strategy naive --buyers 50 --export-csv /dev/full");
    unwritable.on(&shop).run().exits(1);
    shop.assert_untouched();

    let start = || {
        let mut running = long_run().on(&shop).start();
        running.until_buyers_shop_at(&shop);
        running
    };
    let mut running = start();
    running.signal(SIGTERM);
    assert_reports_an_interrupt(&running.wait());
    shop.assert_untouched();

    let mut running = start();
    running.signal(SIGKILL);
    running.wait().was_killed_by(SIGKILL);
    shop.assert_untouched();

    // Ctrl-C at a terminal reaches the whole process group, twice.
    let mut running = sim("--strategy row-lock --think-time 1h").on(&shop).start();
    running.until("a thinking buyer", || shop.thinks());
    running
        .signal(SIGINT)
        .until_it_complains("again to end at once");
    running.signal(SIGINT);
    running.wait().exits(130);
    shop.assert_untouched();
}

/// What `--keep` keeps is said to be kept, and only that.
#[test]
fn a_schema_can_be_kept() {
    let shop = Server::shop();
    let done = sim("--strategy row-lock --buyers 300 --keep")
        .on(&shop)
        .run();
    let schemas = shop.schemas();
    assert_eq!(schemas.len(), 1);
    done.exits(0)
        .complains(&format!("kept: schema {} on ", schemas[0]));
    let sold = format!("SELECT count(*)::text FROM {}.orders", schemas[0]);
    assert_eq!(shop.ask(&sold), ["60"]);

    let nowhere = "postgres://me:hush@localhost:1/shop";
    let done = sim("--strategy naive --keep").at(nowhere).run();
    done.exits(1).never_tells("hush");
    assert!(!done.stderr.contains("kept"), "{}", done.all());
}

/// The server is there and says nothing, as behind a broken network.
#[test]
fn a_silent_server_can_be_left() {
    let server = Server::start(&[]);
    let shop = server.database();
    let mut running = sim("--strategy row-lock --think-time 1h").on(&shop).start();
    running.until("a thinking buyer", || shop.thinks());
    send(server.cluster().pid(), SIGSTOP);
    running
        .signal(SIGINT)
        .until_it_complains("again to end at once");
    running.signal(SIGINT);
    sleep(Duration::from_millis(300));
    running.signal(SIGINT);
    running.until_it_complains("is left behind on ");
    send(server.cluster().pid(), Signal::SIGCONT);
    running.wait().exits(1);
    // The guard waited for the server to speak again.
    eventually("no schema is left", || shop.schemas().is_empty());
}
