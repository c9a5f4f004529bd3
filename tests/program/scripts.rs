//! Scripts of the caller's own as strategies, seen from outside.

use std::fs;
use std::path::PathBuf;

use checkout_sim::load::LinePlace;
use tempfile::TempDir;

use crate::fixture::{Done, Server, Sim, sim};

/// Reads, checks, writes the difference back: the checkout that oversells.
const CHECK_THEN_UPDATE: &str = "\
BEGIN;
SELECT stock FROM products WHERE id = :product \\gset
\\set left :stock - :units
\\if :left < 0
  ROLLBACK;
\\else
  UPDATE products SET stock = :left WHERE id = :product;
  WITH placed AS (INSERT INTO orders (checkout_key, buyer) VALUES (:checkout_key, :buyer) RETURNING id)
  INSERT INTO order_lines (order_id, line_no, product_id, units)
  SELECT placed.id, 1, :product, :units FROM placed;
  COMMIT;
\\endif
";

/// The same with the row locked by the read.
fn locking() -> String {
    let read = "WHERE id = :product \\gset";
    assert!(CHECK_THEN_UPDATE.contains(read));
    CHECK_THEN_UPDATE.replace(read, "WHERE id = :product FOR UPDATE \\gset")
}

/// A folder of files of the caller's.
struct Folder(TempDir);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = folder.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `sim VERB --strategy` with this file, and further arguments.
    fn sim(&self, verb: &str, name: &str, args: &str) -> Sim {
        let path = self.path(name);
        sim(&format!("{verb} --strategy {} {args}", path.display()))
    }
}

/// Every schedule of the script breaks as many as of the strategy that it is: 80 of 92.
/// What is printed to repeat one repeats it, and the fix holds.
#[test]
fn a_script_is_explored_like_the_strategy_that_it_is() {
    let folder = Folder::of(&[
        ("checkout.sql", CHECK_THEN_UPDATE),
        ("fixed.sql", &locking()),
    ]);
    let done = folder.sim("explore", "checkout.sql", "").json().run();
    done.exits(10).complains_of_nothing();
    done.says("OVERSELLS  checkout.sql at read-committed");
    let found = &done.exploration().cells[0].found;
    let proving = found.proving(checkout_sim::oracle::Verdict::Oversells);
    assert_eq!((found.covered.schedules, proving), (92, 80));
    let again = done
        .stdout
        .lines()
        .find(|line| line.starts_with("again: sim replay "));
    let again = again.expect("a command").trim_start_matches("again: sim ");
    let replayed = sim(again).run();
    replayed.exits(10).says("oversells").says("checkout.sql");
    folder
        .sim("explore", "fixed.sql", "")
        .run()
        .exits(0)
        .says("SAFE  fixed.sql");
}

/// Under load beside a strategy that is built in: audited like it, and told line by line.
/// The race of the one checkout, under the fix: what fits of it is run, and the page says where
/// it was left. To the letter it is refused, and the refusal names the flag.
#[test]
fn a_schedule_of_another_checkout_is_followed_as_far_as_it_fits() {
    let folder = Folder::of(&[
        ("checkout.sql", CHECK_THEN_UPDATE),
        ("fixed.sql", &locking()),
    ]);
    let race = "--schedule AABBBBBAAA";
    let of_script = |name: &str, args: &str| folder.sim("replay", name, args).run();
    let built_in = |name: &str, args: &str| sim(&format!("replay -s {name} {args}")).run();
    let guided = format!("{race} --guided");
    for held in [
        of_script("fixed.sql", &guided),
        built_in("row-lock", &guided),
    ] {
        held.exits(0).complains_of_nothing();
        held.says("schedule AABBAAAB: 2 buyers, 3 context switches, 8 steps\n")
            .says("guided by AABBBBBAAA\nstep 5: buyer B is blocked; from here the first buyer")
            .says("nothing is broken");
        held.is_narrow();
    }
    for broken in [
        of_script("checkout.sql", &guided),
        built_in("check-then-update", &guided),
    ] {
        broken.exits(10).says("oversells");
        broken.says("guided by AABBBBBAAA, which fits to its end\n");
    }
    for refused in [of_script("fixed.sql", race), built_in("row-lock", race)] {
        refused.exits(2).says_nothing();
        refused
            .complains("step 5 of the schedule: buyer B waits")
            .complains("with --guided");
    }
    let plain = built_in("check-then-update", race);
    assert!(!plain.exits(10).stdout.contains("guided"));
    let too_long = built_in("row-lock --on memory", "--schedule AAAAAA --guided");
    too_long
        .exits(0)
        .says("nothing more to do; with that it is over");
}

#[test]
fn a_script_is_loaded_beside_a_strategy() {
    let folder = Folder::of(&[
        ("checkout.sql", CHECK_THEN_UPDATE),
        ("fixed.sql", &locking()),
    ]);
    let own = folder.path("checkout.sql");
    let both = format!("fixed.sql,{},row-lock", own.display());
    let done = folder
        .sim("run", &both, "--buyers 150 --seed 1")
        .json()
        .run();
    done.exits(10).says("line by line");
    let dossier = done.dossier();
    let load = dossier.studies[0].load.as_ref().unwrap();
    let verdict = |name: &str| {
        let cell = load
            .cells
            .iter()
            .find(|cell| cell.cell.subject.name() == name);
        cell.unwrap().runs[0].judgement.verdict.name()
    };
    assert_eq!(verdict("checkout.sql"), "oversells");
    assert_eq!(verdict("fixed.sql"), "safe");
    assert_eq!(verdict("row-lock"), "safe");
    let fixed = load
        .cells
        .iter()
        .find(|cell| cell.cell.subject.name() == "fixed.sql");
    let run = &fixed.unwrap().runs[0];
    let lines: Vec<u32> = run.timing.lines.keys().map(|at| at.line).collect();
    assert_eq!(
        lines,
        [1, 2, 5, 7, 8, 11],
        "each line that sends a statement"
    );
    let sent = |line: u32| {
        let at = LinePlace {
            operation: None,
            line,
        };
        run.timing.lines[&at].latency.count()
    };
    assert_eq!(sent(2), run.effort.attempts, "each attempt reads once");
    assert_eq!(
        sent(11),
        30,
        "a fifth of the buyers: one COMMIT for each sale"
    );
    assert_eq!(sent(5) + sent(11), sent(2), "refused or sold");
}

/// The page of saved results shows the script, wherever its file is by then.
#[test]
fn a_page_brings_the_script_along() {
    let folder = Folder::of(&[("checkout.sql", CHECK_THEN_UPDATE)]);
    let saved = folder.path("found.json");
    let done = folder
        .sim("explore", "checkout.sql", "--export-json")
        .arg(&saved)
        .run();
    done.exits(10);
    fs::remove_file(folder.path("checkout.sql")).unwrap();
    let page = folder.path("page.html");
    let report = sim(&format!(
        "report {} --html {}",
        saved.display(),
        page.display()
    ))
    .run();
    report.exits(0);
    let page = fs::read_to_string(page).unwrap();
    assert!(
        page.contains("WHERE id = :product \\gset"),
        "the script is on the page"
    );
    assert!(page.contains("OVERSELLS") || page.contains("oversells"));
}

/// In a scenario file, relative to it, with a verdict of its own.
#[test]
fn a_scenario_names_a_script_and_its_verdict() {
    let file = "\
title = \"My checkout\"
strategies = [\"own/checkout.sql\", \"optimistic\"]

[expect.load]
\"checkout.sql\" = \"oversells\"

[expect.explore]
\"checkout.sql\" = \"VERDICT\"
";
    let run = |verdict: &str| -> Done {
        let file = file.replace("VERDICT", verdict);
        let files = [
            ("shop.toml", file.as_str()),
            ("own/checkout.sql", CHECK_THEN_UPDATE),
        ];
        let folder = Folder::of(&files);
        let path = folder.path("shop.toml");
        sim(&format!("check --runs 1 {}", path.display())).run()
    };
    run("oversells").exits(0).says("all 4 expectations hold");
    run("safe").exits(10).says("checkout.sql at read-committed");
}

/// Each is refused before anything starts, with its place and what would be right.
#[test]
fn what_is_wrong_with_a_script_is_said_before_anything_starts() {
    let with = |from: &str, to: &str| {
        assert!(CHECK_THEN_UPDATE.contains(from));
        CHECK_THEN_UPDATE.replacen(from, to, 1)
    };
    let cases: &[(&str, String, &str)] = &[
        ("", with(":left < 0", ":lft < 0"), ":4:5: "),
        (
            "",
            with("  COMMIT;\n", ""),
            "a transaction that is open at the end",
        ),
        (
            "",
            with("BEGIN;", "\\effect paid 1\nBEGIN;"),
            ":1:1: \\effect",
        ),
        ("", with("BEGIN;", "-- sim: stok-check\nBEGIN;"), ":1:1: "),
        ("", with("\\endif", ""), "\\if"),
        ("", "SELECT 1 + 1\n".into(), ":1:"),
        ("", "BEGIN;\nCOMMIT;\n".into(), "touches nothing"),
        (
            "--lines 2",
            CHECK_THEN_UPDATE.into(),
            "the first line of a cart alone",
        ),
        (
            "--lines 4",
            checkout_sim::subject::script::shipped::named("optimistic")
                .unwrap()
                .into(),
            "reads 3 lines of a cart",
        ),
        (
            "--on memory",
            CHECK_THEN_UPDATE.into(),
            "--on memory knows no SQL",
        ),
    ];
    for (args, text, complaint) in cases {
        let folder = Folder::of(&[("checkout.sql", text)]);
        let done = folder
            .sim("explore", "checkout.sql", args)
            .without_postgres()
            .run();
        done.exits(2)
            .says_nothing()
            .complains("checkout.sql")
            .complains(complaint);
    }
    let done = sim("run --strategy ./none.sql").without_postgres().run();
    done.exits(2).complains("./none.sql");
}

#[test]
fn two_scripts_of_one_name_are_refused_and_one_twice_is_one() {
    let (one, other) = ("checkout.sql", "b/checkout.sql");
    let folder = Folder::of(&[(one, CHECK_THEN_UPDATE), (other, CHECK_THEN_UPDATE)]);
    let list = |second: &str| {
        let (first, second) = (folder.path(one), folder.path(second));
        let list = sim("list").arg(first).arg(second);
        list.without_postgres().run()
    };
    list(other).exits(2).complains("is called checkout.sql too");
    let once = list(one);
    once.exits(0);
    assert_eq!(once.stdout.matches("(a script)").count(), 1);
}

/// A strategy that is built in is written as a script, and that is refused nowhere.
#[test]
fn a_strategy_is_written_as_a_script_that_runs() {
    let folder = Folder::of(&[]);
    let path = folder.path("mine.sql");
    let done = sim(&format!("init --from optimistic {}", path.display())).run();
    done.exits(0).complains("sim explore --strategy");
    let shown = sim("list optimistic --script").run();
    assert_eq!(fs::read_to_string(&path).unwrap(), shown.stdout);
    let explored = folder
        .sim("explore", "mine.sql", "")
        .on(&Server::shared())
        .run();
    explored.exits(0).says("SAFE  mine.sql").says("92");
}
