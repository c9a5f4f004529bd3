//! What the parser says, in the words of scenario files.

use schemars::{Schema, schema_for};

use super::expect::Verdicts;
use super::file::ScenarioFile;
use super::hint::nearest;
use super::service::Service;
use super::service_request::Request;
use super::settings::{Explore, Load, ServiceFaults, Shop};

/// What the parser calls a kind of value, and what people call it.
const KINDS: [(&str, &str); 4] = [
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number from 0 to 18446744073709551615"),
    ("f64", "a number"),
    ("a sequence", "a list"),
];

/// The message of the parser in plain words, with what was probably meant: the
/// table that a key belongs to, or the nearest of the names that it lists.
pub(super) fn with_hint(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match quoted.as_slice() {
        [found, known @ ..] if message.starts_with("unknown ") => {
            let homes = match message.starts_with("unknown field") {
                true => homes_of(found),
                false => Vec::new(),
            };
            match nearest(found, known) {
                _ if !homes.is_empty() => {
                    format!("{message}; `{found}` belongs to {}", homes.join(" or "))
                }
                Some(name) => format!("{message}; did you mean `{name}`?"),
                None => message.to_owned(),
            }
        }
        _ => plain(message),
    }
}

/// The places where a key is known.
fn homes_of(key: &str) -> Vec<&'static str> {
    let tables: [(&str, Schema); 9] = [
        ("the top, above all tables", schema_for!(ScenarioFile)),
        ("[shop]", schema_for!(Shop)),
        ("[load]", schema_for!(Load)),
        ("[faults]", schema_for!(ServiceFaults)),
        ("[explore]", schema_for!(Explore)),
        ("[service]", schema_for!(Service)),
        ("[[service.steps]]", schema_for!(Request)),
        ("[expect.load]", schema_for!(Verdicts)),
        ("[expect.explore]", schema_for!(Verdicts)),
    ];
    let knows = |schema: &Schema| {
        let keys = schema.get("properties");
        keys.is_some_and(|keys| keys.get(key).is_some())
    };
    let homes = tables.iter().filter(|(_, schema)| knows(schema));
    homes.map(|(home, _)| *home).collect()
}

/// A message without names of types, which mean nothing to the author of a file.
fn plain(message: &str) -> String {
    let called = |kind: &str| match KINDS.iter().find(|(theirs, _)| *theirs == kind) {
        Some((_, ours)) => (*ours).to_owned(),
        None if kind.starts_with("struct ") => "a table".into(),
        None => kind.to_owned(),
    };
    match message.rsplit_once(", expected ") {
        Some((found, kind)) => {
            let is_number = found.starts_with("invalid type: integer");
            let wide = [" as i128", " as u128"];
            let number = wide.iter().find_map(|wide| found.strip_suffix(wide));
            let found = number.filter(|_| is_number).unwrap_or(found);
            format!("{found}, expected {}", called(kind))
        }
        None => match message {
            "integer number overflowed" => "the number is too large".into(),
            "wanted string or table" => "expected a name in quotes".into(),
            message => message.to_owned(),
        },
    }
}
