//! The scripts on tables of their own that ship, and those that the judges are held to:
//! each can be read with what its scenario binds, and each says what is true of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use checkout_sim::subject::script::Script;
use toml::{Table, Value};

/// What every script is given, beside what its scenario defines.
const BOUND: [&str; 2] = ["buyer", "checkout_key"];

/// Where the table of counts begins.
const COUNTS: &str = "# Broken schedules of all, as tests/corpora/enumerate.py counts them:";

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    found.sort();
    found
}

fn root(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(below)
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn table(file: &Path) -> Table {
    let parsed = read(file).parse();
    parsed.unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn has_extension(file: &Path, extension: &str) -> bool {
    file.extension().is_some_and(|end| end == extension)
}

/// The scenarios of one corpus.
fn corpus(side: &str) -> Vec<PathBuf> {
    let folders = entries(&root("tests/corpora").join(side));
    let files = folders.iter().map(|folder| folder.join("scenario.toml"));
    files.collect()
}

/// Every scenario on tables of its own.
fn scenarios() -> Vec<PathBuf> {
    let folders = entries(&root("scenarios/races"));
    let folders = folders.iter().filter(|entry| entry.is_dir());
    let races = folders.flat_map(|folder| entries(folder));
    let mut found: Vec<PathBuf> = races.chain(entries(&root("scenarios/shops"))).collect();
    found.retain(|file| has_extension(file, "toml"));
    found.extend(corpus("right").into_iter().chain(corpus("wrong")));
    found
}

/// The strategies of a scenario, by name, each with its scripts.
fn strategies(scenario: &Path) -> Vec<(String, Vec<PathBuf>)> {
    let named = table(scenario);
    let named = named["strategies"].as_array().expect("a list").clone();
    let scripts = |name: &str| match scenario.with_file_name(name) {
        folder if folder.is_dir() => entries(&folder),
        file => vec![file],
    };
    let names = named.iter().map(|name| name.as_str().expect("a name"));
    names.map(|name| (name.to_owned(), scripts(name))).collect()
}

/// The names that a scenario defines.
fn defined(scenario: &Path) -> Vec<String> {
    let tables = table(scenario)["tables"].clone();
    let define = tables.get("define").and_then(Value::as_table).cloned();
    define
        .unwrap_or_default()
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn every_script_can_be_read_with_what_its_scenario_binds() {
    let mut scripts_read = 0;
    for scenario in scenarios() {
        let defined = defined(&scenario);
        let names: Vec<&str> = BOUND
            .into_iter()
            .chain(defined.iter().map(|n| &**n))
            .collect();
        for file in strategies(&scenario)
            .into_iter()
            .flat_map(|(_, files)| files)
        {
            let shown = file.display().to_string();
            let script = Script::parse(&shown, &read(&file), &names);
            script.unwrap_or_else(|refusals| panic!("{refusals}"));
            scripts_read += 1;
        }
    }
    assert!(scripts_read > 100, "{scripts_read}");
}

#[test]
fn a_name_that_a_scenario_defines_is_used() {
    for scenario in scenarios() {
        let files = strategies(&scenario)
            .into_iter()
            .flat_map(|(_, files)| files);
        let texts: String = files.map(|file| read(&file)).collect();
        for name in defined(&scenario) {
            assert!(
                texts.contains(&format!(":{name}")),
                "{}: {name}",
                scenario.display()
            );
        }
    }
}

#[test]
fn a_strategy_has_a_name_of_its_own() {
    let name = |file: PathBuf| {
        let name = file.file_name().expect("a name").to_string_lossy();
        (name.into_owned(), file.clone())
    };
    let shipped = entries(&root("scenarios/scripts")).into_iter().map(name);
    let mut known: BTreeMap<String, PathBuf> = shipped.collect();
    for scenario in scenarios() {
        for (name, _) in strategies(&scenario) {
            let other = known.insert(name.clone(), scenario.clone());
            assert_eq!(other, None, "{name}, and in {}", scenario.display());
        }
    }
}

/// The verdicts of a scenario of a corpus.
fn verdicts(scenario: &Path) -> Vec<String> {
    let truth = table(&scenario.with_file_name("truth.toml"));
    let why = truth["why"].as_str().expect("a reason");
    assert!(why.ends_with('.'), "{}: {why}", scenario.display());
    let levels = truth["verdict"].as_table().expect("levels").values();
    levels
        .map(|said| said.as_str().expect("a verdict").to_owned())
        .collect()
}

#[test]
fn a_right_script_is_safe_and_a_wrong_one_is_not() {
    let known = [
        "not-serializable",
        "not-atomic",
        "raises-errors",
        "stale-answer",
        "safe",
    ];
    let (right, wrong) = (corpus("right"), corpus("wrong"));
    assert!(right.len() >= 20 && wrong.len() >= 20);
    for scenario in right {
        assert!(
            verdicts(&scenario).iter().all(|said| said == "safe"),
            "{}",
            scenario.display()
        );
    }
    for scenario in wrong {
        let said = verdicts(&scenario);
        assert!(
            said.iter().any(|said| said != "safe"),
            "{}",
            scenario.display()
        );
        assert!(said.iter().all(|said| known.contains(&&**said)), "{said:?}");
    }
}

#[test]
fn every_truth_was_counted() {
    for scenario in scenarios() {
        let beside = scenario.with_file_name("truth.toml");
        let counted = if beside.exists() {
            beside
        } else {
            scenario.clone()
        };
        let text = read(&counted);
        let (_, counts) = text.split_once(COUNTS).unwrap_or_default();
        for (name, _) in strategies(&scenario) {
            let row = format!("# {name}");
            let is_counted = counts.lines().any(|line| line.starts_with(&row));
            assert!(is_counted, "{}: {name}", counted.display());
        }
    }
}
