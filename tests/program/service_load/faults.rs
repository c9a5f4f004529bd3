//! Faults between a service and its database under load: the service's own retry is judged, by what
//! its tables hold afterwards against what its callers were told.

use std::fs;

use checkout_sim::load::RunResult;
use checkout_sim::oracle::{Doubt, Verdict};
use checkout_sim::scenario::FaultCounts;
use nix::sys::signal::Signal;

use super::runs;
use crate::fixture::{Done, Sim, sim};
use crate::shops::python;

const TABLES: &str = "CREATE TABLE products (stock integer); INSERT INTO products VALUES (1000); \
                      CREATE TABLE orders (id serial, buyer integer, key bigint UNIQUE)";

/// The shop of `retrying_shop.py` in these forms; `None` without Python.
fn shop(call: &str, forms: &[&str], faults: &str) -> Option<Sim> {
    let python = python()?;
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/services/retrying_shop.py"
    );
    let forms: Vec<String> = forms
        .iter()
        .map(|form| format!("\"service:{form}\""))
        .collect();
    let call = sim(call).json();
    let text = format!(
        r#"
title = "Faults"
strategies = [{}]
[tables]
setup = ["tables.sql"]
[load]
buyers = 120
connections = 8
seed = 11
{faults}
[service]
command = 'exec {} {script} "$VARIANT"'
env = {{ ORDERED = "ordered", PYTHONDONTWRITEBYTECODE = "1", VARIANT = "${{variant}}" }}
ready-within = "120s"
timeout = "60s"
[[service.steps]]
request = "POST /orders"
body = {{ buyer = "${{buyer}}", key = "${{checkout_key}}" }}
[invariants]
twice = "SELECT buyer FROM orders GROUP BY buyer HAVING count(*) > 1"
unit-lost = "SELECT stock FROM products WHERE stock <> 1000 AND stock + (SELECT count(*) FROM orders) <> 1000"
told = "SELECT o.buyer FROM sim.outcomes o WHERE o.outcome = 'done' AND NOT EXISTS (SELECT FROM orders WHERE orders.buyer = o.buyer)"
"#,
        forms.join(", "),
        python.display(),
    );
    fs::write(call.out().join("shop.toml"), text).unwrap();
    fs::write(call.out().join("tables.sql"), TABLES).unwrap();
    Some(call)
}

fn broken(run: &RunResult) -> Vec<&str> {
    let own = run.own.as_ref().expect("own tables");
    own.broken.iter().map(|one| &*one.invariant).collect()
}

fn put_in(run: &RunResult) -> FaultCounts {
    run.put_in.expect("faults were asked for")
}

fn all(done: &Done) -> [String; 4] {
    let read = |name: &str| fs::read_to_string(done.out().join(name)).unwrap();
    let [html, markdown, csv] = ["page.html", "page.md", "page.csv"].map(read);
    [done.stdout.clone(), html, markdown, csv]
}

/// A shop that tries again sells twice where it has no key for a submission, and each page says what
/// was put in.
#[test]
fn a_lost_reply_is_an_order_twice_unless_each_submission_has_a_key() {
    let pages = "--export-html page.html --export-markdown page.md --export-csv page.csv";
    let call = format!("compare shop.toml --runs 1 {pages}");
    let faults = "[faults]\nlose-reply = 0.1\n[expect.load]\n\"service:blind\" = \"violates\"";
    let Some(call) = shop(&call, &["blind", "keyed"], faults) else {
        return;
    };
    let done = call.run();
    done.exits(0);
    let runs = runs(&done);
    let (blind, keyed) = (&runs["service:blind"], &runs["service:keyed"]);
    assert_eq!(broken(blind), ["twice"], "{}", done.all());
    let alone = blind.own.as_ref().and_then(|own| own.without_race.as_ref());
    assert!(
        alone.expect("looked at").broken.is_empty(),
        "no race, no fault"
    );
    assert_eq!(keyed.judgement.verdict, Verdict::Safe, "{}", done.all());
    assert_eq!(keyed.outcomes.sold + keyed.outcomes.failed, 120);
    for run in [blind, keyed] {
        let counts = put_in(run);
        assert!(counts.lost_replies > 0, "{counts:?}");
        assert_eq!((counts.cut, counts.lost_requests, counts.pauses), (0, 0, 0));
        assert!(counts.commits >= 120 && counts.statements >= 2 * counts.commits);
    }
    for page in all(&done) {
        let is_told =
            page.contains("carried out and not answered") || page.contains("replies_lost");
        assert!(is_told, "{page}");
    }
    assert!(all(&done)[0].contains("faults: lose-reply 0.1"));
}

/// Half of a checkout stays where it is two transactions; of an error that its caller was told the
/// shop has the right.
#[test]
fn a_cut_between_two_transactions_loses_a_unit_and_within_one_it_does_not() {
    let faults = "[faults]\ncut = 0.05\nlose-request = 0.03\nlose-reply = 0.03";
    let Some(call) = shop("run --scenario shop.toml", &["split", "whole"], faults) else {
        return;
    };
    let done = call.run();
    done.exits(10);
    let runs = runs(&done);
    let (split, whole) = (&runs["service:split"], &runs["service:whole"]);
    assert_eq!(broken(split), ["unit-lost"], "{}", done.all());
    assert_eq!(whole.judgement.verdict, Verdict::Safe, "{}", done.all());
    let counts = put_in(whole);
    assert_eq!(whole.outcomes.failed, counts.connections_cut(), "no retry");
    for (kind, count) in &counts.named()[..3] {
        assert!(*count > 0, "{kind}: {counts:?}");
    }
    assert_eq!(
        whole.own.as_ref().unwrap().errors["service error"].count,
        whole.outcomes.failed
    );
    assert!(!whole.faults.any(), "{:?}", whole.faults);
    done.says("an error is no finding here");
}

/// What is held back comes later, and nothing else.
#[test]
fn a_pause_changes_no_verdict() {
    let faults = "[faults]\npause = 0.3\npause-time = \"3ms\"";
    let Some(call) = shop("run --scenario shop.toml", &["blind", "whole"], faults) else {
        return;
    };
    let done = call.run();
    done.exits(0);
    for run in runs(&done).values() {
        let counts = put_in(run);
        assert!(
            counts.pauses > 0 && counts.connections_cut() == 0,
            "{counts:?}"
        );
        assert_eq!(
            (run.outcomes.sold, run.judgement.verdict),
            (120, Verdict::Safe)
        );
    }
}

/// A service that keeps its broken connection fails without a fault, and one that was never met by
/// the fault that was asked for has shown nothing: neither is called safe.
#[test]
fn what_faults_do_not_explain_and_what_did_not_come_is_not_safe() {
    let Some(call) = shop(
        "run --scenario shop.toml",
        &["stubborn"],
        "[faults]\ncut = 0.05",
    ) else {
        return;
    };
    let done = call.run();
    done.exits(11)
        .says_in_words("why the others failed is not known");
    let run = &runs(&done)["service:stubborn"];
    assert!(run.outcomes.failed > put_in(run).connections_cut());
    assert!(run.judgement.doubts.contains(&Doubt::MoreFailed));

    let faults = "[faults]\nlose-reply = 0.000000001";
    let call = shop("run --scenario shop.toml", &["blind"], faults).expect("installed");
    let done = call.run();
    done.exits(11)
        .says("lose-reply was asked for and did not come once");
    let run = &runs(&done)["service:blind"];
    assert_eq!(run.judgement.doubts, [Doubt::FaultsMissing]);
    assert_eq!(run.outcomes.sold, 120);
}

/// Without faults nothing stands between, and nothing is told of any; a share of 0 is none.
#[test]
fn without_faults_nothing_is_put_in() {
    let call = "run --scenario shop.toml --lose-reply 0";
    let Some(call) = shop(call, &["blind"], "[faults]\nlose-reply = 0.5") else {
        return;
    };
    let done = call.run();
    done.exits(0);
    assert_eq!(runs(&done)["service:blind"].put_in, None);
    assert!(!done.all().contains("put in"), "{}", done.all());
}

#[test]
fn a_check_holds_it_to_the_file() {
    let faults = "[faults]\nlose-reply = 0.1\n[expect.load]\n\"service:blind\" = \"violates\"";
    let call = "check shop.toml --allow-commands --runs 2";
    let Some(call) = shop(call, &["blind", "keyed"], faults) else {
        return;
    };
    let done = call.run();
    done.exits(0);
    let load = done.dossier().studies.remove(0).load.expect("a load");
    for cell in &load.cells {
        assert!(cell.runs.iter().all(|run| put_in(run).lost_replies > 0));
    }
}

/// What is held back when the signal comes goes on, the rest is not begun, and nothing is left of
/// the proxy, the service and the server.
#[test]
fn a_signal_ends_a_run_with_faults() {
    let faults = "[faults]\nlose-reply = 0.1\npause = 1.0\npause-time = \"50ms\"";
    let call = "run --scenario shop.toml --buyers 2000";
    let Some(call) = shop(call, &["keyed"], faults) else {
        return;
    };
    let mut running = call.start();
    let ordered = running.place().out().join("ordered");
    running
        .until("an order", || ordered.exists())
        .signal(Signal::SIGINT);
    let done = running.wait();
    done.exits(130);
    let run = &runs(&done)["service:keyed"];
    assert!(run.faults.interrupted && run.outcomes.not_started > 0);
    assert_eq!(run.outcomes.unknown, 0, "{:?}", run.outcomes);
    assert_eq!(run.judgement.verdict, Verdict::Inconclusive);
    assert!(put_in(run).pauses > 0);
}

fn refused(args: &str, service: &str, told: &str) {
    let call = sim(&format!("{args} --scenario shop.toml")).without_postgres();
    let steps =
        "[[service.steps]]\nrequest = \"POST /\"\n[invariants]\nfine = \"SELECT 1 WHERE false\"";
    let text = format!("title = \"Refused\"\n{service}\n");
    let text = match service.contains("[service]") {
        true => format!("{text}{steps}"),
        false => text,
    };
    fs::write(call.out().join("shop.toml"), text).unwrap();
    let done = call.run();
    done.exits(2).complains(told);
    assert!(!done.out().join("started").exists());
}

#[test]
fn faults_that_cannot_be_put_in_are_refused_before_anything_starts() {
    const STARTED: &str = "[service]\ncommand = \"touch started\"";
    const VISITED: &str =
        "[service]\nurl = \"http://127.0.0.1:9\"\ndatabase = \"postgres://me@127.0.0.1:9/shop\"";
    const SHOP: &str = "strategies = [\"naive\"]";
    let faults = |of: &str| format!("{of}\n[faults]\ncut = 0.1");
    refused("run --cut 0.1", SHOP, "there is no [service] here");
    refused(
        "run",
        &faults(SHOP),
        "cut is a fault between a service that sim starts",
    );
    refused(
        "run --pause 0.1",
        VISITED,
        "reaches its database without sim",
    );
    refused("run --cut 1.5", STARTED, "--cut 1.5: must be from 0 to 1");
    refused(
        "run --cut 0.6 --lose-reply 0.6",
        STARTED,
        "one fault at most",
    );
    refused(
        "run --pause-time 5ms",
        STARTED,
        "no meaning without --pause",
    );
    refused(
        "run",
        &format!("[faults]\ncut = 7\n{STARTED}"),
        "line 3: cut = 7: must be from 0 to 1",
    );
    refused(
        "run",
        &format!("[faults]\ncutt = 0.1\n{STARTED}"),
        "did you mean `cut`",
    );
    let elsewhere = "run --cut 0.1 --database-url postgres://me@192.0.2.1/shop";
    refused(elsewhere, STARTED, "speaks in clear");
}

/// The shop that `sim init` writes, whose checkout is sent again with its key after an error: no cut
/// and no lost reply makes it promise what it does not have, or sell twice.
#[test]
fn the_reference_shop_keeps_its_promises_under_faults() {
    let written = sim("init --from service").without_postgres().run();
    let faults = "--cut 0.003 --lose-request 0.02 --lose-reply 0.1 --seed 3";
    let call = format!("run --scenario shop.toml --strategy service:row-lock {faults}");
    let call = sim(&call).json();
    let text = written.stdout.replace("again = [{", "again = [503, {");
    assert!(text.contains("again = [503"), "{text}");
    fs::write(call.out().join("shop.toml"), text).unwrap();
    let done = call.run();
    let run = &runs(&done)["service:row-lock"];
    assert!(broken(run).is_empty(), "{}", done.all());
    assert!((1..=20).contains(&run.outcomes.sold), "{:?}", run.outcomes);
    let counts = put_in(run);
    assert!(counts.lost_replies > 0 && counts.cut > 0, "{counts:?}");
    assert!(run.effort.attempts > 100, "an answer 503 is tried again");
    done.says("put in");
}
