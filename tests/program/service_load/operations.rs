//! A service of several operations: buyers share them out by their weights.

use std::fs;

use checkout_sim::load::{LinePlace, RunResult};
use checkout_sim::oracle::{Doubt, Verdict};

use super::runs;
use crate::fixture::{Done, Server, Sim, sim};

/// The service that `sim init` writes, of which some buyers only look.
fn call(args: &str, mix: &str) -> Sim {
    let written = sim("init --from service").without_postgres().run();
    let call = sim(&format!("run --scenario shop.toml {args}")).json();
    let text = written
        .stdout
        .replace("[[service.steps]]", "[[service.operations.buy]]");
    let look = "[[service.operations.look]]\nrequest = \"GET /product/\"\n\n[invariants]\n\
                unknown = \"SELECT actor FROM sim.outcomes WHERE operation NOT IN ('buy', 'look')\"\n\
                looks = \"SELECT count(*) FROM sim.outcomes WHERE operation = 'look' HAVING count(*) > 90\"";
    let text = text.replace("[invariants]", look);
    let text = text.replace(
        "told-and-not-sold = ",
        "told-and-not-sold = \"SELECT 1 WHERE false\" # ",
    );
    let text = text.replace("[load]\n", &format!("[load]\n{mix}\n"));
    fs::write(call.out().join("shop.toml"), text).unwrap();
    call
}

/// A request that only reads loses nothing to another one: that nothing broke then proves nothing.
/// What came before the buyers has written, and counts for nothing.
#[test]
fn buyers_who_only_look_prove_nothing() {
    // The server writes nothing of its own.
    let server = Server::start(&[("autovacuum", "off")]);
    for (mix, verdict, doubts) in [
        (
            "mix = { look = 1, buy = 0 }",
            Verdict::Inconclusive,
            vec![Doubt::NothingChanged],
        ),
        ("mix = { look = 1, buy = 9 }", Verdict::Safe, vec![]),
    ] {
        let call = call("--strategy service:atomic", mix).on(&server.database());
        let path = call.out().join("shop.toml");
        let text = fs::read_to_string(&path).unwrap();
        let text = text.replace("HAVING count(*) > 90", "HAVING count(*) > 100");
        fs::write(&path, text).unwrap();
        let done = call.run();
        let run = one(&done);
        assert_eq!(run.judgement.verdict, verdict, "{}", done.all());
        assert_eq!(run.judgement.doubts, doubts);
        if verdict == Verdict::Inconclusive {
            assert_eq!(run.outcomes.sold, 100, "each has looked");
            done.says_in_words("no buyer changed a row");
        }
    }
}

fn sent(run: &RunResult, operation: &str, line: u32) -> u64 {
    let place = LinePlace {
        operation: Some(operation.into()),
        line,
    };
    let timing = run.timing.lines.get(&place);
    timing.map_or(0, |timing| timing.latency.count())
}

fn one(done: &Done) -> RunResult {
    runs(done).remove("service:atomic").expect("it ran")
}

/// Nine of ten look, and one buys; without a mix each operation has its half.
#[test]
fn buyers_carry_operations_out_by_weight() {
    let args = "--strategy service:atomic --buyers 400 --seed 7 --export-html page.html";
    for (mix, looks) in [("", 150..250), ("mix = { look = 9, buy = 1 }", 330..390)] {
        let done = call(args, mix).run();
        let run = one(&done);
        let (look, buy) = (sent(&run, "look", 1), sent(&run, "buy", 1));
        assert_eq!(look + buy, 400, "{mix}: {}", done.all());
        assert!(looks.contains(&look), "{mix}: {look}");
        assert!(sent(&run, "buy", 2) >= buy, "{mix}");
        // Those that look are done as well.
        assert_eq!(run.outcomes.sold, 20 + look, "{mix}");
        let own = run.own.as_ref().expect("own tables");
        let broken: Vec<&str> = own.broken.iter().map(|one| &*one.invariant).collect();
        assert_eq!(broken, ["looks"], "{mix}");
        assert_eq!(run.judgement.verdict, Verdict::Violates);
        let page = fs::read_to_string(done.out().join("page.html")).unwrap();
        assert!(
            page.contains("look:1") && page.contains("GET /product/"),
            "{mix}"
        );
    }
}

#[test]
fn a_mix_names_operations_that_there_are() {
    for (mix, told) in [
        ("lok=1", "did you mean \"look\""),
        ("look=0", "every weight is 0"),
    ] {
        let call = call("--strategy service:atomic", "").arg("--mix").arg(mix);
        let done = call.without_postgres().run();
        done.exits(2).complains(told);
    }
    // Of one operation alone.
    let written = sim("init --from service").without_postgres().run();
    let call = sim("run --scenario shop.toml --mix buy=1").without_postgres();
    fs::write(call.out().join("shop.toml"), &written.stdout).unwrap();
    call.run()
        .exits(2)
        .complains("there is one operation alone");
}
