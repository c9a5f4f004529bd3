//! What was explored, in few words: a small shop, or tables of the user's own.

use crate::report::dossier::exploration::Exploration;
use crate::report::facts::number::{joined, many};
use crate::scenario::{OwnTables, Scenario, Shape};

/// `2 buyers`; `sessions` on tables of the user's own.
pub(in crate::report) fn actors(exploration: &Exploration) -> String {
    match exploration.tables {
        None => many(exploration.shape.buyers.into(), "buyer"),
        // How many there are is said of each meeting by its name.
        Some(_) => "the sessions".into(),
    }
}

/// A load on tables of the user's own: the set-up, what must hold, and what the buyers do.
pub(in crate::report) fn of_load(tables: &OwnTables, scenario: &Scenario) -> Vec<String> {
    let names = tables.invariants.iter().map(|one| one.name.as_str());
    let mut parts: Vec<String> = set_up(tables).into_iter().collect();
    parts.push(format!("must hold: {}", joined(names, ", ")));
    let defined = tables.define.iter();
    parts.extend(defined.map(|(name, value)| format!(":{name} {value}")));
    if !scenario.mix.is_empty() {
        parts.push(format!("mix {}", scenario.mix));
    }
    parts.extend(scenario.key.as_ref().map(|key| format!("key {key}")));
    if !tables.allow.is_empty() {
        parts.push(format!("allowed: {}", tables.allow.join(", ")));
    }
    parts
}

/// What made the tables; nothing where a service makes them itself.
fn set_up(tables: &OwnTables) -> Option<String> {
    let words = tables.set_up_in_words();
    (!words.is_empty()).then(|| format!("set-up {words}"))
}

/// Tables of the user's own: the set-up, what must hold, and what else is not as usual.
pub(in crate::report) fn of_tables(tables: &OwnTables, shape: &Shape) -> Vec<String> {
    let names = tables.invariants.iter().map(|one| one.name.as_str());
    let mut parts: Vec<String> = set_up(tables).into_iter().collect();
    if !tables.invariants.is_empty() {
        parts.push(format!("must hold: {}", joined(names, ", ")));
    }
    let defined = tables.define.iter();
    parts.extend(defined.map(|(name, value)| format!(":{name} {value}")));
    if !tables.allow.is_empty() {
        parts.push(format!("allowed: {}", tables.allow.join(", ")));
    }
    if !tables.show.is_empty() {
        parts.push(format!("shown: {}", tables.show.join(", ")));
    }
    parts.push(match shape.max_tries {
        1 => "1 try".into(),
        n => format!("up to {n} tries"),
    });
    if shape.crash {
        parts.push("one connection cut anywhere".into());
    }
    parts
}
