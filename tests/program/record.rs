//! A service's requests, recorded as scripts that are explored without it.

use std::fs;

use checkout_sim::oracle::Verdict;
use nix::sys::signal::Signal;

use crate::explored_service::SERVE;
use crate::fixture::{Done, Files, sim};
use crate::shops::shop;

/// The reference shop, with each of these in its file put in the place of the other.
fn serve(changes: &[(&str, &str)]) -> Files {
    let mut file = SERVE.replace("@SIM@", env!("CARGO_BIN_EXE_sim"));
    for (from, to) in changes {
        assert!(file.contains(from), "{from}");
        file = file.replace(from, to);
    }
    Files::new(&[("shop.toml", file.as_str())])
}

fn path(files: &Files, name: &str) -> String {
    files.path(name).display().to_string()
}

fn record(files: &Files, args: &str) -> Done {
    record_into(files, "recorded", args)
}

fn record_into(files: &Files, folder: &str, args: &str) -> Done {
    let (file, output) = (path(files, "shop.toml"), path(files, folder));
    sim(&format!("record {file} --output {output} {args}")).run()
}

fn explore(files: &Files, args: &str) -> Done {
    let scenario = path(files, "recorded/scenario.toml");
    sim(&format!("explore {scenario} {args}")).run()
}

fn text(files: &Files, name: &str) -> String {
    fs::read_to_string(files.path(name)).unwrap()
}

/// The program writes back what it has read, and so does its script: with the value that was read
/// each time, and not with the one that was read when it was recorded.
#[test]
fn a_recorded_request_shows_its_race_without_the_service() {
    let files = serve(&[]);
    let done = record(&files, "--strategy service:naive");
    done.exits(0)
        .says("RECORDED  service:naive in ")
        .says("checkout.sql: ")
        .says(":stock_next")
        .says("next: sim explore ")
        .complains("starts the service: ");
    let script = text(&files, "recorded/checkout.sql");
    for line in [
        "SELECT stock, version FROM shop.products WHERE id = :",
        "\\set stock_next :stock - ",
        "UPDATE shop.products SET stock = :stock_next WHERE id = :",
        "(user_id, status) VALUES (:buyer, 'IN_CART')",
        "WHERE key = concat('k-', :checkout_key::text)",
        "BEGIN ISOLATION LEVEL READ COMMITTED;",
        "was not seen, and nothing is checked here.",
    ] {
        assert!(script.contains(line), "{line} is not in\n{script}");
    }
    let explored = explore(&files, "--max-switches 1");
    explored
        .exits(10)
        .says("VIOLATES  checkout.sql")
        .says("unit-lost answered:")
        .says("not serializable");
    let told = &explored.stderr;
    assert!(!told.contains("starts the service"), "{told}");
}

#[test]
fn a_recorded_request_that_locks_what_it_reads_holds() {
    let files = serve(&[]);
    record(&files, "--quiet --strategy service:row-lock")
        .exits(0)
        .says_nothing();
    let script = text(&files, "recorded/checkout.sql");
    assert!(script.contains(" FOR UPDATE \\gset"), "{script}");
    explore(&files, "--max-switches 1 --expect safe<=1").exits(0);
}

/// Statements are prepared without a name, or under one. A script that turns no buyer away sells too
/// much in every form; only one that reads before it has the lock loses an update.
#[test]
fn a_shop_in_another_language_is_recorded_whatever_its_driver_sends() {
    let Some(files) = shop("python", "flask_shop.py") else {
        return;
    };
    for (form, schedules, loses) in [
        ("naive", 92, true),
        ("prepared", 92, true),
        ("locked", 36, false),
    ] {
        let args = format!("--quiet --strategy service:{form}");
        record_into(&files, form, &args).exits(0);
        let script = text(&files, &format!("{form}/checkout.sql"));
        assert!(script.contains("\\set stock_next :stock - 1"), "{script}");
        let scenario = path(&files, &format!("{form}/scenario.toml"));
        let done = sim(&format!("explore {scenario}")).json().run();
        done.exits(10).says("oversold breaks also without a race");
        let exploration = done.exploration();
        let found = &exploration.cells[0].found;
        assert_eq!(found.covered.schedules, schedules, "{form}");
        let is_lost = found.proving(Verdict::NotSerializable) > 0;
        assert_eq!(is_lost, loses, "{form}");
    }
}

/// Several operations are a directory of scripts, and meet as the requests do; what the set-up of
/// the file makes is in the recorded one.
#[test]
fn operations_meet_as_scripts_as_they_do_as_requests() {
    let step = "[[service.steps]]\nrequest = \"POST /order/add-item\"";
    let files = serve(&[
        (step, &step.replace("steps", "operations.fill")),
        ("[[service.steps]]", "[[service.operations.look]]"),
        (
            "request = \"POST /order/checkout\"",
            "request = \"GET /order/1\"",
        ),
        ("body = { user_id = \"${buyer}\" }\n", ""),
        (
            "[invariants]",
            "[explore]\nsessions = [\"fill\", \"fill=A\"]\n\n[invariants]",
        ),
    ]);
    record(&files, "").exits(0).says("requests/fill.sql: ");
    let scenario = text(&files, "recorded/scenario.toml");
    assert!(scenario.contains("sessions = [\"fill\", \"fill=A\"]"));
    assert!(!scenario.contains("service"), "{scenario}");
    assert!(!files.path("recorded/requests/look.sql").exists());
    let set_up = text(&files, "recorded/setup.sql");
    assert!(set_up.contains("(1, 'lamp', 1, 0)"), "{set_up}");
    assert!(!set_up.contains("autovacuum"), "{set_up}");
    explore(&files, "--max-switches 0")
        .exits(11)
        .says("requests/fill+fill=A")
        .says("nothing broken");
}

#[test]
fn what_cannot_be_recorded_is_refused_before_anything_starts() {
    let refused = |args: &str, told: &str| {
        let done = sim(&format!("record {args}")).without_postgres().run();
        done.exits(2).says_nothing().complains(told);
    };
    let files = serve(&[]);
    let file = path(&files, "shop.toml");
    refused("flash-sale", "flash-sale has no [service]");
    refused("", "<FILE|NAME>");
    refused(&format!("{file} --output {file}"), "is already there");
    refused(&format!("{file} --output no/such"), "cannot create no/such");
    refused(&format!("{file} --outptu x"), "--outptu");
    refused(
        &format!("{file} --strategy naive"),
        "is no variant of the service",
    );
    let from = SERVE.find("command = ").unwrap()..SERVE.find("probe = ").unwrap();
    let command = SERVE[from].replace("@SIM@", env!("CARGO_BIN_EXE_sim"));
    let url = "url = \"http://127.0.0.1:1\"\ndatabase = \"postgres://me@127.0.0.1/shop\"\n";
    let runs_already = serve(&[
        (&command, url),
        ("background = [\"SELECT server.us\"]\n", ""),
    ]);
    let file_of_url = path(&runs_already, "shop.toml");
    refused(
        &file_of_url,
        "a service that runs already cannot be explored",
    );
    // The other direction: without a mistake it gets further.
    let further = sim(&format!("record {file}")).without_postgres().run();
    further.exits(1).complains("SIM_POSTGRES_BIN");
    assert!(!further.out().join("recorded").exists());
}

/// What was recorded of a fault would be explored as if it were the request.
#[test]
fn a_request_that_fails_is_not_recorded() {
    let files = serve(&[("POST /order/checkout", "POST /order/nothing")]);
    record(&files, "")
        .exits(1)
        .says_nothing()
        .complains("cannot be written as a script: its caller was told of a fault")
        .complains("POST /order/nothing answered 404");
    assert!(!files.path("recorded").exists());
}

#[test]
fn an_interrupt_leaves_nothing() {
    let files = serve(&[]);
    let (file, output) = (path(&files, "shop.toml"), path(&files, "recorded"));
    let mut running = sim(&format!("record {file} --output {output}")).start();
    running.until_it_complains("starts the service: ");
    running.signal(Signal::SIGINT);
    let done = running.wait();
    done.exits(130).says_nothing();
    assert!(!files.path("recorded").exists());
}
