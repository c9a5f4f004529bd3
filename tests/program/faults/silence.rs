//! Attack E: a server that is there and does not answer. It is told of after 5 s
//! and given up when the patience ends; signals are heard at every moment.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal::{self, SIGINT};
use serde_json::json;

use crate::fixture::{Done, Frozen, Lost, PgBouncer, Proxy, Running, Server, free_port, sim};

/// Longer than the 5 s after which silence is told.
const PATIENCE: &str = "--patience 6s";
const TOLD: &str = "for 5 s; given up after 6 s (--patience)";

/// Every command that works on a server.
const COMMANDS: [&str; 5] = [
    "run --strategy atomic",
    "compare --strategy atomic,naive",
    "check sale.toml",
    "explore --strategy naive",
    "replay --strategy naive --schedule AAAAABBBBB",
];

fn start(command: &str, url: &str) -> Running {
    let call = sim(&format!("{command} {PATIENCE}"));
    let sale = "title = \"A sale\"\nstrategies = [\"atomic\"]\n[shop]\nstock = 10\n";
    std::fs::write(call.out().join("sale.toml"), sale).unwrap();
    call.at(url).start()
}

// While connecting ----------------------------------------------------------

/// Accepts every connection and answers with `answer`, for ever.
fn peer(answer: impl Fn(TcpStream) + Send + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || answer(client));
        }
    });
    format!("postgres://postgres@127.0.0.1:{port}/shop?sslmode=disable")
}

/// Accepts and says nothing.
fn silent_peer() -> String {
    let kept: &'static Mutex<Vec<TcpStream>> = Box::leak(Box::default());
    peer(move |client| kept.lock().unwrap().push(client))
}

/// Says that a message of 2 GB comes, and then sends it a byte at a time.
fn endless_peer() -> String {
    peer(|mut client| {
        let _ = client.write_all(b"R\x7f\xff\xff\xff");
        while client.write_all(&[0]).is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
    })
}

#[test]
fn a_server_that_accepts_and_says_nothing_is_given_up() {
    let url = silent_peer();
    let all: Vec<Running> = COMMANDS
        .iter()
        .map(|command| start(command, &url))
        .collect();
    for running in all {
        let done = running.wait();
        done.exits(1).complains(TOLD);
        done.complains("does not answer: no answer for 6 s; --patience says how long to wait");
    }
}

#[test]
fn a_message_without_end_is_given_up() {
    let done = start(COMMANDS[0], &endless_peer()).wait();
    done.exits(1).complains(TOLD).complains("no answer for 6 s");
}

/// Not one signal was heard until the first schema was made.
#[test]
fn a_signal_is_heard_while_connecting() {
    let url = silent_peer();
    for (command, signal) in
        COMMANDS
            .into_iter()
            .zip([SIGINT, Signal::SIGTERM, Signal::SIGHUP, SIGINT, SIGINT])
    {
        let mut running = start(command, &url);
        running.until_it_complains(TOLD);
        running.signal(signal);
        let done = running.wait();
        done.exits(130).complains("interrupted before anything ran");
    }
}

// A stopped server ------------------------------------------------------------

/// The patience is what it says: were time counted by the looks, which take longer
/// where nothing answers, it would be a multiple.
#[test]
fn the_patience_ends_when_it_says() {
    let server = Server::start(&[]);
    let database = server.database();
    let call = sim("--strategy row-lock --think-time 3s --patience 10s");
    let mut running = call.on(&database).start();
    running.until("a thinking buyer", || database.thinks());
    // Neither the run's own look is answered, nor what the buyer sends next.
    let frozen = Frozen::server(&server);
    let began = Instant::now();
    running.until_it_complains("for 5 s; given up after 10 s (--patience)");
    let told = began.elapsed().as_secs_f64();
    assert!((4.0..15.0).contains(&told), "told after {told} s");
    running.until_it_complains("does not answer");
    let given_up = began.elapsed().as_secs_f64();
    assert!(running.ended());
    drop(frozen);
    assert!(
        (9.0..25.0).contains(&given_up),
        "given up after {given_up} s"
    );
    running.wait().exits(1);
}

/// Freezes the server of `running`, waits until it is given up, and lets it go on,
/// so that what was left behind is found and dropped.
fn given_up(server: &Server, mut running: Running) -> Done {
    let frozen = Frozen::server(server);
    let frozen_until_it_ends = running.ended();
    drop(frozen);
    assert!(frozen_until_it_ends);
    let done = running.wait();
    done.exits(1).complains(TOLD).complains("left behind on ");
    let database = server.database();
    crate::fixture::eventually("no schema is left", || database.schemas().is_empty());
    done
}

const THINKING: &str = "--strategy row-lock --products 40 --stock 1000 --buyers 400 \
                        --connections 20 --think-time 20ms";

#[test]
fn a_server_that_stops_under_load_is_given_up_with_what_was_recorded() {
    let server = Server::start(&[]);
    let database = server.database();
    let call = sim(&format!("{THINKING} {PATIENCE}")).json();
    let mut running = call.on(&database).start();
    running.until("ten orders", || database.orders() >= 10);
    let done = given_up(&server, running);
    done.conserves(400).says("INCONCLUSIVE");
    let faults = done.first_run()["faults"].clone();
    assert!(faults["server_lost"].is_string(), "{faults}");
    assert!(done.outcome("sold") >= 10 && done.outcome("not_started") > 0);
}

#[test]
fn a_server_that_stops_while_schedules_run_is_given_up_with_what_was_found() {
    let server = Server::start(&[]);
    let database = server.database();
    let call = sim(&format!(
        "explore --strategy optimistic --buyers 3 {PATIENCE}"
    ))
    .json();
    let mut running = call.on(&database).start();
    running.until("some schedules", || database.order_numbers() > 20);
    let done = given_up(&server, running);
    let found = done.json()["cells"][0]["found"].clone();
    assert!(found["covered"]["schedules"].as_u64() > Some(0), "{found}");
    assert_eq!(found["covered"]["exhausted"], false, "{found}");
    done.says("no answer for 6 s");
}

/// Whatever it was asked last: to lay out tables, to plan, to sell, to read the
/// ledger, to put rows back, to drop a schema. `sim` ends, and once the server goes
/// on again nothing is left.
#[test]
fn a_server_that_stops_at_any_moment_is_given_up() {
    let any_moment = |command: &str| {
        let server = Server::start(&[]);
        let database = server.database();
        for moment_ms in [60, 150, 300, 600, 1200] {
            let call = sim(&format!("{command} --patience 2s"));
            let sale = "title = \"A sale\"\nstrategies = [\"atomic\"]\n[shop]\nstock = 10\n";
            std::fs::write(call.out().join("sale.toml"), sale).unwrap();
            let mut running = call.on(&database).start();
            thread::sleep(Duration::from_millis(moment_ms));
            let frozen = Frozen::server(&server);
            assert!(running.ended(), "{command} hangs after {moment_ms} ms");
            drop(frozen);
            running.wait();
            crate::fixture::eventually(command, || database.schemas().is_empty());
        }
    };
    thread::scope(|scope| {
        for command in COMMANDS {
            scope.spawn(move || any_moment(command));
        }
    });
}

/// Only the process that lets connections in: what runs goes on, and what is left
/// cannot be dropped.
#[test]
fn a_server_that_stops_before_the_end_keeps_what_was_measured() {
    let server = Server::start(&[]);
    let database = server.database();
    let call = sim(&format!(
        "--strategy atomic --buyers 20 --think-time 100ms {PATIENCE}"
    ));
    let mut running = call.json().on(&database).start();
    running.until("an order", || database.orders() > 0);
    let frozen = Frozen::processes(vec![server.cluster().pid()]);
    assert!(running.ended());
    drop(frozen);
    let done = running.wait();
    done.exits(1).complains("is left behind on ");
    done.says("atomic at read-committed").conserves(20);
    assert_eq!(done.outcome("sold"), 4);
}

/// One server process stops with a lock; the others wait for that lock, and would
/// for ever.
#[test]
fn a_server_process_that_stops_is_given_up_and_so_is_what_waits_for_it() {
    let server = Server::start(&[]);
    let database = server.database();
    let load = "--strategy row-lock --buyers 3 --connections 3 --think-time 1s";
    let call = sim(&format!("{load} {PATIENCE}")).json();
    let mut running = call.on(&database).start();
    running.until("a thinking buyer", || database.thinks());
    let thinking = database.ask(
        "SELECT pid::text FROM pg_stat_activity \
         WHERE application_name LIKE 'sim\\_%' AND state = 'idle in transaction'",
    );
    let frozen = Frozen::processes(vec![thinking[0].parse().unwrap()]);
    running.until_it_complains(TOLD);
    let stdout = running.place().out().join("stdout");
    running.until("the page", || {
        std::fs::metadata(&stdout).is_ok_and(|page| page.len() > 0)
    });
    assert!(is_told_to_end(frozen.0[0]));
    drop(frozen);
    let done = running.wait();
    done.exits(1).conserves(3);
}

/// Whether a stopped process has been told to end: its signals wait for it.
fn is_told_to_end(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let pending = status.lines().find_map(|line| line.strip_prefix("ShdPnd:"));
    let pending = u64::from_str_radix(pending.unwrap().trim(), 16).unwrap();
    pending & (1 << (Signal::SIGTERM as u64 - 1)) != 0
}

/// The connection that looks has to stand in the queue of a pool: that others wait
/// for locks meanwhile is no silence, since others are answered.
#[test]
fn a_pool_that_is_full_is_no_silence() {
    let database = Server::shared();
    let Some(pool) = PgBouncer::with_pool(&database, "session", 12) else {
        return;
    };
    let load = "--strategy row-lock --buyers 12 --connections 8 --stock 12 --think-time 1500ms";
    let call = sim(&format!("{load} --patience 4s --expect inconclusive"));
    let done = call.at(&pool.url(&database)).json().run();
    done.exits(0).conserves(12);
    assert_eq!(done.outcome("sold"), 12, "{}", done.all());
}

/// The other direction: a statement that waits for a lock is no silence, however
/// long it waits.
#[test]
fn waiting_for_a_lock_is_no_silence() {
    let load = "--strategy row-lock --buyers 4 --connections 4 --stock 4 --think-time 2s";
    let done = sim(&format!("{load} --patience 1s --expect inconclusive"))
        .on(&Server::shared())
        .json()
        .run();
    done.exits(0).complains_of_nothing().conserves(4);
    assert_eq!(done.outcome("sold"), 4);
}

// A network that drops every packet ------------------------------------------------

fn through(lost: Lost) -> Done {
    let database = Server::shared();
    let proxy = Proxy::start(&database.socket(), lost, 5, 3);
    let buyers = "--strategy row-lock --buyers 40 --connections 4 --stock 40 --products 20";
    let call = sim(&format!("{buyers} {PATIENCE}"));
    let done = call.at(&proxy.url(database.name())).json().run();
    assert_eq!(proxy.cut(), 3);
    done.exits(1).complains(TOLD).conserves(40);
    assert_eq!(done.outcome("unknown"), 0);
    assert_eq!(database.schemas(), [] as [String; 0]);
    done
}

#[test]
fn a_commit_that_the_network_drops_was_none() {
    let done = through(Lost::RequestSilently);
    let resolved = done.first_run()["resolved"].clone();
    assert_eq!(resolved, json!({"sold": 0, "failed": 3}));
    assert_eq!((done.outcome("sold"), done.outcome("failed")), (37, 3));
}

#[test]
fn a_commit_whose_reply_the_network_drops_was_a_sale() {
    let done = through(Lost::ReplySilently);
    let resolved = done.first_run()["resolved"].clone();
    assert_eq!(resolved, json!({"sold": 3, "failed": 0}));
    assert_eq!(done.outcome("sold"), 40);
}

/// The kernel asks too, where there is TCP.
#[cfg(target_os = "linux")]
#[test]
fn tcp_connections_are_kept_alive() {
    let port = free_port();
    let number = port.to_string();
    let server = Server::start(&[("listen_addresses", "127.0.0.1"), ("port", &number)]);
    let database = server.database();
    // A private server lets no role in over TCP without a password.
    database.run("ALTER ROLE postgres PASSWORD 'known'");
    let url = format!("postgres://postgres:known@127.0.0.1:{port}/postgres?sslmode=disable");
    let mut running = sim("--strategy atomic --buyers 3 --think-time 1h")
        .at(&url)
        .start();
    running.until("a thinking buyer", || database.thinks());
    // proc(5), /proc/net/tcp: the peer's port in hexadecimal, the state (01 is
    // established), the queues, and which timer runs (02 is keepalive).
    running.until("keepalive everywhere", || {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let ours = table.lines().skip(1).filter_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let is_ours = columns[2].ends_with(&format!(":{port:04X}")) && columns[3] == "01";
            is_ours.then(|| columns[5].starts_with("02:"))
        });
        let timers: Vec<bool> = ours.collect();
        timers.len() >= 3 && timers.into_iter().all(|is_kept| is_kept)
    });
    running
        .signal(SIGINT)
        .until_it_complains("again to end at once");
    running.signal(SIGINT);
    running.wait().exits(130);
}
