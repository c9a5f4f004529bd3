//! The scripts with true verdicts, through the whole of `sim` and without any rule: each right
//! one comes out safe, each wrong one with its verdict and the name of what went wrong.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use checkout_sim::oracle::serial::AnomalyKind;
use toml::{Table, Value};

use crate::fixture::{Server, sim};

/// The anomalies of truths that are a circle of two, and the name of that: of others there may
/// be none.
const CALLED: [(&str, AnomalyKind); 12] = [
    ("lost update", AnomalyKind::LostUpdate),
    (
        "lost update between two operations",
        AnomalyKind::LostUpdate,
    ),
    ("lost update behind a lock", AnomalyKind::LostUpdate),
    ("stale read", AnomalyKind::LostUpdate),
    ("write skew", AnomalyKind::WriteSkew),
    ("read skew", AnomalyKind::ReadSkew),
    // What was read is changed before the row is counted down.
    ("stale check", AnomalyKind::ReadSkew),
    ("phantom", AnomalyKind::Phantom),
    ("double insert", AnomalyKind::Phantom),
    ("duplicate number", AnomalyKind::Phantom),
    // The count within the statement misses what the other session has not committed.
    ("SKIP LOCKED and a count", AnomalyKind::WriteSkew),
    ("SKIP LOCKED read as absence", AnomalyKind::Phantom),
];

fn folder(side: &str, name: &str) -> PathBuf {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpora");
    corpora.join(side).join(name)
}

fn all(side: &str) -> Vec<String> {
    let entries = fs::read_dir(folder(side, "")).expect("a folder");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = entries
        .map(|entry| name(entry.expect("an entry")))
        .collect();
    names.sort();
    names
}

/// What is wrong with what `sim` says of a script, each a line.
fn differs(side: &str, name: &str) -> Vec<String> {
    let folder = folder(side, name);
    let truth = fs::read_to_string(folder.join("truth.toml")).expect("a truth");
    let truth: Table = truth.parse().expect("a truth");
    let shown: Vec<&str> = truth
        .get("show")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut asked = sim("explore -q --scenario").arg(folder.join("scenario.toml"));
    if !shown.is_empty() {
        asked = asked.arg("--show").arg(shown.join(","));
    }
    let done = asked.on(&Server::shared()).json().run();
    let levels = truth["verdict"].as_table().expect("levels");
    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    for (level, verdict) in levels {
        wanted.insert(
            level.clone(),
            verdict.as_str().expect("a verdict").to_owned(),
        );
    }
    let open: Vec<&str> = truth
        .get("may_be_inconclusive")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let told = truth
        .get("anomaly")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let called = CALLED.iter().find(|(words, _)| told == *words);
    let exploration = done.exploration();
    assert!(!exploration.cells.is_empty(), "{name}");
    let mut differs = Vec::new();
    // A script of several operations has as many cells at a level: the worst counts.
    for (level, want) in wanted {
        let cells = exploration
            .cells
            .iter()
            .filter(|cell| cell.cell.level.to_string() == level);
        let worst = cells.min_by_key(|cell| cell.verdict());
        let Some(cell) = worst else {
            differs.push(format!("{name} at {level} was not explored"));
            continue;
        };
        let verdict = cell.verdict().to_string();
        let is_open = verdict == "inconclusive" && open.contains(&level.as_str());
        if verdict != want && !is_open {
            differs.push(format!("{name} at {level}: {verdict}, and it is {want}"));
        }
        let example = cell.found.example.as_ref();
        let contradiction = example.and_then(|trace| trace.contradiction.as_ref());
        if let (Some(contradiction), Some((words, known))) = (contradiction, called) {
            let kind = contradiction.anomaly.as_ref().map(|anomaly| anomaly.kind);
            // A level at which another schedule is the simplest may hide the circle.
            if level == "read-committed" && kind != Some(*known) {
                differs.push(format!("{name}: named {kind:?}, and it is {words}"));
            }
        }
    }
    differs
}

fn assert_true(side: &str, names: &[String]) {
    let differs: Vec<String> = names.iter().flat_map(|name| differs(side, name)).collect();
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}

fn named(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// One of each kind: burnt numbers, times, an effect, any of several rows; a lost update, a
/// phantom, what was left behind, and what was only shown.
#[test]
fn some_scripts_are_judged_as_they_are() {
    assert_true(
        "right",
        &named(&["burnt-sequence", "unordered-limit", "ordered-locks"]),
    );
    assert_true(
        "wrong",
        &named(&["lost-update", "phantom-count", "skew-in-report"]),
    );
}

#[test]
#[ignore = "slow"]
fn deep_every_right_script_is_safe_without_a_rule() {
    assert_true("right", &all("right"));
}

#[test]
#[ignore = "slow"]
fn deep_every_wrong_script_is_found_without_a_rule() {
    assert_true("wrong", &all("wrong"));
}
