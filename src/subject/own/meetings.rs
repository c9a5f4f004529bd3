//! Which operations of a subject meet when it is explored.
//!
//! Such a meeting is a subject of its own: `hold/reserve+confirm` are two sessions of the
//! directory `hold/`, and `checkout.sql:checkout+checkout=A` is a script and the same
//! submission again.

use std::sync::Arc;

use super::part::{Part, in_words, parts_of_words};
use super::registry::{is_known, keep_parts, operations, parts_of};
use crate::cell::Subject;

/// The subject that a name means, where it is a script's: the name itself, or a path that
/// ends with it.
pub(in crate::subject) fn stands_for(name: &str) -> Option<Subject> {
    let whole = name.trim_end_matches('/');
    let last = whole.rsplit('/').next().unwrap_or(whole);
    let directory = || is_known(&format!("{last}/"));
    is_known(name)
        .or_else(|| is_known(last))
        .or_else(directory)
        .or_else(|| derived(name).ok())
}

/// The subject of a meeting, by its name or by a path that ends with it.
///
/// # Errors
/// What is wrong with it.
fn derived(name: &str) -> Result<Subject, String> {
    let no_meeting = || format!("{name} is no meeting of operations");
    let (whole, words) = in_words(name).ok_or_else(no_meeting)?;
    let last = whole.trim_end_matches('/').rsplit('/').next();
    let last = last.ok_or_else(no_meeting)?;
    let whole = match whole.ends_with('/') {
        true => format!("{last}/"),
        false => last.to_owned(),
    };
    let sessions: Vec<String> = words.split('+').map(str::to_owned).collect();
    with_sessions(Subject::from_name(&whole), &sessions)
}

/// The meeting of these operations of a subject, each by its name; `NAME=A` is the
/// submission of the first session again.
///
/// # Errors
/// What is wrong with them.
pub fn with_sessions(subject: Subject, sessions: &[String]) -> Result<Subject, String> {
    let operations = operations(subject)
        .ok_or_else(|| format!("{subject} is no script: it has no operations"))?;
    let parts = parts_of_words(subject.name(), &operations, sessions)?;
    let words = sessions.join("+");
    let name = match subject.name().ends_with('/') {
        true => format!("{subject}{words}"),
        false => format!("{subject}:{words}"),
    };
    keep_parts(&name, subject, parts).ok_or_else(|| format!("{subject} is no script"))
}

/// What each session of a subject does, where that was said.
#[must_use]
pub fn parts(subject: Subject) -> Option<Arc<[Part]>> {
    parts_of(subject)
}

/// The meetings of a subject that are explored where nothing is said: of several operations
/// every unordered pair, each with itself too; else the subject itself, which meets itself.
///
/// Equal sessions can hide a race that two kinds of session show.
#[must_use]
pub fn meetings(subject: Subject) -> Vec<Subject> {
    let operations = match operations(subject) {
        Some(operations) if subject.name().ends_with('/') => operations,
        _ => return vec![subject],
    };
    let mut met = Vec::new();
    for (at, one) in operations.iter().enumerate() {
        for other in &operations[at..] {
            let sessions = [one.to_string(), other.to_string()];
            met.extend(with_sessions(subject, &sessions).ok());
        }
    }
    met
}
