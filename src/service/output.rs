//! The last of what a process said.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::scenario::masked;

/// How much of it is kept, in bytes.
const KEPT_BYTES: usize = 64 << 10;
/// How long the rest of the output of a process that has ended may take to come.
const SETTLED_MAX: Duration = Duration::from_millis(500);
/// How many lines a message shows.
const LINES_SHOWN: usize = 20;

/// The end of an output, which is read as long as it comes: a process never waits for `sim`.
#[derive(Debug, Clone, Default)]
pub(super) struct LastOutput(Arc<(Mutex<Kept>, Condvar)>);

#[derive(Debug, Default)]
struct Kept {
    bytes: VecDeque<u8>,
    /// Whether no more will come.
    is_whole: bool,
}

impl LastOutput {
    /// Reads a pipe on a thread of its own until its end.
    pub(super) fn follow(&self, mut pipe: impl Read + Send + 'static) {
        let kept = self.clone();
        let read = move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = pipe.read(&mut bytes) {
                kept.keep(&bytes[..count]);
            }
            kept.lock().is_whole = true;
            kept.0.1.notify_all();
        };
        // Without a thread the output is lost, and the process goes on until its pipe is full.
        let _ = thread::Builder::new().name("output".into()).spawn(read);
    }

    fn keep(&self, bytes: &[u8]) {
        let kept = &mut self.lock().bytes;
        kept.extend(bytes);
        let beyond = kept.len().saturating_sub(KEPT_BYTES);
        kept.drain(..beyond);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all of it is here, of a process that has ended. What it started may hold the
    /// pipe open: that is not waited for.
    pub(super) fn settle(&self) {
        let (_, whole) = &*self.0;
        let open = |kept: &mut Kept| !kept.is_whole;
        // Whatever is here by then is shown.
        let _ = whole.wait_timeout_while(self.lock(), SETTLED_MAX, open);
    }

    /// Its last lines, without secrets.
    pub(super) fn last_lines(&self) -> String {
        let text = String::from_utf8_lossy(self.lock().bytes.make_contiguous()).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        masked(&lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_whatever_comes() {
        let output = LastOutput::default();
        for number in 0..20_000 {
            output.keep(format!("line {number} \u{e4}\n").as_bytes());
        }
        let lines = output.last_lines();
        assert_eq!(lines.lines().count(), LINES_SHOWN);
        assert!(lines.ends_with("line 19999 \u{e4}"), "{lines}");
        assert_eq!(output.lock().bytes.len(), KEPT_BYTES);
    }
}
