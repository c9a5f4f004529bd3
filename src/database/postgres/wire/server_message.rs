//! Errors and notices, as the server words them.

use std::fmt;

use super::fields::{Fields, lossy};

/// How bad it is, in the server's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A notice: DEBUG, LOG, INFO, NOTICE or WARNING.
    Notice,
    /// The statement failed, and with it its transaction.
    Error,
    /// The server has ended this session.
    Fatal,
    /// The server has ended every session.
    Panic,
}

impl Severity {
    /// Whether the session is over.
    #[must_use]
    pub const fn ends_session(self) -> bool {
        matches!(self, Self::Fatal | Self::Panic)
    }

    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"ERROR" => Self::Error,
            b"FATAL" => Self::Fatal,
            b"PANIC" => Self::Panic,
            b"WARNING" | b"NOTICE" | b"DEBUG" | b"INFO" | b"LOG" => Self::Notice,
            _ => return None,
        })
    }
}

/// What the server says beside its replies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerMessage {
    /// How bad it is.
    pub severity: Severity,
    /// Five characters.
    pub sqlstate: String,
    /// One line.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// What to try.
    pub hint: Option<String>,
    /// Where in the text of the statement, in characters, from 1.
    pub position: Option<u32>,
    /// Where it came from within functions.
    pub context: Option<String>,
    /// The constraint that refused.
    pub constraint: Option<String>,
}

impl ServerMessage {
    /// Reads the body of ErrorResponse or NoticeResponse. An error without a
    /// severity that is known counts as FATAL: nothing more is believed of it.
    pub(super) fn read(mut fields: Fields<'_>, is_error: bool) -> Option<Self> {
        let mut read = Self {
            severity: match is_error {
                true => Severity::Fatal,
                false => Severity::Notice,
            },
            sqlstate: String::new(),
            message: String::new(),
            detail: None,
            hint: None,
            position: None,
            context: None,
            constraint: None,
        };
        loop {
            match fields.u8()? {
                0 => return Some(read),
                kind => read.take_in(kind, fields.until_zero()?),
            }
        }
    }

    fn take_in(&mut self, kind: u8, text: &[u8]) {
        match kind {
            // In English whatever the language of the server; `S` is translated.
            b'V' => self.severity = Severity::named(text).unwrap_or(self.severity),
            b'C' => self.sqlstate = lossy(text),
            b'M' => self.message = lossy(text),
            b'D' => self.detail = Some(lossy(text)),
            b'H' => self.hint = Some(lossy(text)),
            b'P' => self.position = lossy(text).parse().ok(),
            b'W' => self.context = Some(lossy(text)),
            b'n' => self.constraint = Some(lossy(text)),
            _ => {}
        }
    }
}

impl fmt::Display for ServerMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLSTATE {})", self.message, self.sqlstate)
    }
}
