//! Schedules: which session moves when.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// One decision of a scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Choice {
    /// The session takes its next statement.
    Step(usize),
    /// The session's connection is cut before its next statement.
    Cut(usize),
    /// The session's next statement, which commits, is carried out; its connection is cut before
    /// the reply.
    LoseReply(usize),
}

impl Choice {
    /// The session it concerns.
    #[must_use]
    pub const fn session(self) -> usize {
        match self {
            Self::Step(session) | Self::Cut(session) | Self::LoseReply(session) => session,
        }
    }

    /// All that can be chosen of a session that is parked.
    pub(super) fn of(
        session: usize,
        may_fail: bool,
        may_lose_reply: bool,
    ) -> impl Iterator<Item = Self> {
        let cut = may_fail.then_some(Self::Cut(session));
        let lost = (may_fail && may_lose_reply).then_some(Self::LoseReply(session));
        [Self::Step(session)].into_iter().chain(cut).chain(lost)
    }

    /// Whether a connection is cut.
    #[must_use]
    pub const fn is_fault(self) -> bool {
        matches!(self, Self::Cut(_) | Self::LoseReply(_))
    }
}

/// The most sessions of an exploration: each has a letter.
pub const SESSIONS_MAX: usize = crate::scenario::STEPPED_MAX as usize;

/// A schedule: the order in which sessions were allowed to take their next
/// statement. Written as letters, `A` for the first session; a lower-case
/// letter cuts that session's connection, and `A-` cuts it before the reply.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Schedule(pub Vec<Choice>);

impl Schedule {
    /// The sessions that move in it, ascending.
    #[must_use]
    pub fn sessions(&self) -> Vec<usize> {
        let mut sessions: Vec<usize> = self.0.iter().map(|choice| choice.session()).collect();
        sessions.sort_unstable();
        sessions.dedup();
        sessions
    }

    /// What makes one schedule simpler than another: fewer context switches,
    /// then fewer steps, then the order of letters.
    #[must_use]
    pub fn simplicity(&self) -> (usize, usize, &[Choice]) {
        (self.switches(), self.0.len(), &self.0)
    }

    /// How often another session than the last one moves.
    #[must_use]
    pub fn switches(&self) -> usize {
        let pairs = self.0.windows(2);
        pairs
            .filter(|pair| pair[0].session() != pair[1].session())
            .count()
    }
}

/// Behind the letter of a step whose reply is lost.
const LOST: char = '-';

/// The letter of a session.
#[must_use]
pub fn letter(session: usize) -> char {
    char::from(b'A' + u8::try_from(session % SESSIONS_MAX).unwrap_or(0))
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self
            .0
            .iter()
            .map(|choice| match choice {
                Choice::Step(session) => letter(*session).to_string(),
                Choice::Cut(session) => letter(*session).to_ascii_lowercase().to_string(),
                Choice::LoseReply(session) => format!("{}{LOST}", letter(*session)),
            })
            .collect();
        f.pad(&text)
    }
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut choices: Vec<Choice> = Vec::new();
        for c in text.chars() {
            match c {
                'A'..='Z' => choices.push(Choice::Step(c as usize - 'A' as usize)),
                'a'..='z' => choices.push(Choice::Cut(c as usize - 'a' as usize)),
                LOST => match choices.last_mut() {
                    Some(last @ Choice::Step(_)) => *last = Choice::LoseReply(last.session()),
                    _ => {
                        return Err(format!(
                            "{LOST:?} comes after the letter of a step: AA{LOST}"
                        ));
                    }
                },
                _ => {
                    return Err(format!(
                        "{c:?} is no session: a schedule is made of letters, such as ABAB"
                    ));
                }
            }
        }
        Ok(Self(choices))
    }
}

impl Serialize for Schedule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Schedule {
    fn schema_name() -> Cow<'static, str> {
        "Schedule".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "Which session moves, letter by letter; a lower-case letter cuts its connection, and a - behind the letter the reply of that step." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_read_as_it_is_written() {
        use Choice::{Cut, LoseReply, Step};
        let choices = vec![Step(0), Step(1), Cut(0), LoseReply(1), Step(2)];
        let written = Schedule(choices.clone()).to_string();
        assert_eq!(written, "ABaB-C");
        assert_eq!(written.parse(), Ok(Schedule(choices)));
        for wrong in ["-A", "Aa-", "A--", "A B"] {
            assert!(wrong.parse::<Schedule>().is_err(), "{wrong}");
        }
    }
}
