//! Places in a file, and what is refused there.

use std::fmt;
use std::sync::Arc;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePlace {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

/// Where the lines of a text begin, in bytes.
#[derive(Debug)]
pub(super) struct LineStarts(Vec<usize>);

impl LineStarts {
    pub(super) fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(
            std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect(),
        )
    }

    /// The place of a byte of the text.
    pub(super) fn place(&self, text: &str, at: usize) -> FilePlace {
        let line = self.0.partition_point(|start| *start <= at);
        let before = text.get(self.0[line - 1]..at).unwrap_or_default();
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        FilePlace {
            line: small(line),
            column: small(before.chars().count() + 1),
        }
    }
}

/// The file that is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileText<'t> {
    pub(super) text: &'t str,
    pub(super) lines: &'t LineStarts,
}

impl FileText<'_> {
    pub(super) fn place(&self, at: usize) -> FilePlace {
        self.lines.place(self.text, at)
    }
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The name of the file, as it was given.
    pub file: Arc<str>,
    /// Where.
    pub place: FilePlace,
    /// What was found there.
    pub found: String,
    /// What would be right.
    pub right: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FilePlace { line, column } = self.place;
        let (file, found, right) = (&self.file, &self.found, &self.right);
        write!(f, "{file}:{line}:{column}: {found}; {right}")
    }
}

/// Everything that is wrong with a file, by place; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals(pub Vec<Refusal>);

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, refusal) in self.0.iter().enumerate() {
            let break_before = if nth == 0 { "" } else { "\n" };
            write!(f, "{break_before}{refusal}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusals {}

/// What is wrong at a byte of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(super) at: usize,
    pub(crate) found: String,
    pub(super) right: String,
}

impl Wrong {
    pub(super) fn new(at: usize, found: impl Into<String>, right: impl Into<String>) -> Self {
        Self {
            at,
            found: found.into(),
            right: right.into(),
        }
    }
}
