//! A script that loses a race after it has committed a write.

use std::fs;

use checkout_sim::shop::Outcome;

use crate::fixture::{Done, Server, sim};

/// Two transactions: each adds to the version in the first one, and may be lost in the second.
const TWO_PARTS: &str = "\
UPDATE products SET version = version + 1 WHERE id = :product;
BEGIN;
SELECT stock FROM products WHERE id = :product \\gset
\\set left :stock - :units
UPDATE products SET stock = :left WHERE id = :product;
WITH placed AS (INSERT INTO orders (checkout_key, buyer) VALUES (:checkout_key, :buyer) RETURNING id)
INSERT INTO order_lines (order_id, line_no, product_id, units)
SELECT placed.id, 1, :product, :units FROM placed;
COMMIT;
";

/// How the buyers were told that it ended, over all schedules.
fn told(done: &Done) -> Vec<Outcome> {
    let exploration = done.exploration();
    let endings = exploration.cells[0].found.endings.iter();
    endings.flat_map(|ending| ending.told.clone()).collect()
}

/// By itself it has failed, since another try would write twice. Where the file or the flag
/// says so it is tried again, and the page and the command that repeats a schedule say that.
#[test]
fn whole_scripts_are_tried_again_only_where_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("two.sql");
    fs::write(&script, TWO_PARTS).unwrap();
    let by_flag = |flag: &str| {
        let level = "--isolation repeatable-read --stock 2 --max-tries 3 --max-switches 2";
        let explore = format!("explore --strategy {} {level} {flag}", script.display());
        sim(&explore).on(&Server::shared()).json().run()
    };
    let by_file = |retry: &str| {
        let text = format!(
            "title = \"two\"\nstrategies = [\"two.sql\"]\nisolation = \"repeatable-read\"\n\
             [shop]\n{retry}\n[explore]\nstock = 2\nmax-tries = 3\n"
        );
        let file = folder.path().join("two.toml");
        fs::write(&file, text).unwrap();
        let explore = format!("explore --scenario {} --max-switches 2", file.display());
        sim(&explore).on(&Server::shared()).json().run()
    };
    for done in [
        by_flag(""),
        by_flag("--retry uncommitted"),
        by_file(""),
        by_file("retry = \"uncommitted\""),
    ] {
        let told = told(&done);
        assert!(told.contains(&Outcome::Failed), "{}", done.stdout);
        assert!(!told.contains(&Outcome::GaveUp), "{}", done.stdout);
        assert!(!done.stdout.contains("whole"), "{}", done.stdout);
    }
    for done in [
        by_flag("--retry whole-script"),
        by_file("retry = \"whole-script\""),
    ] {
        let told = told(&done);
        assert!(!told.contains(&Outcome::Failed), "{}", done.stdout);
        assert!(told.contains(&Outcome::Sold), "{}", done.stdout);
        done.says("whole scripts again")
            .says(" --retry whole-script ");
    }
    let refused = sim("explore --strategy naive --retry always").run();
    refused.exits(2).complains("whole-script");
}
