//! `sim compare` and `sim report`: strategies side by side, and pages from what
//! was saved.

mod again;

use crate::fixture;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::fixture::{Done, Server, Sim, sim};
use checkout_sim::shop::Isolation;
use checkout_sim::subject::Strategy;

/// As few buyers as show a race, and rounds enough for an interval.
fn compare(flags: &str) -> Sim {
    let small = "--buyers 80 --stock 20 --runs 2 --seed 7 --think-time 1ms";
    sim(&format!("compare {small} {flags}")).json()
}

fn compared(flags: &str) -> Done {
    compare(flags).on(&Server::shared()).run()
}

#[test]
fn strategies_stand_side_by_side_with_the_proof() {
    let done = compared("--strategy check-then-update,optimistic,row-lock -i all");
    done.exits(0)
        .says("at serializable")
        .says("oversells")
        .says("ratio: sales a second beside optimistic at read-committed")
        .says("all 18 expectations hold")
        .is_narrow();
    let study = done.dossier().studies.remove(0);
    let reference = Strategy::Optimistic.at(Isolation::ReadCommitted);
    assert_eq!(study.reference, Some(reference));
    let (load, exploration) = (study.load.unwrap(), study.exploration.unwrap());
    assert_eq!(load.cells.len(), 9);
    for (cell, explored) in load.cells.iter().zip(&exploration.cells) {
        assert_eq!(cell.runs.len(), 2);
        assert_eq!(cell.cell, explored.cell);
        assert!(explored.found.covered.exhausted);
        for run in &cell.runs {
            let ended: u64 = [&run.timing.timeline.sold, &run.timing.timeline.others]
                .iter()
                .map(|slices| slices.iter().sum::<u64>())
                .sum();
            assert_eq!(ended, 80, "every buyer ends in some slice");
            assert!(run.client_cpu_us > 0);
        }
    }
}

/// Without a file the catalogue says what to expect, of all strategies.
#[test]
fn expectations_decide_the_exit_code() {
    compared("--strategy naive,atomic").exits(0);
    compared("--strategy naive,atomic --expect safe")
        .exits(10)
        .says("naive at read-committed\n    under load: expected safe, found oversells")
        .says("2 of 4 expectations do not hold");
    compare("--strategy naive,atomic")
        .arg("--threshold=atomic: sold==21")
        .on(&Server::shared())
        .run()
        .exits(99)
        .says("threshold: expected sold==21, found 20");
}

/// The speed of a wrong answer is not compared, and a strategy can be chosen
/// that the others are compared with.
#[test]
fn ratios_are_beside_the_reference() {
    let done = compared("--strategy naive,optimistic,atomic --reference atomic --no-explore");
    done.exits(0).says("ratio: sales a second beside atomic");
    let row = |name: &str| {
        let line = done.stdout.lines().find(|line| line.starts_with(name));
        let words = line.unwrap().split_whitespace();
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let (naive, optimistic) = (row("naive"), row("optimistic").join(" "));
    assert!(!naive.iter().any(|word| word.contains('-')), "{naive:?}");
    assert_eq!(row("atomic").last().unwrap(), "reference");
    let is_told = optimistic.ends_with("too few runs") || optimistic.contains('-');
    assert!(is_told, "an interval, or that it is too wide: {optimistic}");
    assert!(done.dossier().studies[0].exploration.is_none());
    // One round has no spread.
    let once = "--buyers 80 --stock 20 --runs 1 --strategy optimistic,atomic --no-explore";
    let once = sim(&format!("compare {once}")).on(&Server::shared()).run();
    once.exits(0).says("  too few runs\n");
}

/// A slow payment inside the transaction keeps buyers of other products waiting,
/// where row locks are held meanwhile and connections are few.
#[test]
fn buyers_of_other_products_are_told_apart() {
    let crowd = "--products 20 --popularity hot:0.5 --stock 50 --buyers 200 --connections 4 \
                 --runs 1 --no-explore --max-tries 100 --think-time 5ms";
    let call = sim(&format!("compare --strategy optimistic,row-lock {crowd}")).json();
    let done = call.on(&Server::shared()).run();
    done.says("buyers of other products than the most wanted one, from arrival");
    let load = done.dossier().studies.remove(0).load.unwrap();
    for cell in &load.cells {
        let others = &cell.runs[0].timing.unrelated;
        // Half of 200, give or take six standard deviations.
        assert!((58..=142).contains(&others.count()), "{}", others.count());
        assert!(others.max_us() >= 5_000, "every buyer thinks for 5 ms");
    }
    let uniform = compared("--strategy optimistic --products 20 --no-explore --stock 1");
    assert!(!uniform.stdout.contains("other products"));
}

#[test]
fn what_makes_no_sense_starts_nothing() {
    let calls = [
        "compare no/such.toml",
        "compare --strategy naive --reference atomic",
        "compare --strategy naive --threshold sold==1",
        "compare --strategy naive --keep",
        "compare --products 2 --popularity hot:1",
        "compare --products 1 --popularity hot:0.5",
        "report",
        "report no/such.json",
        "report stdout",
        "completions tcsh",
    ];
    insta::assert_snapshot!("compare_refusals", fixture::refusals(&calls));
}

// sim report --------------------------------------------------------------------

#[test]
fn pages_are_drawn_without_a_database() {
    let done = compared("--strategy naive,atomic");
    let text = fs::read_to_string(done.out().join("run.json")).unwrap();
    let report = |flags: &str| {
        let call = sim(&format!("report run.json {flags}")).without_postgres();
        fs::write(call.out().join("run.json"), &text).unwrap();
        call.run()
    };
    // The terminal shows what it showed then.
    let again = report("");
    again.exits(0).complains_of_nothing();
    assert_eq!(again.stdout, done.stdout);
    let drawn = report("--html page.html --markdown page.md --csv page.csv --junit page.xml");
    drawn.exits(0).says_nothing();
    let read = |name: &str| fs::read_to_string(drawn.out().join(name)).unwrap();
    assert!(read("page.html").starts_with("<!DOCTYPE html>"));
    assert!(read("page.md").starts_with("### sim: all 4 expectations hold"));
    assert_eq!(read("page.csv").lines().count(), 5, "2 cells x 2 runs");
    assert_eq!(read("page.xml").matches("<testcase").count(), 4);
    // Against itself nothing has changed.
    report("--against run.json")
        .exits(0)
        .says("4 verdicts: all as then");
    report("--html run.json")
        .exits(2)
        .complains("run.json is read, and cannot be written too");
    report("--html no/such/page.html")
        .exits(2)
        .complains("cannot write no/such/page.html");
}

/// Of explorations the verdicts are held against each other.
#[test]
fn explorations_are_told_apart_then_and_now() {
    let explore = |strategy: &str| {
        let call = sim(&format!("explore --strategy {strategy} --on memory")).json();
        let done = call.run();
        fs::read_to_string(done.out().join("run.json")).unwrap()
    };
    let now = explore("check-then-update");
    let then = explore("optimistic").replace("optimistic", "check-then-update");
    let call = sim("report now.json --against then.json");
    fs::write(call.out().join("now.json"), &now).unwrap();
    fs::write(call.out().join("then.json"), then).unwrap();
    let changed = call.without_postgres().run();
    changed
        .exits(0)
        .says("check-then-update at read-committed, every schedule: was safe, is oversells");
    let call = sim("report now.json --csv runs.csv");
    fs::write(call.out().join("now.json"), &now).unwrap();
    // What was only explored has a row too.
    let written = call.without_postgres().run();
    written.exits(0);
    let rows = fs::read_to_string(written.out().join("runs.csv")).unwrap();
    let row =
        ",check-then-update,read-committed,oversells,more units were promised than there were";
    let head = "scenario,strategy,isolation,explored,explored_says";
    assert_eq!(rows, format!("{head}\n{row}\n"));
}

// Comfort -----------------------------------------------------------------------

#[test]
fn shells_and_manuals_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let done = sim(&format!("completions {shell}"))
            .without_postgres()
            .run();
        done.exits(0).says("compare").says("max-tries");
        #[cfg(feature = "serve")]
        done.says("max-clients");
    }
    // Each strategy with its idea, which other names for it do not repeat.
    let zsh = sim("completions zsh").without_postgres().run();
    zsh.exits(0)
        .says("naive\\:\"read the stock, write back the difference; never check\"")
        .says("all\\:\"every strategy that is built in\"");
    assert!(
        !zsh.stdout.contains("read-modify-write"),
        "an alias is offered"
    );
}

/// Every page that a page refers to is written.
#[test]
fn manual_pages_refer_to_pages_that_exist() {
    let man = sim("man pages/man1");
    let directory = man.out().join("pages/man1");
    let done = man.without_postgres().run();
    done.exits(0).says_nothing().complains_of_nothing();
    let pages: BTreeMap<String, String> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (name_of(&path), fs::read_to_string(&path).unwrap()))
        .collect();
    for page in [
        "sim.1",
        "sim-run.1",
        "sim-check.1",
        #[cfg(feature = "serve")]
        "sim-serve.1",
        "sim-man.1",
    ] {
        assert!(pages.contains_key(page), "no {page} in {:?}", pages.keys());
    }
    assert!(
        !pages.contains_key("sim-guard.1"),
        "it is no command of users"
    );
    let alone = sim("man").without_postgres().run();
    alone
        .exits(0)
        .says(".TH")
        .says("Exit codes")
        .says("SIM_POSTGRES_BIN");
    let mut referred = BTreeSet::new();
    for text in pages.values().chain([&alone.stdout]) {
        let words = text.split_whitespace().filter(|word| word.ends_with("(1)"));
        referred.extend(words.map(|word| word.replace('\\', "").replace("(1)", ".1")));
    }
    assert!(referred.contains("sim-run.1"), "{referred:?}");
    let missing: Vec<_> = referred
        .iter()
        .filter(|name| !pages.contains_key(*name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    // Where no directory can be, nothing is begun.
    let refused = sim("man file").without_postgres();
    fs::write(refused.out().join("file"), "").unwrap();
    refused.run().exits(2).complains("cannot write into file");
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn every_command_helps_with_an_example() {
    let commands = [
        "run",
        "compare",
        "check",
        "explore",
        "replay",
        "list",
        #[cfg(feature = "serve")]
        "serve",
        "report",
        "init",
        "schema",
        "completions",
        "man",
    ];
    for command in commands {
        let done = sim(&format!("{command} --help")).without_postgres().run();
        done.exits(0).says("Example").says("  sim ").is_narrow();
        assert_fits_80_columns(&format!("{command} --help"), &done.stdout);
    }
    assert_fits_80_columns("--help", &sim("--help").run().stdout);
}

/// A narrow terminal breaks sentences, but no example, which could not be copied then,
/// and no row of a table.
fn assert_fits_80_columns(call: &str, wide: &str) {
    let narrow = sim(call).env("COLUMNS", "80").without_postgres().run();
    let narrow: Vec<&str> = narrow.exits(0).stdout.lines().collect();
    let too_long = narrow.iter().find(|line| line.chars().count() > 80);
    assert_eq!(too_long, None, "{call}");
    let after = wide.lines().skip_while(|line| !line.starts_with("Example"));
    let rows: Vec<&str> = after.filter(|line| line.starts_with("  ")).collect();
    assert!(!rows.is_empty(), "{call}");
    for row in rows {
        assert!(narrow.contains(&row), "{row:?} is broken in {call}");
    }
}
