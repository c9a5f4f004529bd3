//! Ctrl-C, SIGTERM and SIGHUP: once to finish what runs, twice to end now.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::exit;

/// The signals that ask for an end.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// From here on the signals no longer end the process by themselves.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Calls `stop` at the first signal, says what that leads to, and returns
    /// at the second.
    pub(super) async fn twice(&mut self, stop: impl FnOnce(), leads_to: &str) {
        self.next().await;
        stop();
        exit::warn(&format!("interrupted: {leads_to} (again to end at once)"));
        self.next().await;
    }

    /// Waits for the next signal.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
