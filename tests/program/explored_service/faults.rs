//! What may go wrong with a service while it is explored: it is told, nothing of it is left, what
//! was found until then is kept, and nothing is called `safe`.

use std::fs;

use checkout_sim::explore::found::Found;
use checkout_sim::explore::schedule::Choice;
use checkout_sim::oracle::{Doubt, Verdict};
use checkout_sim::shop::Outcome;
use nix::sys::signal::Signal::{SIGINT, SIGKILL};

use super::explore;
use crate::fixture::{Done, Files, Running, Sim, entries, send, sim};
use crate::shops::{python, shop, shop_beside};

const SCRIPT: &str = "faulty_shop.py";

/// The only cell.
fn found(done: &Done) -> Found {
    let cell = done.exploration().cells.remove(0);
    assert_ne!(
        cell.found.judgement.verdict,
        Verdict::Safe,
        "{}",
        done.all()
    );
    cell.found
}

fn call(files: &Files, form: &str, args: &str) -> Sim {
    let path = files.path("shop.toml").display().to_string();
    explore(&path, &format!("--strategy service:{form} {args}")).json()
}

/// The shop with a fault, explored; `None` without Python.
fn explored(form: &str, args: &str) -> Option<Done> {
    let files = shop("python", SCRIPT)?;
    Some(call(&files, form, args).run())
}

/// It cannot be followed, for this reason, whatever was proven before.
fn is_unsupported(form: &str, why: &str, advice: &str) {
    let Some(done) = explored(form, "") else {
        return;
    };
    let unfollowed = found(&done).unfollowed.expect("a reason");
    assert!(unfollowed.reason.contains(why), "{}", done.all());
    assert!(unfollowed.advice.contains(advice), "{}", done.all());
}

#[test]
fn the_end_of_a_service_is_told_with_its_last_words() {
    let Some(done) = explored("dies", "") else {
        return;
    };
    done.exits(1)
        .says_in_words("the service ended (exit code 7)")
        .complains("out of luck, password=***")
        .never_tells("hush");
    let found = found(&done);
    assert!(found.fault.expect("told").contains("exit code 7"));
    assert!(found.covered.schedules > 0, "what was found is kept");
}

#[test]
fn a_service_that_hangs_one_day_is_unsupported() {
    is_unsupported("hangs_in_a_transaction", "", "look for");
}

#[test]
#[ignore = "slow: 300 connections"]
fn a_service_that_opens_connections_without_end_is_unsupported() {
    is_unsupported(
        "floods",
        "the server refused its connection",
        "close connections",
    );
}

#[test]
fn a_service_that_insists_on_tls_is_told_what_to_change() {
    is_unsupported("tls", "without TLS", "sslmode=disable");
}

#[test]
fn a_connection_for_each_statement_is_followed() {
    let Some(done) = explored("reconnects", "--max-switches 1") else {
        return;
    };
    done.exits(10).says("VIOLATES");
    let found = found(&done);
    assert_eq!((found.unfollowed, found.fault), (None, None));
}

/// What differs with each request in a comment does not matter, and where a statement was written
/// stands behind it, by its comment or by the name of the session.
#[test]
fn the_file_and_the_line_that_a_driver_tells_stand_behind_a_statement() {
    let Some(files) = shop("python", SCRIPT) else {
        return;
    };
    let path = files.path("shop.toml").display().to_string();
    let args = "--strategy service:tells_where --max-switches 1";
    let done = explore(&path, args).run();
    done.exits(10)
        .says("VIOLATES")
        .says_in_words("SELECT stock FROM products WHERE id = 1 /* shop/cart.py:31 */")
        .says_in_words("VALUES (1) RETURNING id /* shop/orders.py:52 */")
        .never_tells("traceparent");
}

/// A timer of the program's sends a statement for no request, whatever else is under way.
#[test]
fn a_timer_is_unsupported_unless_the_file_names_what_it_sends() {
    // Where it is met first, and so the reason, is the timer's to choose.
    is_unsupported("ticks", "", "timer");
    let Some(files) = shop_beside("python", SCRIPT, r#""SELECT 'tick'""#) else {
        return;
    };
    let done = call(&files, "ticks_slowly", "--max-switches 2").run();
    done.exits(10).says("VIOLATES");
    let found = found(&done);
    assert_eq!((found.unfollowed, found.fault), (None, None));
}

/// What it writes belongs to the schedule, and what it reads is no table that is half put back.
#[test]
fn what_a_request_does_after_its_answer_is_let_to_its_end_where_the_file_names_it() {
    const NAMED: &str = r#""SELECT count(*)", "UPDATE products SET version""#;
    // Where it is met first, and so the reason, is the program's to choose.
    is_unsupported("counts_later", "", "");
    let Some(files) = shop_beside("python", SCRIPT, NAMED) else {
        return;
    };
    let done = call(&files, "counts_later", "").run();
    done.exits(0).says("SAFE").says("all there are");
}

/// A lock in the program's memory that covers all is as good as one in the database. Of one that is
/// given up in the middle it is the program's choice which request takes it next, and the order
/// that sells twice may never come.
#[test]
fn where_the_program_chose_which_request_went_first_nothing_is_safe() {
    let Some(done) = explored("one_at_a_time", "") else {
        return;
    };
    done.exits(0).says("SAFE").says("all there are");
    let done = explored("takes_turns", "").expect("it is installed");
    let judged = found(&done).judgement;
    assert!(
        judged.doubts.contains(&Doubt::ChosenInProgram),
        "{}",
        done.all()
    );
    done.says_in_words("which went on first was its own choice");
}

/// What comes of serial orders is learnt right, whatever can be followed besides.
#[test]
fn a_request_that_sleeps_is_let_to_its_end_where_it_is_alone() {
    for form in ["sleeps", "tries_again"] {
        let Some(done) = explored(form, "--max-switches 1") else {
            return;
        };
        let found = found(&done);
        assert_eq!(found.fault, None, "{}", done.all());
        for ending in &found.endings {
            let sold = ending.told.iter().filter(|told| **told == Outcome::Sold);
            let is_right = sold.count() == 1;
            assert_eq!(ending.proven.is_empty(), is_right, "{}", done.all());
        }
    }
}

const ORDERS: &str = r#"
title = "Orders"
strategies = ["service:blind", "service:keyed"]
[tables]
setup = ["orders.sql"]
[service]
command = 'exec @PYTHON@ @SCRIPT@ "$FORM"'
env = { FORM = "${variant}", PYTHONDONTWRITEBYTECODE = "1" }
[[service.steps]]
request = "POST /orders"
body = { buyer = "${buyer}", key = "${checkout_key}" }
[invariants]
twice = "SELECT buyer FROM orders GROUP BY buyer HAVING count(*) > 1"
lost = "SELECT buyer FROM sim.outcomes o WHERE outcome = 'done' AND NOT EXISTS (SELECT FROM orders WHERE orders.buyer = o.buyer)"
"#;

/// Whether an order is doubled by the shop's own retry takes a commit whose reply is lost.
#[test]
fn a_retry_after_a_lost_reply_doubles_an_order_unless_it_has_a_key() {
    let Some(python) = python() else { return };
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/services/retrying_shop.py"
    );
    let file = ORDERS
        .replace("@PYTHON@", &python.display().to_string())
        .replace("@SCRIPT@", script);
    let tables = "CREATE TABLE orders (id serial PRIMARY KEY, buyer integer, key integer UNIQUE);";
    let files = Files::new(&[("shop.toml", file.as_str()), ("orders.sql", tables)]);
    let done = call(&files, "blind", "--crash --buyers 1").run();
    done.exits(10)
        .says("twice answered:")
        .says("its reply is lost");
    let doubled = found(&done);
    let example = doubled.example.as_ref().expect("an example");
    let faults: Vec<_> = example
        .schedule
        .0
        .iter()
        .filter(|it| it.is_fault())
        .collect();
    assert_eq!(faults, [&Choice::LoseReply(0)], "{}", example.schedule);
    // Nothing but a lost reply doubles it: of a cut before the commit the retry is right.
    assert_eq!(doubled.proving(Verdict::Violates), 1);
    let schedule = &example.schedule;
    let file = files.path("shop.toml").display().to_string();
    let replay = format!("replay --strategy service:blind --scenario {file} --schedule {schedule}");
    sim(&replay).run().exits(10).says("twice answered:");
    let done = call(&files, "keyed", "--crash --buyers 1 --expect safe").run();
    done.exits(0).says("SAFE");
}

/// Waits for so many requests to the shop.
fn until_asked(running: &mut Running, times: u64) {
    let asked = running.place().out().join("asked");
    running.until("requests", || {
        fs::metadata(&asked).is_ok_and(|file| file.len() >= times)
    });
}

/// The private server, and one of its processes that works for the service.
fn server(running: &Running) -> [u32; 2] {
    let tmp = running.place().tmp();
    let home = entries(&tmp).remove(0);
    let file = fs::read_to_string(tmp.join(home).join("pg/data/postmaster.pid")).unwrap();
    let postmaster: u32 = file.lines().next().unwrap().parse().unwrap();
    let children = format!("/proc/{postmaster}/task/{postmaster}/children");
    let is_clients = |pid: &&str| {
        let line = fs::read_to_string(format!("/proc/{pid}/cmdline"));
        line.is_ok_and(|line| line.contains(" [local] ") || line.contains("127.0.0.1("))
    };
    let children = fs::read_to_string(children).unwrap();
    let client = children.split_whitespace().find(is_clients);
    [postmaster, client.expect("a client").parse().unwrap()]
}

/// More than calibration takes.
const SEARCHING: u64 = 60;

#[test]
fn a_server_that_fails_in_the_middle_ends_the_exploration_with_what_was_found() {
    let Some(files) = shop("python", SCRIPT) else {
        return;
    };
    for which in [0, 1] {
        let mut running = call(&files, "reconnects", "").start();
        until_asked(&mut running, SEARCHING);
        send(server(&running)[which], SIGKILL);
        let done = running.wait();
        done.exits(1);
        assert!(found(&done).fault.is_some(), "{}", done.all());
    }
}

/// Before the first schedule and behind some of them. What is left of a run is looked for after
/// each one.
#[test]
fn a_signal_ends_the_exploration_with_what_was_found() {
    let Some(files) = shop("python", SCRIPT) else {
        return;
    };
    for (asked, is_any) in [(1, false), (2 * SEARCHING, true)] {
        let mut running = call(&files, "fine", "").start();
        until_asked(&mut running, asked);
        running.signal(SIGINT);
        let done = running.wait();
        done.exits(130);
        if is_any {
            let found = found(&done);
            assert!(found.covered.schedules > 0, "{}", done.all());
            assert!(!found.covered.exhausted, "{}", done.all());
        }
    }
}

/// The service and its guard too: what belongs to a `sim` is looked for after each one.
#[test]
fn nothing_of_a_service_survives_a_kill() {
    let Some(files) = shop("python", SCRIPT) else {
        return;
    };
    for asked in [1, SEARCHING] {
        let mut running = call(&files, "fine", "").start();
        until_asked(&mut running, asked);
        running.signal(SIGKILL);
        running.wait().was_killed_by(SIGKILL);
    }
}
