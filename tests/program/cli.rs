//! The command line, seen from outside: what people type and what they read.

use crate::fixture;
use std::collections::BTreeSet;
use std::fs;

use crate::fixture::{Done, Server, sim};
use serde_json::json;

// Nothing starts: no flag, or only wrong ones ------------------------------

#[test]
fn help_shows_every_flag() {
    let help = sim("--help").without_postgres().run();
    insta::assert_snapshot!("help", help.exits(0).complains_of_nothing().stdout);
    // `-h` is the short form of the same.
    let short = sim("-h").without_postgres().run();
    assert!(short.exits(0).stdout.lines().count() < help.stdout.lines().count());
    help.is_narrow();
    short.is_narrow();
}

#[test]
fn list_shows_every_strategy() {
    let list = sim("list").without_postgres().run();
    insta::assert_snapshot!("list", list.exits(0).complains_of_nothing().stdout);
    list.is_narrow();
    // By name, by alias, each once, in the order asked for.
    let some = sim("list for-update versioned row-lock").run();
    let heads: Vec<&str> = some.stdout.lines().filter(|l| is_head(l)).collect();
    let names: Vec<&str> = heads.iter().filter_map(|l| l.split(' ').next()).collect();
    assert_eq!(names, ["row-lock", "optimistic"]);
}

fn is_head(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_lowercase())
}

/// Every refusal: what is typed, and what is said of it.
#[test]
fn wrong_flags_are_refused_before_anything_starts() {
    let calls = [
        "--strategy optimstic",
        "--strategy naive,nosuch",
        "--strategy naive --isolation serializble",
        "--strategy naive --expect oversell",
        "--strategy naive --buyrs 3",
        "--strategy naive --buyers 0",
        "--strategy naive --buyers many",
        "--strategy naive --buyers -1",
        "--strategy naive --stock -1",
        "--strategy naive --buyers 99999999999",
        "--strategy naive --connections 0",
        "--strategy naive --connections 10001",
        "--strategy naive --products 2 --lines 3",
        "--strategy naive --units 0",
        "--strategy naive --lock-order sort",
        "--strategy naive --popularity zip",
        "--strategy naive --popularity zipf:0",
        "--strategy naive --arrival poison",
        "--strategy naive --arrival poisson",
        "--strategy naive --rate 5",
        "--strategy naive --arrival poisson --rate 0",
        "--strategy naive --arrival poisson --rate -1",
        "--strategy naive --arrival poisson --rate nan",
        "--strategy naive --arrival poisson --rate 0.001",
        "--strategy naive --think-time 5",
        "--strategy naive --think-time 5parsecs",
        "--strategy naive --think-time 25h",
        "--strategy naive --retry-delay 5ms",
        "--strategy naive --retry-delay 5ms..1ms",
        "--strategy naive --max-tries 0",
        "--strategy naive --runs 0",
        "--strategy naive --seed x",
        "--strategy naive --keep",
        "--strategy naive --database-url mysql://me:hush@host/shop",
        "--strategy naive --database-url postgres://me:hush@host:port/shop",
        "--strategy naive --database-url postgres://me:hush@host/shop?sslmode=on",
        "--strategy naive --database-url postgres://me:hush@host/shop?sslrootcert=no/such.pem",
        "--strategy naive --export-json no/such/dir/run.json",
        "--strategy naive --export-csv /tmp",
        "--strategy naive --export-json same --export-csv same",
        "--strategy naive --export-json same --export-csv ./same",
        "lst",
        "list optimstic",
        "--strategy naive list",
        "run",
    ];
    insta::assert_snapshot!("refusals", fixture::refusals(&calls));
    // The other direction: the same call without a mistake gets further.
    let further = sim("--strategy naive").without_postgres().run();
    further
        .exits(1)
        .says("NOT RUN  naive")
        .complains("SIM_POSTGRES_BIN");
}

#[test]
fn a_file_that_cannot_be_written_is_refused_and_another_one_survives() {
    let call = sim("--strategy naive --export-csv no/such/run.csv").json();
    fs::write(call.out().join("run.json"), "{\"precious\": true}").unwrap();
    let done = call.without_postgres().run();
    done.exits(2).complains("no/such/run.csv");
    assert_eq!(done.written(), json!({"precious": true}));
    // A run that cannot start says so in the place of older results: nothing
    // may take those for its own.
    let call = sim("--strategy naive").json().csv().without_postgres();
    fs::write(call.out().join("run.json"), "{\"old\": true}").unwrap();
    fs::write(call.out().join("run.csv"), "old").unwrap();
    let done = call.run();
    done.exits(1);
    assert_eq!(done.json()["cells"][0]["runs"], json!([]));
    assert_eq!(fs::read_to_string(done.out().join("run.csv")).unwrap(), "");
}

// What is expected ----------------------------------------------------------

#[test]
fn expectations_decide_the_exit_code() {
    let database = Server::shared();
    let run = |args: &str| sim(args).on(&database).run();
    run("--strategy naive").exits(10).says("OVERSELLS  naive");
    run("--strategy naive --expect oversells").exits(0);
    run("--strategy naive --expect loses-updates").exits(10);
    run("--strategy optimistic")
        .exits(0)
        .says("SAFE  optimistic");
    run("--strategy optimistic --expect safe").exits(0);
    run("--strategy optimistic --expect oversells")
        .exits(10)
        .says("expected: oversells");
    // One buyer alone proves nothing, which is not "safe".
    let lonely = "--strategy optimistic --buyers 1";
    run(lonely).exits(11).says("INCONCLUSIVE");
    run(&format!("{lonely} --expect safe")).exits(10);
    run(&format!("{lonely} --expect inconclusive")).exits(0);
    // One cell of several decides.
    run("--strategy optimistic,naive").exits(10);
    run("--strategy naive,optimistic --expect catalogue").exits(0);
}

/// Without `--expect` no page speaks of expectations: each says what was found,
/// and so does the exit code, of which the worst comes first.
#[test]
fn without_expectations_what_was_found_decides() {
    let database = Server::shared();
    let pages = "--export-html page.html --export-markdown page.md --export-junit junit.xml";
    let lonely = "--buyers 1";
    for (flags, code, says) in [
        ("-s naive", 10, "OVERSELLS  naive at read-committed\n"),
        ("-s atomic", 0, "SAFE  atomic at read-committed\n"),
        ("-s naive,atomic", 10, "1 of 2 cells is broken\n"),
        ("-s row-lock,atomic", 0, "all 2 cells are safe\n"),
    ] {
        let done = sim(&format!("{flags} {pages}")).on(&database).json().run();
        done.exits(code).says(says);
        assert_tells_no_expectation(&done);
    }
    for (flags, code, says) in [
        (lonely, 11, "INCONCLUSIVE  atomic at read-committed\n"),
        ("--threshold sold==1", 99, "expected sold==1"),
        ("--buyers 1 --threshold sold==5", 11, "expected sold==5"),
        ("--buyers 1 --expect inconclusive", 0, "(as expected)"),
        ("--buyers 1 --expect catalogue", 10, "(expected: safe)"),
    ] {
        let done = sim(&format!("-s atomic {flags}")).on(&database).run();
        done.exits(code).says(says);
    }
}

fn assert_tells_no_expectation(done: &Done) {
    for page in ["stdout", "run.json", "page.html", "page.md", "junit.xml"] {
        let text = match page {
            "stdout" => done.stdout.clone(),
            name => fs::read_to_string(done.out().join(name)).unwrap(),
        };
        let words = ["s expected", "expected:", "expected ", "xpectation"];
        let told = |line: &&str| words.iter().any(|word| line.contains(word));
        assert_eq!(text.lines().find(told), None, "{page}");
    }
    assert!(done.json()["cells"][0]["expected"].is_null());
    let report = sim("report run.json").without_postgres();
    fs::copy(done.out().join("run.json"), report.out().join("run.json")).unwrap();
    assert_eq!(report.run().exits(0).stdout, done.stdout);
}

#[test]
#[ignore = "slow: 132 runs"]
fn the_catalogue_holds_at_every_isolation_level() {
    // Evidence of several runs counts together: above read committed the losers
    // of a race may be pausing when the last unit is sold.
    let crowd = "--buyers 200 --stock 50 --runs 4";
    let all = sim(&format!(
        "--strategy all --isolation all {crowd} --expect catalogue"
    ))
    .on(&Server::shared())
    .csv()
    .run();
    all.exits(0).says("all 33 expectations hold");
    all.is_narrow();
    let cells: BTreeSet<_> = all
        .csv()
        .into_iter()
        .skip(1)
        .map(|row| row[1..3].to_vec())
        .collect();
    assert_eq!(cells.len(), 33);
}

#[test]
fn aliases_name_the_same_strategy() {
    let done = sim("--strategy versioned,select-for-update,for-update,optimistic --buyers 60")
        .on(&Server::shared())
        .json()
        .run();
    let report = done.json();
    let cells = report["cells"].as_array().unwrap();
    let names: Vec<_> = cells.iter().map(|cell| cell["strategy"].clone()).collect();
    assert_eq!(names, ["optimistic", "row-lock"]);
}

// What comes out ------------------------------------------------------------

#[test]
fn json_carries_the_configuration_and_the_server_but_no_password() {
    let database = Server::shared();
    let done = sim("--strategy row-lock --buyers 200 --stock 50 --seed 42 --think-time 1ms")
        .at(&database.url_as("postgres:hush-hush"))
        .json()
        .csv()
        .run();
    done.exits(0).never_tells("hush-hush");
    let report = done.json();
    assert_eq!(done.dossier().format, 2);
    let scenario = &report["scenario"];
    for (setting, value) in [
        ("buyers", 200),
        ("stock", 50),
        ("products", 1),
        ("lines", 1),
        ("units", 1),
        ("connections", 16),
        ("think_time_us", 1000),
        ("max_tries", 10),
        ("runs", 1),
        ("seed", 42),
    ] {
        assert_eq!(scenario[setting], json!(value), "{setting}");
    }
    let version = database.ask("SHOW server_version").remove(0);
    assert_eq!(report["server"]["version"], version.as_str());
    assert_eq!(report["server"]["settings"]["fsync"], "on");
    assert_eq!(report["cells"][0]["isolation"], "read-committed");
    assert_eq!(done.outcome("sold"), 50);
    assert_eq!(done.outcome("sold_out"), 150);
    done.conserves(200);
}

#[test]
fn csv_has_fixed_columns_and_a_row_for_each_run_of_each_cell() {
    let database = Server::shared();
    let strategies = "--strategy row-lock,naive --isolation read-committed,serializable --runs 2";
    let done = sim(strategies).arg("--buyers=40").on(&database).csv().run();
    let rows = done.csv();
    insta::assert_snapshot!("csv_columns", rows[0].join("\n"));
    let keys: Vec<String> = rows[1..].iter().map(|row| row[1..4].join(" ")).collect();
    insta::assert_snapshot!(keys.join("\n"), @"
    row-lock read-committed 1
    row-lock read-committed 2
    row-lock serializable 1
    row-lock serializable 2
    naive read-committed 1
    naive read-committed 2
    naive serializable 1
    naive serializable 2
    ");
    // One quiet run has the same columns as many of another kind.
    let other = sim("--strategy atomic --buyers 3 --arrival poisson --rate 1000 -q")
        .on(&database)
        .csv()
        .run();
    assert_eq!(other.csv()[0], rows[0]);
}

#[test]
fn quiet_prints_nothing_but_errors() {
    let database = Server::shared();
    let done = sim("--strategy naive --quiet").on(&database).json().run();
    done.exits(10).says_nothing().complains_of_nothing();
    assert!(done.outcome("sold") > 100);
    sim("--strategy naive --quiet --stock -1")
        .run()
        .exits(2)
        .complains("error");
}

#[test]
fn colours_are_for_terminals() {
    let database = Server::shared();
    let run = |name: &str, value: &str| {
        let call = sim("--strategy naive").env(name, value).on(&database);
        call.run().stdout.contains('\u{1b}')
    };
    assert!(!run("TERM", "xterm-256color"), "a file is no terminal");
    assert!(run("CLICOLOR_FORCE", "1"), "colours can be asked for");
    let both = sim("list").env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    assert!(!both.run().stdout.contains('\u{1b}'), "NO_COLOR wins");
}

#[test]
fn a_result_reads_well() {
    let done = sim("--strategy row-lock --buyers 200 --stock 50 --seed 1 --think-time 2ms")
        .on(&Server::shared())
        .run();
    done.exits(0).is_narrow();
    insta::assert_snapshot!("row_lock", without_numbers(&done.stdout));
}

#[test]
fn a_table_of_several_stays_narrow_whatever_it_says() {
    // Hardly any contention: every cell has something to say about that.
    let done = sim("--strategy all --isolation all --buyers 2 --connections 1 --expect safe")
        .on(&Server::shared())
        .run();
    done.exits(10)
        .says("raise --buyers")
        .says("expectations do not hold");
    done.is_narrow();
}

/// Numbers become `#` with or without a unit of time, since the machine decides
/// on it, and runs of blanks one blank, since columns follow the numbers.
fn without_numbers(text: &str) -> String {
    let mut page = String::new();
    for line in text.lines() {
        let mut words: Vec<String> = Vec::new();
        for word in line.split_whitespace() {
            let is_unit = ["µs", "ms", "s"].contains(&word);
            if is_unit && words.last().is_some_and(|last| last == "#") {
                continue;
            }
            let is_number = word.starts_with(|c: char| c.is_ascii_digit());
            let rest = word.trim_start_matches(|c: char| c.is_ascii_digit() || ",.".contains(c));
            words.push(match word {
                _ if is_number => format!("#{rest}"),
                _ if word.starts_with("(/") => "(SERVER),".to_owned(),
                _ => word.to_owned(),
            });
        }
        page += &words.join(" ");
        page.push('\n');
    }
    // One or several of them.
    page.replace("sales ·", "sale ·")
        .replace("conflicts ·", "conflict ·")
        .replace("waits seen", "wait seen")
}

/// `sim` alone shows a checkout that fails beside one that holds, and where to go on.
#[test]
fn alone_it_demonstrates() {
    let done = sim("").run();
    let page = done.exits(0).stdout.clone();
    let (page, next) = page.split_once("\nNext:\n").expect("where to go on");
    let verdict = |name: &str| {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("{name} ")));
        row.expect("a row")
            .split_whitespace()
            .nth(1)
            .map(str::to_owned)
    };
    let oversells = |name| verdict(name).is_some_and(|v| v.starts_with("oversells"));
    assert!(
        oversells("naive") && oversells("check-then-update"),
        "{page}"
    );
    assert!(!oversells("atomic"), "{page}");
    assert_eq!(next.lines().filter(|line| line.contains("sim ")).count(), 3);
    let failed = sim("").without_postgres().run();
    assert!(!failed.exits(1).stdout.contains("Next:"));
}
