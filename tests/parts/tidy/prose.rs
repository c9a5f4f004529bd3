//! The subject of a sentence is a thing in the code: a session, a connection, a buyer.

use std::fs;
use std::path::Path;

use super::source::assert_none;

/// A person that is no thing in the code; and `who` where no buyer or user stands before it.
const PERSONS: [&str; 9] = [
    "nobody",
    "somebody",
    "everybody",
    "anybody",
    "someone",
    "everyone",
    "anyone",
    "whoever",
    "whom",
];

/// What may stand before `who`.
const BEFORE_WHO: [&str; 6] = ["buyer", "buyers", "user", "users", "maintainer", "role"];

/// The account that owns nothing, by its name.
const ACCOUNT: [&str; 6] = [
    "`nobody`",
    "\"nobody\"",
    "postgres and nobody",
    " belongs to nobody",
    "nobody-of-that-name",
    "variable :nobody",
];

/// Where prose stands. The pages in `reports/` are drawn from saved results, and README.md
/// shows what one of them says: both change when they are drawn anew.
const FOLDERS: [&str; 5] = ["src", "tests", "benches", "scenarios", "reports"];
const FILES: [&str; 3] = ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"];
const KINDS: [&str; 4] = ["rs", "md", "toml", "snap"];

/// The lines of a text whose subject is a person.
fn persons_in(path: &str, text: &str) -> Vec<String> {
    let mut offences = Vec::new();
    let mut before = String::new();
    for (line, text) in (1..).zip(text.lines()) {
        let text = ACCOUNT
            .iter()
            .fold(text.to_owned(), |text, name| text.replace(name, ""));
        let words = text.split(|c: char| !c.is_alphanumeric());
        for word in words.filter(|word| !word.is_empty()) {
            // A constant is named in capitals, such as the account's number.
            let is_name = word.len() > 1 && word.chars().all(|c| c.is_uppercase());
            let word = if is_name {
                String::new()
            } else {
                word.to_lowercase()
            };
            let is_who = word == "who" && !BEFORE_WHO.contains(&before.as_str());
            if is_who || PERSONS.contains(&word.as_str()) {
                offences.push(format!("{path}:{line}: {before} {word}"));
            }
            before = word;
        }
    }
    offences
}

fn prose(root: &Path, path: &Path, found: &mut Vec<(String, String)>) {
    if path.is_dir() && !path.ends_with("node_modules") {
        for entry in fs::read_dir(path).expect("readable") {
            prose(root, &entry.expect("readable").path(), found);
        }
    }
    let kind = path.extension().and_then(|kind| kind.to_str());
    if path.is_file() && kind.is_some_and(|kind| KINDS.contains(&kind)) {
        let name = path
            .strip_prefix(root)
            .expect("below the root")
            .to_string_lossy();
        found.push((name.into_owned(), fs::read_to_string(path).expect("UTF-8")));
    }
}

#[test]
fn the_subject_of_a_sentence_is_a_thing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for place in FOLDERS.iter().chain(&FILES) {
        let before = found.len();
        prose(root, &root.join(place), &mut found);
        assert!(found.len() > before, "nothing in {place}");
    }
    // This file has them all.
    let others = found
        .iter()
        .filter(|(path, _)| !path.ends_with("tidy/prose.rs"));
    let offences: Vec<String> = others
        .flat_map(|(path, text)| persons_in(path, text))
        .collect();
    assert_none(&offences);
}

#[test]
fn a_person_as_the_subject_is_found() {
    for text in [
        "/// Nobody asks.",
        "pipes that nobody reads",
        "Cart::of_nobody()",
        "those who come",
        "It asks who waits.",
        "// Who waits?",
        "the session, and\n// who owns it",
    ] {
        assert_eq!(persons_in("x.rs", text).len(), 1, "{text}");
    }
    for text in [
        "the account `nobody` of NOBODY, and \"nobody\"",
        "a buyer who waits; buyers\n/// who wait",
        "whole, nobodys",
    ] {
        assert_none(&persons_in("x.rs", text));
    }
}
