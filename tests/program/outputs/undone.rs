//! Green means done: whatever was planned and was not carried out, whole and
//! without a fault, is on no page as expected. Each command, each page, each way
//! not to get there.

use std::fs;
use std::path::Path;

use checkout_sim::report::{CutShort, Dossier};
use nix::sys::signal::Signal::SIGTERM;
use quick_junit::Report;

use crate::fixture::{Database, Done, Running, Server, Sim, sim};

/// A port on which no server listens: the first one, which only root may take.
const NOBODY_THERE: &str = "postgres://postgres@127.0.0.1:1/shop";

/// The settings of a scenario file; `check` takes two of them.
struct Shop {
    /// Of each cell under load.
    runs: u32,
    /// How long buyers think while they hold a lock.
    think: &'static str,
    buyers: u32,
}

const CALM: Shop = Shop {
    runs: 2,
    think: "0ms",
    buyers: 40,
};

impl Shop {
    fn file(&self, title: &str) -> String {
        let Self {
            runs,
            think,
            buyers,
        } = self;
        format!(
            "title = \"{title}\"\nstrategies = [\"row-lock\", \"naive\"]\n\
             thresholds = [\"oversold==0\"]\n\
             [shop]\nstock = 4\n\
             [load]\nbuyers = {buyers}\nconnections = 8\nruns = {runs}\nthink-time = \"{think}\"\n\
             [expect.load]\nnaive = \"oversells\"\n[expect.explore]\nnaive = \"oversells\"\n"
        )
    }
}

/// Every command that finds something out, with how many things it is held to.
const COMMANDS: [(&str, usize); 4] = [
    ("run --scenario shop/a.toml", 3),
    ("compare shop/a.toml", 5),
    ("check shop", 10),
    ("explore --scenario shop/a.toml", 2),
];

/// A command with every export that it has.
fn exporting(command: &str, shop: &Shop) -> Sim {
    let pages = "--export-junit junit.xml --export-markdown page.md --export-html page.html";
    let call = sim(&format!("{command} {pages}"));
    let directory = call.out().join("shop");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("a.toml"), shop.file("First")).unwrap();
    fs::write(directory.join("b.toml"), shop.file("Second")).unwrap();
    match command.starts_with("explore") {
        true => call.json(),
        false => call.json().csv(),
    }
}

fn read(done: &Done, name: &str) -> String {
    fs::read_to_string(done.out().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// What is true of every early end: all that was planned is in the JUnit file,
/// no page says that all is well, each one says why it is not, the CSV file has
/// a row for each run that was made, and `sim report` prints the same again.
fn assert_unfinished(done: &Done, planned: usize, why: &str) -> Report {
    let junit = Report::deserialize_from_str(&read(done, "junit.xml")).expect("JUnit XML");
    assert_eq!(junit.tests, planned, "{}", done.all());
    let pages = ["stdout", "page.md", "page.html", "junit.xml"];
    for page in pages {
        let text = read(done, page);
        let green = [
            "xpectations hold",
            "expectation holds",
            "cells are as expected\n",
            "cells are safe",
        ];
        for word in green {
            let is_all = |at: usize| {
                text[..at]
                    .lines()
                    .last()
                    .unwrap_or("")
                    .to_lowercase()
                    .contains("all ")
            };
            let found = text.match_indices(word).any(|(at, _)| is_all(at));
            assert!(!found, "{page} says {word}:\n{text}");
        }
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(why), "no {why:?} in {page}:\n{text}");
    }
    let dossier = done.dossier();
    let cells = dossier.loads().flat_map(|load| &load.cells);
    let runs: usize = cells.map(|cell| cell.runs.len()).sum();
    if done.out().join("run.csv").exists() {
        assert_eq!(
            done.csv().len(),
            runs + usize::from(runs > 0),
            "and a header"
        );
    }
    again(&dossier, &done.stdout);
    junit
}

/// A saved result is printed as it was when it was found out.
fn again(dossier: &Dossier, stdout: &str) {
    let call = sim("report run.json");
    fs::write(call.out().join("run.json"), dossier.to_json()).unwrap();
    let report = call.without_postgres().run();
    report.exits(0);
    assert_eq!(report.stdout, stdout);
}

/// Every case of the file is in this state.
fn assert_all(junit: &Report, state: usize) {
    assert_eq!((state, junit.failures), (junit.tests, 0), "{junit:?}");
}

/// Attack: a server that cannot be reached. The files of an earlier, good result
/// must not be what is found afterwards.
#[test]
fn without_a_connection_every_page_says_that_nothing_ran() {
    for (command, planned) in COMMANDS {
        let call = exporting(command, &CALM);
        fs::write(call.out().join("junit.xml"), "<testsuites/>").unwrap();
        let done = call.at(NOBODY_THERE).run();
        done.exits(1).complains("error: cannot connect to ");
        let junit = assert_unfinished(&done, planned, "cannot connect to 127.0.0.1:1");
        assert_all(&junit, junit.errors);
        let CutShort::Failed(why) = done.dossier().cut_short.expect("why") else {
            panic!("{}", done.all());
        };
        assert!(why.contains("cannot connect"), "{why}");
        let idle = match command {
            "check shop" => "2 of 2 scenarios did not run; 10 of 10 expectations were not run",
            _ => "nothing ran; ",
        };
        assert!(read(&done, "page.md").starts_with(&format!("### sim: {idle}")));
        let quiet = exporting(command, &CALM).arg("-q").at(NOBODY_THERE).run();
        quiet
            .exits(1)
            .says_nothing()
            .complains("error: cannot connect to ");
        let junit = Report::deserialize_from_str(&read(&quiet, "junit.xml")).unwrap();
        assert_eq!(junit.errors, planned);
    }
}

/// Waits until the work is under way, and no end is near.
fn until_under_way(running: &mut Running, command: &str, database: &Database) {
    let export = running.place().out().join("run.json");
    running.until("work", || match command.starts_with("explore") {
        true => database.backends().len() > 2,
        false => fs::read_to_string(&export).is_ok_and(|text| text.contains("\"run\": 2")),
    });
}

/// Attack: SIGTERM in the first of two scenarios, cells, or rounds. What was left
/// is skipped, by name; the first file alone would have been all there is.
#[test]
fn what_an_interrupt_leaves_is_on_every_page() {
    let endless = Shop {
        runs: 5_000,
        ..CALM
    };
    for (command, planned) in COMMANDS {
        let database = Server::shared();
        let call = match command.starts_with("explore") {
            true => format!("{command} --policy random --schedules 9000000"),
            false => command.to_owned(),
        };
        let mut running = exporting(&call, &endless).on(&database).start();
        until_under_way(&mut running, command, &database);
        running.signal(SIGTERM);
        let done = running.wait();
        done.exits(130).complains("interrupted");
        let junit = assert_unfinished(&done, planned, "interrupted");
        assert_eq!((junit.errors, junit.failures), (0, 0), "{junit:?}");
        assert!(junit.skipped > 0, "{junit:?}");
        assert_eq!(done.dossier().cut_short, Some(CutShort::Interrupted));
        match command {
            "check shop" => {
                assert_eq!(junit.skipped, planned, "nothing was done whole");
                done.says("SKIP   b").says("1 of 2 scenarios did not run");
                assert_eq!(done.dossier().studies.len(), 2);
            }
            explore if explore.starts_with("explore") => {
                done.says("1 cell not run: naive at read-committed\n");
            }
            _ => drop(done.says("of 5,000 runs")),
        }
    }
}

/// A database on which a session that waits long for a lock is ended.
fn impatient() -> Database {
    let database = Server::shared();
    let name = database.name();
    database.run(&format!(
        "ALTER DATABASE {name} SET statement_timeout = '300ms'"
    ));
    database
}

/// Attack: a statement_timeout, under which most buyers fail and the others
/// come in turn, so that nothing could have been oversold.
#[test]
fn buyers_who_failed_are_an_error_on_every_page() {
    let crowded = Shop {
        runs: 1,
        think: "100ms",
        buyers: 24,
    };
    for (command, planned) in &COMMANDS[..3] {
        let done = exporting(command, &crowded).on(&impatient()).run();
        done.exits(1);
        let why = "SQLSTATE 57014: canceling statement due to statement timeout";
        let junit = assert_unfinished(&done, *planned, why);
        assert!(junit.errors > 0, "{junit:?}");
        let failed = |line: &&str| line.starts_with("error: ") && line.contains("24 buyers failed");
        let told: Vec<&str> = done.stderr.lines().filter(failed).collect();
        assert_eq!(told.len(), 1, "{}", done.all());
        assert!(told[0].contains(why), "{}", told[0]);
        let quiet = exporting(command, &crowded).arg("-q").on(&impatient());
        let quiet = quiet.run();
        quiet
            .exits(1)
            .says_nothing()
            .complains("buyers failed: ")
            .complains(why);
    }
    // One cell alone is not named: there is no other one.
    let one = "--strategy row-lock --buyers 24 --connections 8 --think-time 100ms";
    let one = sim(one).on(&impatient()).run();
    let (_, rest) = one.stderr.split_once("error: ").expect("an error");
    assert!(
        rest.contains(" of 24 buyers failed: SQLSTATE 57014: canceling"),
        "{rest}"
    );
    assert!(
        rest.starts_with(|first: char| first.is_ascii_digit()),
        "{rest}"
    );
}

/// A role that has room for the buyers, and not for an exploration.
fn cramped(database: &Database, connections: u32) -> String {
    let name = database.name();
    let role = format!("role_of_{name}");
    database.run(&format!(
        "CREATE ROLE {role} LOGIN CONNECTION LIMIT {connections}"
    ));
    database.run(&format!("GRANT CREATE ON DATABASE {name} TO {role}"));
    database.url_as(&role)
}

/// Attack: a server that has room for the load, and refuses the connections of
/// the exploration. Once `ok .. 0 orders of 2`.
#[test]
fn an_exploration_that_cannot_open_is_an_error_on_every_page() {
    for (command, planned) in &COMMANDS[1..] {
        let database = Server::shared();
        let call = exporting(command, &CALM);
        for file in ["a.toml", "b.toml"] {
            let file = call.out().join("shop").join(file);
            let text = fs::read_to_string(&file).unwrap();
            let text = text.replace("connections = 8", "connections = 2");
            fs::write(file, text + "[explore]\nbuyers = 3\nstock = 2\n").unwrap();
        }
        // An arena has a connection for each buyer, and one that watches.
        let done = call.at(&cramped(&database, 3)).run();
        done.exits(1)
            .complains("error: row-lock at read-committed: ");
        let junit = assert_unfinished(&done, *planned, "too many connections for role");
        let explored = |name: &str| name.ends_with(": exploration");
        let cases = junit.test_suites.iter().flat_map(|suite| &suite.test_cases);
        for case in cases.filter(|case| explored(&case.name)) {
            let status = format!("{:?}", case.status);
            assert!(status.contains("kind: Error"), "{case:?}");
        }
    }
}

/// Only what is done whole is what later results are held against.
#[test]
fn nothing_unfinished_is_a_baseline() {
    // Enough races for a verdict on a busy machine too.
    let crowded = Shop {
        think: "2ms",
        buyers: 150,
        ..CALM
    };
    let check = |url: &str| {
        let call = exporting("check shop --save-baseline baseline.json", &crowded);
        let done = call.at(url).run();
        (done.out().join("baseline.json").exists(), done)
    };
    let database = Server::shared();
    let (is_saved, done) = check(&database.url());
    done.exits(0);
    assert!(is_saved);
    let (is_saved, done) = check(NOBODY_THERE);
    done.exits(1);
    assert!(!is_saved);
    let endless = Shop {
        runs: 5_000,
        ..CALM
    };
    let call = exporting("check shop --save-baseline baseline.json", &endless);
    let mut running = call.on(&database).start();
    until_under_way(&mut running, "check", &database);
    running.signal(SIGTERM);
    let done = running.wait();
    done.exits(130).complains("the baseline is not saved");
    assert!(!Path::new(&done.out().join("baseline.json")).exists());
}
