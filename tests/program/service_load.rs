//! Many buyers at a service: what is said of it, what it may do wrong, and that nothing of it is left.

mod faults;
mod operations;
mod refused;
mod visited;

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use checkout_sim::load::{LinePlace, RunResult};
use checkout_sim::oracle::Verdict;
use nix::sys::signal::Signal;

use crate::fixture::{Done, Sim, sim};
use crate::shops::python;

const ORDERS: &str = "CREATE TABLE products (id integer PRIMARY KEY, stock integer); \
                      INSERT INTO products VALUES (1, 5); \
                      CREATE TABLE orders (id serial, buyer integer, product integer)";

/// A scenario on the tables of these tests, in the folder of a call.
fn file(call: &Sim, strategies: &str, command: &str, rest: &str) {
    let text = format!(
        r#"
title = "A service"
{strategies}
[tables]
setup = ["orders.sql"]
[service]
command = '{command}'
env = {{ PYTHONDONTWRITEBYTECODE = "1", VARIANT = "${{variant}}" }}
timeout = "1s"
ready-within = "20s"
look-up = "SELECT 1 FROM orders WHERE buyer = ${{buyer}}"
{rest}
[invariants]
twice = "SELECT buyer FROM orders WHERE product IS NULL GROUP BY buyer HAVING count(*) > 1"
oversold = "SELECT product FROM orders WHERE product IS NOT NULL GROUP BY product HAVING count(*) > 5"
told = "SELECT o.buyer FROM sim.outcomes o WHERE o.outcome = 'done' AND NOT EXISTS (SELECT FROM orders WHERE product IS NOT NULL OR orders.buyer = o.buyer)"
"#
    );
    fs::write(call.out().join("shop.toml"), text).unwrap();
    fs::write(call.out().join("orders.sql"), ORDERS).unwrap();
}

/// The shop of `odd_shop.py` in one of its forms; `None` without Python.
fn odd(form: &str, args: &str) -> Option<Sim> {
    let python = python()?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/services/odd_shop.py");
    let call = sim(&format!("run --scenario shop.toml {args}")).json();
    let command = format!("exec {} {script} {form}", python.display());
    let steps = "[[service.steps]]\nrequest = \"POST /buy/${buyer}\"\ntake = { ok = \"ok\" }\n";
    file(&call, "", &command, steps);
    Some(call)
}

/// The only run of each cell, by the name of its subject.
fn runs(done: &Done) -> BTreeMap<String, RunResult> {
    let load = done.dossier().studies.remove(0).load.expect("a load");
    let cells = load.cells.into_iter();
    let run = |runs: Vec<RunResult>| runs.into_iter().next().expect("a run");
    cells
        .map(|cell| (cell.cell.subject.to_string(), run(cell.runs)))
        .collect()
}

fn has_no_secret(folder: &Path, secret: &str) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap_or_default();
        assert!(!text.contains(secret), "{path:?}");
    }
}

/// `sim init` writes a file that works as it is: each variant of the service comes to its verdict,
/// every request is timed, and what is started is told before.
#[test]
fn what_init_writes_works_at_once() {
    let written = sim("init --from service").without_postgres().run();
    let call = sim("check shop.toml --allow-commands --runs 1 --export-html page.html").json();
    fs::write(call.out().join("shop.toml"), &written.stdout).unwrap();
    let done = call
        .arg("--threshold")
        .arg("service:row-lock: sold==20")
        .run();
    done.exits(0)
        .complains("starts the service: exec \"$SIM\" serve");
    let runs = runs(&done);
    assert_eq!(runs.len(), 5);
    for (name, run) in &runs {
        let sent = |line| {
            let place = LinePlace {
                operation: None,
                line,
            };
            run.timing.lines[&place].latency.count()
        };
        assert_eq!(sent(1), 100, "{name}: a cart for each buyer");
        assert!(sent(2) >= 100, "{name}");
        let told = &run.outcomes;
        assert_eq!(told.sold + told.sold_out + told.gave_up, 100, "{name}");
        // The one that never looks breaks without a race as well, and the page says so.
        let own = run.own.as_ref().expect("own tables");
        let alone = own.without_race.as_ref().map(|alone| alone.broken.clone());
        match name.as_str() {
            "service:naive" => assert!(alone.expect("looked at").contains("oversold")),
            "service:version-ignored" => assert_eq!(alone, Some(Default::default())),
            _ => assert_eq!(run.judgement.verdict, Verdict::Safe, "{name}"),
        }
    }
    let page = fs::read_to_string(done.out().join("page.html")).unwrap();
    for told in [
        "Services, request by request",
        "POST /order/checkout",
        "over HTTP",
    ] {
        assert!(page.contains(told), "{told}");
    }
}

/// A file that CI checks may be a stranger's.
#[test]
fn check_starts_no_service_unasked() {
    let call = sim("check shop.toml").without_postgres();
    let steps = "[[service.steps]]\nrequest = \"POST /\"";
    file(&call, "", "touch started; API_TOKEN=hush exec shop", steps);
    let done = call.run();
    done.exits(2)
        .complains("shop starts a command, which check does only with --allow-commands")
        .complains("API_TOKEN=*** exec shop");
    assert!(!done.out().join("started").exists());
}

/// What means nothing to a service is refused, before anything starts.
#[test]
fn what_a_service_cannot_do_is_refused() {
    for (args, told) in [
        ("run --think-time 1ms", "think-time speaks of scripts"),
        (
            "run --lines 2 --products 2",
            "lines means nothing to a service",
        ),
        ("run --strategy atomic", "name it service:atomic"),
    ] {
        let call = sim(&format!("{args} --scenario shop.toml")).without_postgres();
        let steps = "[[service.steps]]\nrequest = \"POST /\"";
        file(&call, "", "touch started", steps);
        let done = call.run();
        done.exits(2).complains(told);
        assert!(!done.out().join("started").exists());
    }
    let alone = sim("run --strategy service:naive").without_postgres().run();
    alone.exits(2).complains("service:naive is a service");
}

/// A command that cannot serve is told with its last lines, without secrets; nothing is left of it.
#[test]
fn a_service_that_does_not_start_is_told_with_its_last_lines() {
    let steps = "probe = \"/\"\n[[service.steps]]\nrequest = \"POST /\"";
    let call = sim("run --scenario shop.toml");
    file(&call, "", "echo no settings, token=hush >&2; exit 3", steps);
    let done = call.run();
    done.exits(1)
        .complains("the service ended (exit code 3); it said last:")
        .complains("no settings, token=***")
        .says("it said last: no settings,")
        .says("token=***");
    assert!(!done.stderr.contains("hush"), "{}", done.stderr);

    let call = sim("run --scenario shop.toml");
    file(&call, "", "echo warming up; exec sleep 600", steps);
    let text = fs::read_to_string(call.out().join("shop.toml")).unwrap();
    let text = text.replace("\"20s\"", "\"300ms\"");
    fs::write(call.out().join("shop.toml"), text).unwrap();
    call.run()
        .exits(1)
        .complains("the service was not ready after 0.3 s: GET /")
        .complains("warming up");

    // Another program has the port that its command insists on.
    let Some(python) = python() else { return };
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let call = sim("run --scenario shop.toml");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/services/odd_shop.py");
    let command = format!("PORT={port} exec {} {script} fine", python.display());
    file(&call, "", &command, steps);
    call.run().exits(1).complains("Address already in use");
}

/// The same checkout of a program in Python, without a lock and with one.
#[test]
fn a_foreign_service_is_caught_and_its_fix_holds() {
    let Some(python) = python() else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/services/flask_shop.py");
    let call = sim("compare shop.toml --runs 1 --buyers 60 --connections 12").json();
    let command = format!("exec {} {script} \"$VARIANT\"", python.display());
    let steps = "[[service.steps]]\nrequest = \"POST /checkout\"\nrefused = [409]\n";
    let strategies = "strategies = [\"service:naive\", \"service:locked\"]";
    let expected =
        "\n[expect.load]\n\"service:naive\" = \"violates\"\n\"service:locked\" = \"safe\"";
    file(&call, strategies, &command, steps);
    let text = fs::read_to_string(call.out().join("shop.toml")).unwrap();
    let text = text.replace("timeout = \"1s\"", "timeout = \"60s\"");
    let text = text.replace("ready-within = \"20s\"", "ready-within = \"120s\"");
    fs::write(call.out().join("shop.toml"), text + expected).unwrap();
    let done = call.run();
    done.exits(0);
    let runs = runs(&done);
    let (naive, locked) = (&runs["service:naive"], &runs["service:locked"]);
    assert!(naive.outcomes.sold > 5, "{:?}", naive.outcomes);
    assert_eq!((locked.outcomes.sold, locked.outcomes.sold_out), (5, 55));
    let own = naive.own.as_ref().expect("own tables");
    let alone = own.without_race.as_ref().expect("looked at");
    assert!(alone.broken.is_empty(), "one after the other is right");
}

/// What is no answer is told as such, and what came of a request without a reply is looked up.
#[test]
fn an_odd_answer_is_never_taken_for_another_one() {
    let Some(call) = odd("odd", "--buyers 12 --connections 3 --max-tries 1") else {
        return;
    };
    // No request here waits for the time to be over; five megabytes may take longer than 1 s.
    let text = fs::read_to_string(call.out().join("shop.toml")).unwrap();
    let text = text.replace("timeout = \"1s\"", "timeout = \"60s\"");
    fs::write(call.out().join("shop.toml"), text).unwrap();
    let done = call.run();
    let run = &runs(&done)["service"];
    let told = &run.outcomes;
    // 1 to 3 have failed; 5 and 6 got no whole reply, and have their orders.
    assert_eq!(
        (told.sold, told.failed, told.unknown),
        (9, 3, 0),
        "{told:?}"
    );
    assert_eq!((run.resolved.sold, run.resolved.failed), (2, 0));
    let own = run.own.as_ref().expect("own tables");
    assert!(own.broken.is_empty(), "{:?}", own.broken);
    assert_eq!(own.errors["service error"].count, 3);
    let messages: Vec<&String> = run.faults.messages.keys().collect();
    let says = |text: &str| messages.iter().any(|message| message.contains(text));
    assert!(says("it has more than 4194304 bytes"), "{messages:?}");
    assert!(says("POST /buy/${buyer}"), "{messages:?}");
    // What it said stands on no page that is to be posted.
    let saved = done.out().join("run.json");
    let saved = saved.display();
    let page = |flag: &str| {
        let call = sim(&format!("report {saved} {flag} --markdown page.md"));
        let done = call.without_postgres().run();
        fs::read_to_string(done.exits(0).out().join("page.md")).unwrap()
    };
    assert!(
        page("").contains("has more than 4194304 bytes"),
        "a message"
    );
    let posted = page("--no-values");
    assert!(
        !posted.contains("4194304") && posted.contains("not shown"),
        "{posted}"
    );
}

/// A reply that does not come leaves its buyer in doubt, until the database tells; without a query
/// it stays so, and nothing is called safe.
#[test]
fn a_buyer_without_a_reply_is_looked_up() {
    let args = "--buyers 8 --connections 4";
    let Some(call) = odd("hangs", args) else {
        return;
    };
    let run = &runs(&call.run())["service"];
    assert_eq!((run.resolved.sold, run.resolved.failed), (1, 1));
    assert_eq!((run.outcomes.sold, run.outcomes.failed), (7, 1));

    let call = odd("hangs", args).expect("installed");
    let path = call.out().join("shop.toml");
    let text = fs::read_to_string(&path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("look-up"));
    fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let run = &runs(&call.run())["service"];
    assert_eq!((run.outcomes.sold, run.outcomes.unknown), (6, 2));
    assert_eq!(run.judgement.verdict, Verdict::Inconclusive);
}

/// What was sold before it died is told, and its last lines.
#[test]
fn a_service_that_dies_under_load_ends_the_run() {
    let Some(call) = odd("dies", "--buyers 40 --connections 4") else {
        return;
    };
    let done = call.run();
    done.exits(1)
        .complains("the service ended (exit code 7); it said last:")
        .complains("out of luck, password=***");
    has_no_secret(&done.out(), "hush");
    let run = &runs(&done)["service"];
    assert!(run.outcomes.sold >= 5, "{:?}", run.outcomes);
    assert!(run.outcomes.not_started > 0, "{:?}", run.outcomes);
    assert_eq!(run.judgement.verdict, Verdict::Inconclusive);
}

/// The requests in flight are awaited, the rest is not begun, and what was found is shown.
#[test]
fn a_signal_ends_the_run_and_the_service() {
    let Some(call) = odd("slow", "--buyers 500 --connections 4") else {
        return;
    };
    let mut running = call.start();
    let ordered = running.place().out().join("ordered");
    running
        .until("an order", || ordered.exists())
        .signal(Signal::SIGINT);
    let done = running.wait();
    done.exits(130);
    let run = &runs(&done)["service"];
    assert!(run.faults.interrupted);
    assert!(run.outcomes.sold > 0, "{:?}", run.outcomes);
    assert!(run.outcomes.not_started > 0, "{:?}", run.outcomes);
    assert_eq!(run.outcomes.unknown, 0, "{:?}", run.outcomes);
}

/// Its processes and the server's go, though `sim` can do nothing any more.
#[test]
fn a_service_goes_with_a_killed_sim() {
    let Some(call) = odd("slow", "--buyers 500 --connections 4") else {
        return;
    };
    let mut running = call.start();
    let ordered = running.place().out().join("ordered");
    running
        .until("an order", || ordered.exists())
        .signal(Signal::SIGKILL);
    running.wait().was_killed_by(Signal::SIGKILL);
}
