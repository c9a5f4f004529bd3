//! What each session of a meeting does, by the words that name it.

use std::sync::Arc;

/// What one session of an exploration does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The operation, by its number.
    pub operation: u32,
    /// The session, from 0, whose submission this is again: it has the same `:buyer` and
    /// `:checkout_key`.
    pub again: Option<u32>,
}

/// The subject of a meeting by its name, taken apart: the subject whose operations meet,
/// and which.
pub(super) fn in_words(name: &str) -> Option<(&str, &str)> {
    if let Some((whole, words)) = name.rsplit_once(".sql:") {
        return Some((&name[..whole.len() + 4], words));
    }
    let (whole, words) = name.rsplit_once('/')?;
    (!words.is_empty() && !words.ends_with(".sql")).then(|| (&name[..=whole.len()], words))
}

/// What each session does, by the names of operations, where `NAME=A` is the submission of the first
/// session again; `subject` is whose they are.
///
/// # Errors
/// What is wrong with the words.
pub fn parts_of_words(
    subject: &str,
    operations: &[Arc<str>],
    sessions: &[String],
) -> Result<Vec<Part>, String> {
    let part = |(at, session): (usize, &String)| {
        let (name, again) = session.split_once('=').unzip();
        let name = name.unwrap_or(session);
        let operation = operations.iter().position(|known| **known == *name);
        let operation = operation.ok_or_else(|| {
            let known: Vec<&str> = operations.iter().map(|name| &**name).collect();
            format!(
                "{subject} has no operation {name:?}: it has {}",
                known.join(", ")
            )
        })?;
        let again = again
            .map(|letter| of_letter(letter, at, session))
            .transpose()?;
        Ok(Part {
            operation: u32::try_from(operation).unwrap_or(u32::MAX),
            again,
        })
    };
    let parts: Result<Vec<Part>, String> = sessions.iter().enumerate().map(part).collect();
    let parts = parts?;
    match parts.len() {
        0 | 1 => Err(format!(
            "{}: one session alone meets no other; name at least two",
            sessions.join("+")
        )),
        _ => Ok(parts),
    }
}

/// The session that a letter names, which must stand before this one.
fn of_letter(letter: &str, at: usize, session: &str) -> Result<u32, String> {
    let &[letter @ b'A'..=b'Z'] = letter.as_bytes() else {
        return Err(format!(
            "{session:?}: behind = stands the letter of a session, such as A for the first"
        ));
    };
    let named = u32::from(letter - b'A');
    match (named as usize) < at {
        true => Ok(named),
        false => Err(format!(
            "{session:?}: a submission is made again after its session, which must be named before"
        )),
    }
}
