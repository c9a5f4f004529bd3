//! Every file is compiled, and every strategy known.

use std::collections::BTreeSet;

use checkout_sim::subject::Strategy;

use super::scan::word;
use super::source::{Source, assert_none, below, sources, sources_in};

/// Every file is declared as a module by its parent, or it is not compiled.
fn no_file_is_dead(sources: &[Source]) -> Vec<String> {
    let is_root = |path: &str| path == "src/lib.rs" || path.ends_with("/main.rs");
    // What several programs of tests share is named there by its path.
    let is_shared = |path: &str| path.starts_with("tests/support/");
    let mut offences = Vec::new();
    let of_a_parent = |s: &&Source| !is_root(&s.path) && !is_shared(&s.path);
    for source in sources.iter().filter(of_a_parent) {
        let name = source.name();
        let parents = source.possible_parents();
        let is_declared = sources.iter().any(|parent| {
            parents.contains(&parent.path) && declared(&parent.scan.code).contains(name)
        });
        if !is_declared {
            offences.push(source.at(1, &format!("no parent declares mod {name}")));
        }
    }
    offences
}

/// The names of `mod name;` in code.
fn declared(code: &str) -> BTreeSet<&str> {
    let mods = code.match_indices("mod ").map(|(at, _)| &code[at + 4..]);
    mods.map(word)
        .filter(|name| code.contains(&format!("mod {name};")))
        .collect()
}

#[test]
fn every_file_is_compiled() {
    assert_none(&no_file_is_dead(&sources()));
}

/// Tests of a file that is no module never run, and nothing else tells.
#[test]
fn every_file_of_tests_is_compiled() {
    assert_none(&no_file_is_dead(&sources_in("tests")));
}

#[test]
fn a_dead_file_is_found() {
    let planted = [
        Source::new("src/lib.rs", "pub mod a; mod b; // mod dead;"),
        Source::new("src/a/mod.rs", "pub(super) mod c;"),
        Source::new("src/a/c.rs", ""),
        Source::new("src/b.rs", "mod d;"),
        Source::new("src/b/d.rs", "mod inline {}"),
        Source::new("src/b/d/inline.rs", ""),
        Source::new("src/dead.rs", ""),
        Source::new("tests/program/main.rs", "mod cli; mod serve;"),
        Source::new("tests/program/cli.rs", ""),
        Source::new("tests/program/serve.rs", "mod faults;"),
        Source::new("tests/program/serve/faults.rs", ""),
        Source::new("tests/program/faults.rs", ""),
        Source::new("tests/support/shared.rs", ""),
    ];
    let found = no_file_is_dead(&planted);
    let expected = [
        "src/b/d/inline.rs:1: no parent declares mod inline",
        "src/dead.rs:1: no parent declares mod dead",
        "tests/program/faults.rs:1: no parent declares mod faults",
    ];
    assert_eq!(found, expected);
}

/// One file a strategy, and one enum that names them all: what has a profile is
/// run by `all`, under the name of its file.
#[test]
fn every_strategy_file_is_named_in_the_enum() {
    let sources = sources();
    let has_profile = |s: &&Source| s.scan.code.contains("const PROFILE: Profile");
    let files = below(&sources, "src/subject/built_in/")
        .into_iter()
        .filter(has_profile);
    let files: BTreeSet<String> = files.map(|file| file.name().replace('_', "-")).collect();
    let named: BTreeSet<String> = Strategy::ALL.iter().map(|s| s.name().to_owned()).collect();
    assert_eq!(files, named);
    assert_eq!(named.len(), Strategy::ALL.len(), "each once");
}
