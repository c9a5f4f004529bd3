//! Results and lines that nothing reads: `sim` is not deaf while it writes them.

use std::io::Write as _;
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal::SIGINT;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::fixture::{Server, sim};

/// An export to a pipe whose reader sleeps: `sim` is not deaf meanwhile.
#[test]
fn a_signal_is_heard_while_results_are_written() {
    let call = sim("--strategy all --isolation all --buyers 20 --export-json pipe");
    let pipe = call.out().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    // Open for both, so that neither side waits for the other one to open it.
    let reader = std::fs::File::options().read(true).write(true).open(&pipe);
    let mut running = call.on(&Server::shared()).start();
    let stdout = running.place().out().join("stdout");
    running.until("the page", || {
        std::fs::read_to_string(&stdout).is_ok_and(|said| said.contains("server: fsync"))
    });
    running
        .signal(SIGINT)
        .until_it_complains("the results are being written (again to end at once)");
    running.signal(SIGINT);
    running.wait().exits(130);
    drop(reader);
}

/// Standard error is a full pipe, as behind a pager: a line that cannot be written
/// is not waited for.
#[test]
fn a_signal_is_heard_although_no_line_can_be_written() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    // As much as a pipe holds on Linux (pipe(7)), and the next byte would block.
    writer.write_all(&[b'\n'; 65_536]).unwrap();
    let database = Server::shared();
    let call = sim("--strategy row-lock --think-time 1h").stderr(writer);
    let mut running = call.on(&database).start();
    running.until("a thinking buyer", || database.thinks());
    running.signal(SIGINT);
    thread::sleep(Duration::from_secs(2));
    running.signal(SIGINT);
    running.wait().exits(130);
    drop(reader);
}

/// The same for the baseline, which is written last.
#[test]
fn a_signal_is_heard_while_the_baseline_is_written() {
    let call = sim("check sale.toml --runs 2 --save-baseline pipe");
    let sale = "title = \"A sale\"\nstrategies = [\"atomic\"]\n[expect.load]\n";
    std::fs::write(call.out().join("sale.toml"), sale).unwrap();
    let pipe = call.out().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let full = std::fs::File::options().read(true).write(true).open(&pipe);
    full.as_ref().unwrap().write_all(&[b'\n'; 65_536]).unwrap();
    let mut running = call.on(&Server::shared()).start();
    let stdout = running.place().out().join("stdout");
    running.until("the page", || {
        std::fs::read_to_string(&stdout).is_ok_and(|said| said.contains("expectations hold"))
    });
    running
        .signal(SIGINT)
        .until_it_complains("the results are being written (again to end at once)");
    // The page's part may have heard the first one, and be over.
    running.signal(SIGINT);
    thread::sleep(Duration::from_secs(1));
    let _ = kill(Pid::from_raw(running.pid().cast_signed()), SIGINT);
    running.wait().exits(130);
    drop(full);
}
