//! The shipped races and shops without their rules: what the judge that has none says of them
//! is what the second program says, which wrote it below each file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::fixture::{Server, sim};

/// By strategy: the verdict at each level.
type Verdicts = BTreeMap<String, [String; 3]>;

const LEVELS: [&str; 3] = ["read-committed", "repeatable-read", "serializable"];

fn shipped(group: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios")
        .join(group)
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copied(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("a copy")),
        }
    }
}

/// The file without what it says must hold.
fn without_rules(text: &str) -> String {
    let mut is_rule = false;
    let kept = text.lines().filter(|line| {
        if line.starts_with('[') {
            is_rule =
                *line == "[invariants]" || line.starts_with("[load") || line.starts_with("[expect");
        }
        !is_rule
    });
    kept.map(|line| format!("{line}\n")).collect()
}

/// What the second program says, from the table at the end of the file.
fn truth(text: &str) -> Verdicts {
    let (_, table) = text.split_once("# With no rule").expect("a table");
    let row = |line: &str| {
        let words: Vec<&str> = line.trim_start_matches('#').split_whitespace().collect();
        match words.as_slice() {
            [name, verdicts @ ..] if verdicts.len() == 3 => {
                let verdicts = [verdicts[0], verdicts[1], verdicts[2]].map(str::to_owned);
                Some(((*name).to_owned(), verdicts))
            }
            _ => None,
        }
    };
    table.lines().skip(2).filter_map(row).collect()
}

/// What differs, each a line.
fn differs(group: &Path, file: &str) -> Vec<String> {
    let copy = TempDir::new().expect("a folder");
    copied(group, copy.path());
    let path = copy.path().join(file);
    let text = fs::read_to_string(&path).expect("a file");
    let truth = truth(&text);
    assert!(!truth.is_empty(), "{file} has no table");
    fs::write(&path, without_rules(&text)).expect("written");
    let done = sim("explore -q --scenario").arg(&path);
    let done = done.on(&Server::shared()).json().run();
    let exploration = done.exploration();
    let said = |name: &str, level: &str| {
        let mut cells = exploration.cells.iter();
        let cell = cells.find(|cell| {
            cell.cell.subject.to_string() == name && cell.cell.level.to_string() == level
        });
        cell.map_or_else(|| "nothing".to_owned(), |cell| cell.verdict().to_string())
    };
    let mut differs = Vec::new();
    for (name, verdicts) in truth {
        for (level, want) in LEVELS.iter().zip(verdicts) {
            let said = said(&name, level);
            if said != want {
                differs.push(format!(
                    "{file}: {name} at {level}: {said}, and it is {want}"
                ));
            }
        }
    }
    differs
}

#[test]
fn a_race_is_found_without_its_rule() {
    let folder = shipped("races").join("voucher-limit");
    assert_eq!(differs(&folder, "voucher-limit.toml"), [""; 0]);
}

#[test]
#[ignore = "slow: every race and shop at every level"]
fn races_and_shops_are_judged_without_their_rules_as_they_are() {
    let mut all = Vec::new();
    for entry in fs::read_dir(shipped("races")).expect("a folder") {
        let folder = entry.expect("an entry").path();
        if folder.is_dir() {
            let name = folder.file_name().expect("a name").to_string_lossy();
            all.extend(differs(&folder, &format!("{name}.toml")));
        }
    }
    for shop in ["bookings", "inventory", "wallet"] {
        all.extend(differs(&shipped("shops"), &format!("{shop}.toml")));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}
