//! Exit codes and the last words of a failure.

use std::process::ExitCode;

use super::screen;
use crate::report::harmless;
use crate::scenario::Invalid;

/// How the process ends; documented and stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, and everything is as expected.
    AsExpected = 0,
    /// The harness or the database failed; partial results are written.
    Failed = 1,
    /// Bad usage or configuration; nothing was started, but for a schedule that
    /// turned out to be one that cannot be followed.
    Usage = 2,
    /// An invariant is violated, or a verdict differs from the expected one.
    Unexpected = 10,
    /// Nothing is proven, and nothing was expected: a budget, or too little
    /// contention.
    Unproven = 11,
    /// Slower than the baseline beyond noise.
    Slower = 98,
    /// A threshold failed.
    Threshold = 99,
    /// Interrupted; partial results are written.
    Interrupted = 130,
}

impl Exit {
    /// The exit code of an error that ended everything.
    #[must_use]
    pub fn of_error(error: &anyhow::Error) -> Self {
        if error.is::<Usage>() || error.is::<Invalid>() {
            Self::Usage
        } else {
            Self::Failed
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Arguments that make no sense, found after parsing and before anything
/// starts.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Writes `error: ...` with all causes to standard error.
pub(super) fn complain(error: &anyhow::Error) {
    say("error", anstyle::AnsiColor::Red, &format!("{error:#}"));
}

/// Writes `warning: ...` to standard error.
pub(super) fn warn(message: &str) {
    say("warning", anstyle::AnsiColor::Yellow, message);
}

fn say(kind: &str, colour: anstyle::AnsiColor, message: &str) {
    let style = anstyle::Style::new().bold().fg_color(Some(colour.into()));
    let message = harmless(message);
    screen::say(format!("{style}{kind}{style:#}: {message}"));
}

/// Writes what `clap` has to say of the arguments, without its colours: they
/// cannot be told from those that the arguments or the environment may hold.
pub(super) fn refuse(refusal: &clap::Error) -> Exit {
    let text = refusal.render().to_string();
    match text.strip_prefix("error: ") {
        Some(message) => say("error", anstyle::AnsiColor::Red, message.trim_end()),
        None => note(text.trim_end()),
    }
    Exit::Usage
}

/// Writes a plain line to standard error.
pub(super) fn note(message: &str) {
    screen::say(harmless(message).into_owned());
}
