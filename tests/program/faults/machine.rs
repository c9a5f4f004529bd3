//! What a machine may be short of, and what its user may have set: named, or without effect.

use std::io::Write as _;
use std::path::Path;

use nix::sys::signal::Signal::{SIGHUP, SIGINT};

use crate::fixture::{Database, Server, Sim, sim};

const SHORT: &str = "--strategy atomic --buyers 300";

/// Would change results, were it known to the server, and is refused by name.
const OPTIONS: &str = "-c no_such_setting=1";

#[test]
fn the_private_server_does_not_hear_of_pgoptions() {
    let misled = |call: Sim| {
        let call = call.env("PGOPTIONS", OPTIONS).env("PGHOST", "nowhere");
        let call = call.env("PGPORT", "1").env("PGUSER", "stranger");
        call.env("PGDATABASE", "none").env("PGSSLMODE", "require")
    };
    misled(sim(SHORT)).run().exits(0).complains_of_nothing();
    // A server of the user's does, as it would from psql.
    let call = sim(SHORT).on(&Server::shared());
    let told = call.env("PGOPTIONS", OPTIONS).run();
    told.exits(1).complains("no_such_setting");
}

/// Whatever cannot be opened is told as such: PostgreSQL is not taken for missing.
#[test]
fn too_few_descriptors_are_named() {
    for descriptors in [10, 14, 18, 22] {
        // Descriptors that the caller of the tests left open would count too.
        let close = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-";
        let limited = format!("{close}; ulimit -n {descriptors}; exec \"$@\"");
        let call = sim(SHORT).arg("--no-download");
        let done = call.through(&["sh", "-c", &limited, "sh"]).run();
        done.exits(1);
        let told = done.stderr.matches("Too many open files").count();
        assert_eq!(told, 1, "{descriptors}: {}", done.all());
        assert!(!done.stderr.contains("is installed"), "{}", done.all());
    }
}

/// In a mount namespace of its own, where `prepare` fills what it likes.
fn with_mounts(call: Sim, prepare: &str) -> Option<Sim> {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("not run: only root can mount a small disk");
        return None;
    }
    let script = format!("{prepare} && exec \"$@\"");
    Some(call.through(&["unshare", "-m", "sh", "-c", &script, "sh"]))
}

#[test]
fn a_disk_that_fills_up_meanwhile_is_named() {
    let long = "--strategy atomic --buyers 20000 --stock 20000 --connections 10";
    let prepare = "mount -t tmpfs -o size=80m,mode=1777 tmpfs \"$TMPDIR\"";
    let Some(call) = with_mounts(sim(long), prepare) else {
        return;
    };
    let tmp = call.tmp();
    let mut running = call.start();
    let seen = format!("/proc/{}/root{}", running.pid(), tmp.display());
    let mut disk = None;
    running.until("a private server", || {
        disk = Database::private_in(Path::new(&seen));
        disk.is_some()
    });
    running.until_buyers_shop_at(&disk.unwrap());
    let filler = std::fs::File::create(Path::new(&seen).join("filler")).unwrap();
    let filled = std::iter::repeat_with(|| (&filler).write_all(&[0; 4096]));
    assert!(filled.take(100_000).any(|written| written.is_err()));
    let done = running.wait();
    done.exits(1);
    done.complains(&format!("no space left on the disk of {}", tmp.display()));
}

#[test]
fn full_shared_memory_is_not_called_the_disk() {
    let prepare = "mount -t tmpfs -o size=4k tmpfs /dev/shm && echo full > /dev/shm/full";
    let Some(call) = with_mounts(sim(SHORT), prepare) else {
        return;
    };
    let done = call.run();
    done.exits(1).complains("no space left in /dev/shm");
}

/// `nohup` has asked for it.
#[test]
fn a_hangup_that_is_ignored_at_the_start_is_ignored_to_the_end() {
    let call = sim("--strategy row-lock --buyers 5000 --connections 20 --think-time 20ms").json();
    let mut running = call.through(&["nohup"]).start();
    let database = running.until_buyers_shop();
    running.signal(SIGHUP);
    let orders = database.orders();
    running.until("more orders", || database.orders() > orders + 20);
    running
        .signal(SIGINT)
        .until_it_complains("again to end at once");
    let done = running.wait();
    done.exits(130).conserves(5000);
    assert_eq!(done.stderr.matches("interrupted").count(), 1);
}

/// A buyer that waits for its next attempt makes it now, so that the run can end.
#[test]
fn the_first_interrupt_cuts_pauses_before_attempts() {
    let call = "--strategy optimistic --buyers 50 --connections 10 --think-time 20ms";
    let mut running = sim(call).arg("--retry-delay=1h..1h").json().start();
    let database = running.until_buyers_shop();
    running.until("every other buyer waits", || database.idles());
    running.signal(SIGINT);
    let done = running.wait();
    done.exits(130).conserves(50);
}

/// A device without end is not read until memory ends.
#[test]
fn what_is_read_has_a_bound() {
    for (call, bound) in [
        ("run --scenario /dev/zero", "1 MiB"),
        ("report /dev/zero", "256 MiB"),
    ] {
        let done = sim(call).without_postgres().run();
        done.exits(2)
            .complains(&format!("cannot read /dev/zero: it is longer than {bound}"));
    }
}
