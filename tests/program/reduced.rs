//! Explorations of own tables that leave out what cannot be told apart, beside the whole ones.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use checkout_sim::explore::found::Found;
use checkout_sim::report::{Exploration, ExploredCell};

use crate::fixture::sim;

/// In how many ways the schedules of a cell ended: the answers, what is broken, and the rows.
fn endings(found: &Found) -> BTreeSet<String> {
    let all = found.endings.iter();
    all.map(|end| format!("{:?} {:?} {:?}", end.told, end.findings, end.digest))
        .collect()
}

/// Asserts that the reduced search finds every ending of each cell; how many schedules were
/// run by the whole search and by the reduced one.
fn assert_no_ending_is_lost(args: &str) -> (u64, u64) {
    let [whole, reduced] = ["off", "on"].map(|reduction| {
        let call = format!("explore {args} -i read-committed --reduction {reduction}");
        let found = sim(&call).json().run().exploration();
        assert_eq!(found.cells.len(), found.planned.len());
        found
    });
    let run = |all: &Exploration| -> u64 {
        let cells = all.cells.iter();
        cells.map(|cell| cell.found.covered.schedules).sum()
    };
    let of = |cell: &ExploredCell| {
        assert!(cell.found.covered.exhausted, "{:?}", cell.found.covered);
        endings(&cell.found)
    };
    for (whole, reduced) in whole.cells.iter().zip(&reduced.cells) {
        assert_eq!(whole.cell, reduced.cell);
        assert!(!whole.found.reduced);
        assert_eq!(of(reduced), of(whole), "{}", whole.cell);
        // It is called reduced where it ran fewer, and nowhere else.
        let is_fewer = reduced.found.covered.schedules < whole.found.covered.schedules;
        assert_eq!(reduced.found.reduced, is_fewer, "{}", whole.cell);
    }
    (run(&whole), run(&reduced))
}

/// The shipped races with the most schedules, and one with deadlocks.
#[test]
#[ignore = "slow: thousands of schedules"]
fn no_ending_of_a_shipped_race_is_lost() {
    for race in ["skip-locked", "child-first"] {
        let file = format!("scenarios/races/{race}/{race}.toml");
        let file = std::path::absolute(file).unwrap();
        let (whole, reduced) = assert_no_ending_is_lost(&format!("--scenario {}", file.display()));
        assert!(reduced * 2 < whole, "{race}: {reduced} of {whole}");
    }
}

const SETUP: &str = "\
CREATE TABLE a (id integer PRIMARY KEY, v integer);
CREATE TABLE b (id integer PRIMARY KEY, v integer);
CREATE TABLE c (id integer PRIMARY KEY, v integer, a integer REFERENCES a);
INSERT INTO a VALUES (1, 10), (2, 20);
INSERT INTO b VALUES (1, 10), (2, 20);
INSERT INTO c VALUES (1, 10, 1);
";

/// What a step may do: to a table, with a number, and with `:x`, the last number that was read.
const STEPS: [&str; 8] = [
    "SELECT v AS x FROM {t} WHERE id = 1 \\gset",
    "SELECT v AS x FROM {t} WHERE id = 1 FOR UPDATE \\gset",
    "SELECT coalesce(sum(v), 0)::integer AS x FROM {t} \\gset",
    "UPDATE {t} SET v = v + {n} WHERE id = 1;",
    "UPDATE {t} SET v = :x::integer + {n} WHERE id = 1;",
    "UPDATE {t} SET v = v * 2 WHERE v < :x::integer;",
    "INSERT INTO {t} (id, v) VALUES (10 * {n} + :buyer, :x::integer);",
    "DELETE FROM {t} WHERE id > 1 AND id <> 2;",
];

/// Two or three steps at random in a transaction.
fn script(random: &mut StdRng) -> String {
    let mut text = "\\set x 5\nBEGIN;\n".to_owned();
    for _ in 0..random.random_range(2..=3) {
        let step = STEPS.choose(random).unwrap();
        let table = ["a", "b", "c"].choose(random).unwrap();
        let number = random.random_range(1..4).to_string();
        let step = step.replace("{t}", table).replace("{n}", &number);
        let _ = writeln!(text, "{step}");
    }
    text + "COMMIT;\n"
}

/// Fifteen pairs of scripts at random, on tables of which one refers to another.
#[test]
#[ignore = "slow: thousands of schedules"]
fn no_ending_of_scripts_at_random_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let seed = std::env::var("SIM_TEST_SEED").ok();
    let seed = seed.map_or_else(
        || rand::random::<u32>().into(),
        |seed| seed.parse().unwrap(),
    );
    eprintln!("SIM_TEST_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let scripts = folder.path().join("scripts");
    fs::create_dir(&scripts).unwrap();
    for name in ["one", "two", "three", "four", "five"] {
        let text = script(&mut random);
        eprintln!("{name}:\n{text}");
        fs::write(scripts.join(format!("{name}.sql")), text).unwrap();
    }
    let setup = folder.path().join("setup.sql");
    fs::write(&setup, SETUP).unwrap();
    let args = format!(
        "--strategy {}/ --setup {} --invariant never=VALUES(1)LIMIT(0)",
        scripts.display(),
        setup.display()
    );
    let (whole, reduced) = assert_no_ending_is_lost(&args);
    assert!(reduced < whole, "{reduced} of {whole}");
}
