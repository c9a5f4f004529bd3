//! Each type has a name of its own.

use std::collections::BTreeMap;

use super::source::{Source, assert_none, sources};

/// The name of each type that other files see, with the places that define it: a
/// reader must not need the folder to know the type.
fn each_type_name_stands_once(sources: &[Source]) -> Vec<String> {
    let mut defined: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources {
        for (line, text) in source.scan.code.lines().enumerate() {
            if let Some(name) = visible_type(text) {
                let places = defined.entry(name.to_owned()).or_default();
                places.push(format!("{}:{}", source.path, line + 1));
            }
        }
    }
    let twice = defined.into_iter().filter(|(_, places)| places.len() > 1);
    twice
        .map(|(name, places)| format!("{name} stands at {}", places.join(", ")))
        .collect()
}

/// `Name` of `pub struct Name`, `pub(super) enum Name<T>`, ...
fn visible_type(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub")?;
    let rest = match rest.strip_prefix('(') {
        Some(scoped) => scoped.split_once(')')?.1,
        None => rest,
    };
    let (keyword, rest) = rest.trim_start().split_once(' ')?;
    let is_type = ["struct", "enum", "trait", "type", "union"].contains(&keyword);
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    let name = &rest[..end.unwrap_or(rest.len())];
    (is_type && !name.is_empty()).then_some(name)
}

#[test]
fn each_type_has_a_name_of_its_own() {
    assert_none(&each_type_name_stands_once(&sources()));
}

#[test]
fn a_name_that_stands_twice_is_found() {
    let planted = |one: &str, other: &str| {
        let sources = [
            Source::new("src/a.rs", one),
            Source::new("src/b/c.rs", other),
        ];
        each_type_name_stands_once(&sources)
    };
    let found = planted(
        "pub struct Error;",
        "// x\npub(in crate::b) enum Error<T> { A(T) }",
    );
    assert_eq!(found, ["Error stands at src/a.rs:1, src/b/c.rs:2"]);
    assert_eq!(
        planted("pub trait World {}", "    pub(super) type World = u8;").len(),
        1
    );
    assert_none(&planted(
        "pub struct Error;",
        "struct Error; // pub enum Error",
    ));
    assert_none(&planted(
        "pub struct Error;",
        "pub struct Errors; pub fn error() {}",
    ));
}
