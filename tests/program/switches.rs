//! Searches that a bound ends: what they say that they covered, and what holds by that.

use std::fs;

use tempfile::TempDir;

use checkout_sim::explore::bounds::AllWithin;

use crate::fixture::{Sim, sim};

/// A reader that looks twice, and a writer that commits twice.
///
/// The reader sees the price halfway if the first commit falls between its looks, and the second
/// one behind them: away from the reader, which could go on, and away from the writer, which
/// could too. These are two switches by choice.
const SHOP: [(&str, &str); 3] = [
    (
        "shop.sql",
        "CREATE TABLE price (v integer NOT NULL);\n\
         CREATE TABLE seen (first integer, later integer);\n\
         INSERT INTO price VALUES (0);\n",
    ),
    (
        "prices/reader.sql",
        "BEGIN;\n\
         SELECT v AS first FROM price \\gset\n\
         SELECT v AS later FROM price \\gset\n\
         INSERT INTO seen VALUES (:first, :later);\n\
         COMMIT;\n",
    ),
    (
        "prices/writer.sql",
        "BEGIN;\nUPDATE price SET v = 1;\nCOMMIT;\nBEGIN;\nUPDATE price SET v = 2;\nCOMMIT;\n",
    ),
];

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::create_dir(folder.0.path().join("prices")).unwrap();
        for (name, text) in SHOP {
            fs::write(folder.0.path().join(name), text).unwrap();
        }
        folder
    }

    /// With a rule that the writer breaks in the middle, where `is_broken`, and else with one
    /// that holds in every schedule.
    fn explore(&self, is_broken: bool, args: &str) -> Sim {
        let at = |name: &str| self.0.path().join(name).display().to_string();
        let (setup, strategy) = (at("shop.sql"), at("prices/"));
        let own = format!("--setup {setup} --strategy {strategy} --sessions reader,writer");
        // What is seen is judged by the rule alone.
        let (first, later) = if is_broken { (0, 1) } else { (1, 0) };
        let rule = format!("halfway=SELECT FROM seen WHERE first = {first} AND later = {later}");
        let sim = sim(&format!("explore {own} --ignore seen {args}"));
        sim.arg("--invariant").arg(rule)
    }
}

/// A bound of one switch runs 11 schedules: the writer begins behind each of the five steps
/// of the reader or the reader behind each of the six of the writer. In the schedules with two
/// the rule breaks. What was not run is neither safe nor broken.
#[test]
fn safe_within_a_bound_is_what_was_run_within_it() {
    let folder = Folder::new();
    let covered = "nothing broken in all 11 schedules of at most 1 switch";
    let within = AllWithin {
        switches: 1,
        schedules: 11,
    };
    let one = folder.explore(true, "--max-switches 1 --expect safe<=1");
    let one = one.json().run();
    one.exits(0)
        .says("INCONCLUSIVE  prices/reader+writer at read-committed")
        .says("as expected: safe<=1")
        .says(covered);
    let found = &one.exploration().cells[0].found;
    assert_eq!(found.covered.all_within, Some(within));
    assert!(!found.reduced && found.covered.schedules == 11);
    let two = folder
        .explore(true, "--max-switches 2 --expect safe<=2")
        .run();
    two.exits(10).says("VIOLATES").says("expected: safe<=2");
    // A number of schedules covers a number of switches, and no more than that.
    let some = folder
        .explore(false, "--schedules 20 --expect safe<=1")
        .json();
    let some = some.run();
    some.exits(0).says(covered).says("nor in any");
    let found = &some.exploration().cells[0].found;
    assert_eq!(found.covered.all_within, Some(within));
    let page = folder.0.path().join("page.md");
    let flags = "--schedules 20 --expect safe<=3 --export-markdown";
    let more = format!("{flags} {}", page.display());
    let more = folder.explore(false, &more).run();
    more.exits(10).says("expected: safe<=3").says(covered);
    let page = fs::read_to_string(page).unwrap();
    assert!(
        page.contains(&format!("**inconclusive** ({covered})")),
        "{page}"
    );
    folder.explore(false, "--schedules 20").run().exits(11);
}

/// The same of what is built in; a whole search is safe within any bound.
#[test]
fn a_bug_that_needs_one_switch_is_safe_within_none() {
    let explore = |args: &str| sim(&format!("explore --on memory {args}")).run();
    let naive = "-s check-then-update";
    let none = "nothing broken in all 2 schedules without a switch";
    // It is known to break with other buyers: a few that it serves are no answer.
    explore(&format!("{naive} --max-switches 0 --expect safe<=0"))
        .exits(10)
        .says(none);
    explore("-s row-lock --max-switches 0 --expect safe<=0")
        .exits(0)
        .says(none);
    explore(&format!("{naive} --max-switches 1 --expect safe<=1"))
        .exits(10)
        .says("OVERSELLS");
    explore("-s row-lock --expect safe<=40")
        .exits(0)
        .says("SAFE");
    // What a failing expectation found, and what lies behind it.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("found.xml");
    let flags = "-s row-lock --schedules 20 --expect safe<=9 --export-junit";
    explore(&format!("{flags} {}", file.display())).exits(10);
    let junit = fs::read_to_string(file).unwrap();
    for text in [
        "expected safe&lt;=9, found inconclusive",
        "nothing broken in all",
    ] {
        assert!(junit.contains(text), "{junit}");
    }
}

/// A file says the same of an exploration; a run of many buyers has no such bound.
#[test]
fn a_file_may_ask_for_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bounded.toml");
    let explore = |expect: &str| {
        let text = format!("title = \"A bound\"\nstrategies = [\"row-lock\"]\n{expect}\n");
        fs::write(&file, text).unwrap();
        let args = "--on memory --max-switches 2";
        sim(&format!("explore --scenario {} {args}", file.display())).run()
    };
    explore("[expect.explore]\nrow-lock = \"safe<=2\"").exits(0);
    explore("[expect.explore]\nrow-lock = { read-committed = \"safe<=3\" }").exits(10);
    explore("[expect.explore]\nrow-lock = \"safe<=\"")
        .exits(2)
        .complains("bounded.toml: line 4")
        .complains("such as safe<=2");
    explore("[expect.load]\nrow-lock = \"safe<=2\"")
        .exits(2)
        .complains("bounded.toml: line 4")
        .complains("say so in [expect.explore]");
}
