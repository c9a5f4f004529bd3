//! Exit codes and the last words of a failure.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

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
    write(format!("{style}{kind}{style:#}: {message}"));
}

/// How long a line may take to be written.
const WRITTEN_MAX: Duration = Duration::from_secs(1);

/// Writes a line to standard error, and waits for it to be there, but not for ever:
/// behind a pipe that is not read `sim` would be deaf to signals, and a silent
/// server would never be given up.
fn write(line: String) {
    type Line = (String, SyncSender<()>);
    static WRITER: OnceLock<Sender<Line>> = OnceLock::new();
    static IS_STUCK: AtomicBool = AtomicBool::new(false);
    let writer = WRITER.get_or_init(|| {
        let (lines, waiting) = channel::<Line>();
        let writing = move || {
            for (line, is_written) in waiting {
                // With standard error closed there is nothing left to tell.
                let _ = writeln!(anstream::stderr(), "{line}");
                let _ = is_written.try_send(());
            }
        };
        // Without a thread the channel is closed, and nothing is waited for.
        let _ = thread::Builder::new().name("stderr".into()).spawn(writing);
        lines
    });
    let (is_written, written) = sync_channel(1);
    let is_taken = writer.send((line, is_written)).is_ok();
    if is_taken && !IS_STUCK.load(Ordering::Relaxed) {
        let is_late = written.recv_timeout(WRITTEN_MAX) == Err(RecvTimeoutError::Timeout);
        IS_STUCK.store(is_late, Ordering::Relaxed);
    }
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
    write(harmless(message).into_owned());
}
