//! `sim explore`, seen from outside, and what is refused to it and to `sim replay`.

use crate::fixture;
use std::fs;

use crate::fixture::{Done, Server, entries, sim};
use checkout_sim::oracle::Verdict;
use checkout_sim::report::exploration_to_terminal;

// What people see -------------------------------------------------------------

#[test]
fn a_control_shows_the_simplest_schedule_that_fails() {
    let done = sim("explore --strategy check-then-update").run();
    done.exits(10).complains_of_nothing();
    insta::assert_snapshot!("explore_control", without_rates(&done));
    done.is_narrow();
}

#[test]
fn a_deadlock_is_drawn_with_the_waits_that_make_it() {
    let done = sim("explore -s row-lock --lines 2 --lock-order cart --stock 2")
        .on(&Server::shared())
        .run();
    // With a second try, the buyer who was ended for the deadlock gets there;
    // then nothing is broken, and with a unit for each nothing is proven.
    done.exits(10).says("raise --max-tries");
    insta::assert_snapshot!("explore_deadlock", without_rates(&done));
    done.is_narrow();
    let again = "explore -s row-lock --lines 2 --lock-order cart --max-tries 2 --on memory";
    for (stock, verdict) in [(1, "safe"), (2, "inconclusive")] {
        sim(&format!("{again} --stock {stock} --expect {verdict}"))
            .run()
            .exits(0)
            .says(&format!("{}  row-lock", verdict.to_uppercase()));
    }
}

/// The whole catalogue, on the real database.
#[test]
fn every_cell_shows_the_verdict_of_the_catalogue() {
    let done = sim("explore -s all -i all --expect catalogue").json().run();
    done.exits(0).says("all 33 expectations hold");
    insta::assert_snapshot!("explore_all", without_rates(&done));
    done.is_narrow();
    let found = done.exploration();
    let schedules = |strategy: &str, isolation: &str| {
        let mut cells = found.cells.iter();
        let named = cells.find(|cell| {
            (cell.cell.subject.name(), cell.cell.level.name()) == (strategy, isolation)
        });
        let found = &named.unwrap().found;
        (found.covered.schedules, found.proving(Verdict::Oversells))
    };
    // The design counts these by itself: they are not copied from here.
    assert_eq!(schedules("check-then-update", "read-committed"), (92, 80));
    assert_eq!(schedules("optimistic", "read-committed"), (92, 0));
    assert_eq!(schedules("row-lock", "read-committed"), (36, 0));
}

#[test]
fn both_worlds_find_the_same() {
    for call in [
        "explore -s check-then-decrement,optimistic --buyers 2",
        "explore -s atomic --units 1,2 --stock 2",
        "explore -s autocommit --crash",
    ] {
        let real = sim(call).on(&Server::shared()).json().run();
        let model = sim(call).arg("--on").arg("memory").json().run();
        let (real, model) = (real.exploration(), model.exploration());
        assert!(real.server.is_some() && model.server.is_none());
        for (real, model) in real.cells.iter().zip(&model.cells) {
            assert_eq!(real.found.endings, model.found.endings, "{call}");
            assert_eq!(real.found.example, model.found.example, "{call}");
            assert_eq!(real.whole, model.whole, "{call}");
            let again = real.found.reproduced.map(|again| (again.times, again.of));
            assert_eq!(
                again,
                real.found.example.as_ref().map(|_| (10, 10)),
                "{call}"
            );
            assert_eq!(model.found.reproduced, None, "{call}");
        }
    }
}

/// Without `--expect` the page and the exit code say what was found: something
/// broken before something that is not proven, and nothing of expectations.
#[test]
fn without_expectations_what_was_found_decides() {
    let some = "--buyers 3 --schedules 20 --reduction off";
    for (flags, code, says) in [
        ("-s atomic,row-lock".to_owned(), 0, "all 2 cells are safe\n"),
        (
            format!("-s atomic,row-lock {some}"),
            11,
            "2 of 2 cells are inconclusive\n",
        ),
        (
            format!("-s naive,atomic {some}"),
            10,
            "1 of 2 cells is broken, 1 is inconclusive\n",
        ),
    ] {
        let explore = |more: &str| sim(&format!("explore --on memory {flags} {more}")).run();
        let done = explore("");
        done.exits(code).says(says);
        assert!(!done.stdout.contains("expected"), "{}", done.stdout);
        // Held to something, what is not proven is not as expected either.
        let held = explore("--expect safe");
        held.exits(if code == 0 { 0 } else { 10 });
        assert!(held.stdout.contains("expectation"), "{}", held.stdout);
    }
    let replay = "replay --on memory -s check-then-update --schedule";
    sim(&format!("{replay} AAAAABBB")).run().exits(0);
    sim(&format!("{replay} AABBBBBAAA")).run().exits(10);
    sim(&format!("{replay} AABBBBBAAA --expect oversells"))
        .run()
        .exits(0);
}

/// Where no stock is set, every cart fits, and the command that runs a schedule again
/// means the same stock. A stock in which carts do not fit proves nothing.
#[test]
fn each_cart_fits_the_stock_where_none_is_set() {
    for (flags, sold) in [("--units 2", "2 of 2 sold"), ("--units 1,3", "3 of 3 sold")] {
        let done = sim(&format!("explore -s row-lock {flags} --on memory")).run();
        done.exits(0).says(sold);
        let (_, again) = done.stdout.split_once("again: sim ").expect("it is named");
        let again = again.replace("\\\n", " ");
        assert!(!again.contains("--stock"), "{again}");
        sim(&again).run().exits(0).says(" in stock");
    }
    let unfit = sim("explore -s row-lock --units 2 --stock 1 --on memory").run();
    unfit
        .exits(11)
        .says("can buy nothing")
        .says("--units 2 --on memory")
        .says("--stock 1 ");
    let load = sim("run -s row-lock --buyers 20 --units 2 --stock 1");
    let load = load.on(&Server::shared()).run();
    load.exits(11)
        .says("no cart fits: each wants 2 units of a product, and the stock is 1");
}

/// Of three buyers, the two that it takes; of any number, the one whose
/// connection is cut between its stock and its order.
#[test]
fn the_simplest_failure_has_the_fewest_buyers() {
    let three = sim("explore -s check-then-update --buyers 3 --on memory").run();
    three
        .exits(10)
        .says("63 stand for 48,540")
        .says("2 buyers, 2 context switches, 10 steps")
        .says("again: sim replay --strategy check-then-update --buyers 3 --on memory --schedule AABBBBBAAA\n");
    let one = sim("explore -s autocommit --buyers 3 --crash --expect leaks --on memory").run();
    one.exits(0)
        .says("1 buyer, 0 context switches, 3 steps")
        .says("--schedule AAa\n");
    // The buyers who want one unit each fit; it takes the third, which wants two.
    let odd = sim("explore -s check-then-update --buyers 3 --units 1,1,2 --stock 2 --on memory");
    odd.run().exits(10).says("--schedule AACCCCCAAA\n");
}

#[test]
fn a_space_that_is_not_exhausted_is_inconclusive() {
    let some = "explore -s row-lock --buyers 3 --on memory";
    for (flags, advice) in [
        ("--schedules 20", "raise --schedules or --time-limit"),
        ("--time-limit 0", "raise --schedules or --time-limit"),
        ("--max-switches 1", "raise --max-switches"),
        ("--policy random --seed 1", "use --policy exhaustive"),
    ] {
        let done = sim(&format!("{some} {flags}")).run();
        done.exits(11).says("INCONCLUSIVE  row-lock").says(advice);
    }
    let idle = sim("explore -s atomic --stock 5 --on memory").run();
    idle.exits(11).says("INCONCLUSIVE").says("lower --stock");
    // What is found on the way is proven all the same.
    let found = sim("explore -s naive --schedules 20 --reduction off --on memory").run();
    found
        .exits(10)
        .says("OVERSELLS  naive")
        // As many as of `check-then-update`, which sends the same statements.
        .says("20 of 92");
}

/// Two lines of one product are two units of it: with three on hand the buyers are
/// in each other's way, with four there is just enough for both.
#[test]
fn duplicate_lines_add_up_to_the_demand() {
    let explore = |stock: u32| {
        let case = format!("--lines 2 --duplicate-lines --stock {stock} --on memory");
        sim(&format!("explore -s atomic {case}")).run()
    };
    let scarce = explore(3);
    scarce.exits(0).says("SAFE  atomic");
    assert!(!scarce.stdout.contains("enough"), "{}", scarce.stdout);
    explore(4)
        .exits(11)
        .says("INCONCLUSIVE  atomic")
        .says("there is just enough for all buyers");
}

#[test]
fn a_random_sample_comes_again_with_its_seed() {
    // Few enough to be counted in no time, and more than a sample holds.
    let call = "explore -s row-lock --buyers 3 --policy random --schedules 50 --on memory";
    let sample = |seed: &str| {
        let done = sim(call).arg("--seed").arg(seed).json().run();
        let found = done.exploration();
        assert_eq!(found.cells[0].found.covered.schedules, 50);
        found.cells[0].found.endings.clone()
    };
    let first = sample("7");
    assert_eq!(first, sample("7"));
    assert_ne!(first, sample("8"));
    let drawn = sim(call).run();
    drawn
        .exits(11)
        .says("50 random schedules of 3 buyers, seed ");
}

/// A report can be drawn again from the export alone.
#[test]
fn the_export_holds_all_that_the_terminal_shows() {
    let done = sim("explore -s naive,version-ignored,row-lock -i all --expect catalogue")
        .on(&Server::shared())
        .json()
        .run();
    let found = done.exploration();
    let drawn = anstream::adapter::strip_str(&exploration_to_terminal(&found, 100)).to_string();
    let below = done.stdout.strip_prefix(&drawn);
    assert_eq!(below, Some("\nall 9 expectations hold\n"));
    for cell in &found.cells {
        let endings = &cell.found.endings;
        let counted: u64 = endings.iter().map(|ending| ending.count).sum();
        assert_eq!(counted, cell.found.covered.schedules);
        for ending in endings {
            assert_eq!(ending.schedules.len() as u64, ending.count);
            let example = ending.example.as_ref().unwrap();
            assert_eq!(example.schedule, ending.schedules[0]);
            assert_eq!(example.steps.len(), example.schedule.0.len());
            assert_eq!(example.proven, ending.proven);
        }
    }
    done.never_tells("hush");
}

// Refusals, helps, roles and files ---------------------------------------------

#[test]
fn wrong_flags_are_refused_before_anything_starts() {
    let calls = [
        "explore",
        "explore -s optimstic",
        "explore -s naive --buyers 0",
        "explore -s naive --buyers 1",
        "explore -s naive --buyers 27",
        "explore -s naive --stock 0",
        "explore -s naive --lines 3 --products 2",
        "explore -s naive --units 0",
        "explore -s naive --units 1,2,3",
        "explore -s naive --max-tries 0",
        "explore -s naive --on disk",
        "explore -s naive --on memory -i all",
        "explore -s naive --seed 3",
        "explore -s naive --policy randm",
        "explore -s naive --schedules 0",
        "explore -s naive --max-switches 2 --reduction on",
        "explore -s naive --policy random --reduction on",
        "explore -s naive --time-limit 5",
        "explore -s naive --expect oversell",
        "explore -s naive --expect safe<=two",
        "explore -s naive --expect safe<2",
        "run -s naive --expect safe<=2",
        "compare --expect safe<=2",
        "explore -s naive --expect catalogue --crash",
        "explore -s naive --keep",
        "explore -s naive --export-json no/such/dir/found.json",
        "explore -s naive --export-spec /dev/null/specs",
        "replay -s naive",
        "replay -s naive,atomic --schedule AB",
        "replay -s all --schedule AB",
        "replay -s naive --schedule A-B",
        "replay -s naive --schedule=",
        "replay -s naive --schedule AC",
        "replay -s naive --schedule AB -i serializable --on memory",
        "replay -s naive --schedule AB --keep",
    ];
    insta::assert_snapshot!("explore_refusals", fixture::refusals(&calls));
    let further = sim("explore -s naive").without_postgres().run();
    further
        .exits(1)
        .says("NOT RUN  naive")
        .complains("SIM_POSTGRES_BIN");
}

#[test]
fn help_shows_every_flag_of_both() {
    for command in ["explore", "replay"] {
        let help = sim(&format!("{command} --help")).without_postgres().run();
        help.exits(0).complains_of_nothing();
        insta::assert_snapshot!(format!("help_{command}"), help.stdout);
        help.is_narrow();
    }
}

/// An ordinary role may not set `deadlock_timeout`: then the page says so.
#[test]
fn an_ordinary_role_explores_and_is_told_of_deadlocks() {
    let database = Server::shared();
    database.run("CREATE ROLE stepper LOGIN");
    database.run(&format!(
        "GRANT CREATE ON DATABASE {} TO stepper",
        database.name()
    ));
    let done = sim("explore -s atomic")
        .at(&database.url_as("stepper"))
        .run();
    done.exits(0).says("may not set deadlock_timeout");
    let may_not = Server::shared();
    let refused = sim("explore -s atomic")
        .at(&may_not.url_as("stepper"))
        .run();
    refused.exits(1).complains("may not create a schema");
}

#[test]
fn schedules_are_written_for_the_isolationtester() {
    let done =
        sim("explore -s check-then-update,atomic --crash --export-spec specs --on memory").run();
    let files = entries(&done.out().join("specs"));
    let named = |name: &str| files.iter().any(|file| file == name);
    assert!(
        named("check-then-update-read-committed-AABBBBBAAA.spec"),
        "{files:?}"
    );
    // It has no word for a connection that is cut.
    let is_cut = |file: &&String| {
        let schedule = file.rsplit('-').next().unwrap().trim_end_matches(".spec");
        schedule.chars().any(|letter| letter.is_ascii_lowercase())
    };
    assert_eq!(files.iter().find(is_cut), None);
    let spec = done
        .out()
        .join("specs/check-then-update-read-committed-AABBBBBAAA.spec");
    insta::assert_snapshot!("spec", fs::read_to_string(spec).unwrap());
}

/// What is the same on every machine: without rates, without the version of
/// the server and of `sim`.
fn without_rates(done: &Done) -> String {
    let numbers = |word: &str| word.chars().all(|c| c.is_ascii_digit() || ",.".contains(c));
    let line = |line: &str| {
        if line.starts_with("sim ") {
            return "sim VERSION on SERVER".to_owned();
        }
        if line.trim_end().ends_with(" a second") && !line.contains("schedules") {
            return line
                .replace(|c: char| c.is_ascii_digit() || ",.".contains(c), "")
                .trim_end()
                .to_owned();
        }
        // The rate of a row stands before its last word.
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [_, _, .., "%" | "-", rate, last] if numbers(rate) => {
                let head = &line[..line.rfind(rate).unwrap()];
                format!("{} RATE {last}", head.trim_end())
            }
            _ => line.to_owned(),
        }
    };
    done.stdout.lines().map(|text| line(text) + "\n").collect()
}
