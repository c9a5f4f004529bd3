//! What was expected of a cell, and what became of it.

use crate::cell::Cell;
use crate::report::dossier::document::{CutShort, Dossier};

/// What is found of a cell that did not run.
pub(in crate::report) const NOT_RUN: &str = "not run";

/// Something that was expected of a cell, or asked for, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The study's name; empty where its scenario came from flags.
    pub study: String,
    /// Which cell.
    pub cell: Cell,
    /// What kind of thing was expected.
    pub of: Of,
    /// What was expected: a verdict, or a threshold; `None` where the verdict
    /// was only asked for.
    pub expected: Option<String>,
    /// What was found: a verdict, or a value.
    pub found: String,
    /// Whether there is any result.
    pub has_run: bool,
    /// What became of it.
    pub status: Status,
    /// Why there is no whole result to hold against it, if so.
    pub trouble: Option<String>,
    /// What lies behind what was found, in plain words.
    pub details: Vec<String>,
}

/// What became of an expectation. Only what was carried out whole, without a
/// fault, can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is as expected.
    Holds,
    /// It is not as expected; or, where nothing was expected, something is
    /// broken.
    Differs,
    /// Nothing was expected, and nothing is proven.
    Unproven,
    /// There is no whole result, since a signal asked for an end.
    Skipped,
    /// There is no whole result, since the harness or the database failed.
    Error,
}

/// What kind of thing is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The verdict of many buyers at full speed.
    Load,
    /// The verdict over every schedule of a few buyers.
    Exploration,
    /// A threshold.
    Threshold,
}

impl Of {
    /// As it is called in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Exploration => "exploration",
            Self::Threshold => "threshold",
        }
    }
}

impl Expectation {
    /// Whether it was carried out, whole, and is as expected.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.status == Status::Holds
    }

    /// Whether there is no result at all.
    #[must_use]
    pub fn is_not_run(&self) -> bool {
        !self.has_run
    }

    /// `expected safe, found oversells`, or `found oversells` where nothing was
    /// expected; and why there is no whole result where there is none.
    #[must_use]
    pub fn in_short(&self) -> String {
        let found = match &self.expected {
            Some(expected) => format!("expected {expected}, found {}", self.found),
            None => format!("found {}", self.found),
        };
        match &self.trouble {
            None => found,
            Some(why) if self.is_not_run() => format!("not run: {why}"),
            Some(why) => format!("{found}, but {why}"),
        }
    }
}

/// Whether what is missing was left out on request or not, and why, in a
/// clause.
pub(in crate::report) fn missing(dossier: &Dossier) -> (Status, String) {
    match &dossier.cut_short {
        Some(CutShort::Interrupted) => (Status::Skipped, "interrupted".into()),
        Some(CutShort::Failed(why)) => (Status::Error, in_a_line(why)),
        // A file that was saved on the way, by a process that is no more.
        None => (Status::Error, "sim ended on the way".into()),
    }
}

/// Messages may go on to say what can be done; a page has no room for that. Where the first line
/// only announces what a program said last, the last line of that is what matters.
fn in_a_line(why: &str) -> String {
    let first = why.lines().next().unwrap_or_default();
    let below = why.lines().skip(1).filter(|line| !line.trim().is_empty());
    match below.last().filter(|_| first.ends_with(':')) {
        Some(last) => format!("{first} {}", last.trim()),
        None => first.into(),
    }
}
