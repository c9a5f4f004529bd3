//! What is drawn again and again on a terminal, and nowhere else.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::thread;

use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};

use crate::fixture::{Done, Server, command, sim};

/// A run that takes a second or more: one connection, and a pause in each attempt.
const RUN: &str = "--strategy naive --buyers 200 --stock 20 --connections 1 --think-time 5ms";

/// What a terminal of so many columns is told on standard error, and how `sim` ended.
fn on_terminal(call: &str, columns: u16) -> (String, Done) {
    // No program that another test starts meanwhile may have it: it would keep it open.
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let terminal = posix_openpt(flags).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let path = ptsname_r(&terminal).unwrap();
    let slave = File::options().read(true).write(true).open(&path).unwrap();
    let width = columns.to_string();
    command("stty", &[&"-F", &path, &"cols", &width, &"rows", &"24"]);
    let mut shown = File::from(OwnedFd::from(terminal));
    let reading = thread::spawn(move || {
        let mut told = Vec::new();
        // At the end, when no program has the terminal any longer, reading fails.
        let _ = shown.read_to_end(&mut told);
        String::from_utf8(told).unwrap()
    });
    let call = sim(call).on(&Server::shared()).json();
    let done = call.env("TERM", "xterm").stderr(slave).run();
    (reading.join().unwrap(), done)
}

/// The lines that were drawn, without the commands to the terminal.
fn lines(told: &str) -> Vec<String> {
    let lines = told.split(['\r', '\n']);
    let plain = lines.map(|line| anstream::adapter::strip_str(line).to_string());
    plain.filter(|line| !line.is_empty()).collect()
}

#[test]
fn a_terminal_shows_how_far_a_run_is() {
    for columns in [60, 120] {
        let (told, done) = on_terminal(RUN, columns);
        done.exits(10);
        let lines = lines(&told);
        let widest = lines.iter().map(|line| line.chars().count()).max();
        assert!(widest < Some(columns.into()), "{widest:?} of {columns}");
        let last = |text: &str| {
            let found = lines.iter().rfind(|line| line.contains(text));
            found.unwrap_or_else(|| panic!("no {text} in {lines:?}"))
        };
        last("run 1: naive at read-committed");
        last("attempts/s");
        last("0 conflicts");
        last("p99");
        // What is certain on the way is no more than what the audit finds.
        let text = last("oversold");
        let seen = text.split("oversold").nth(1).unwrap().trim_start();
        let seen: u64 = seen.split(' ').next().unwrap().parse().unwrap();
        let findings = &done.first_run()["findings"];
        let found = findings[0]["count"].as_u64().unwrap();
        assert_eq!(findings[0]["rule"], "oversold");
        assert!(seen > 0 && seen <= found, "{seen} of {found}");
        // All of it is taken away again.
        assert!(told.ends_with("\x1b[J"), "{told:?}");
    }
}

#[test]
fn a_terminal_shows_how_many_schedules_were_tried() {
    let (told, done) = on_terminal("explore --strategy atomic,row-lock --crash", 80);
    done.exits(0);
    let lines = lines(&told);
    assert!(lines.iter().any(|line| line.contains("exploring row-lock")));
    assert!(lines.iter().any(|line| line.contains("schedules tried")));
}

/// Not even how to draw.
#[test]
fn what_is_not_wanted_is_not_drawn() {
    for flag in ["--quiet", "--no-progress"] {
        let (told, done) = on_terminal(&format!("{RUN} {flag}"), 80);
        done.exits(10);
        assert_eq!(told, "", "{flag}");
    }
}

/// A pipe or a file, such as the log of a workflow, gets no line that is drawn again.
#[test]
fn without_a_terminal_nothing_is_drawn() {
    for call in [RUN, "explore --strategy naive"] {
        let done = sim(call).on(&Server::shared()).env("TERM", "xterm").run();
        done.exits(10).complains_of_nothing();
        let is_command = |letter: char| letter.is_control() && letter != '\n';
        assert!(!done.stdout.contains(is_command), "{}", done.all());
    }
}
