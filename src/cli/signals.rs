//! Ctrl-C, SIGTERM and SIGHUP: once to finish what runs, twice to end now.

use std::future::pending;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::exit;

/// How many signals have come.
static HEARD: OnceLock<watch::Sender<u32>> = OnceLock::new();

/// How many of them have been acted on. One that comes between two parts of a
/// command is the next part's.
static ACTED_ON: AtomicU32 = AtomicU32::new(0);

/// The signals that ask for an end.
pub(super) struct Signals(watch::Receiver<u32>);

impl Signals {
    /// From here on the signals no longer end the process by themselves.
    pub(super) fn listen() -> io::Result<Self> {
        if let Some(heard) = HEARD.get() {
            return Ok(Self(heard.subscribe()));
        }
        let heard = watch::Sender::new(0);
        let (begins, begun) = sync_channel(1);
        let counter = heard.clone();
        thread::Builder::new()
            .name("signals".into())
            .spawn(move || count(&counter, &begins))?;
        begun.recv().map_err(io::Error::other)??;
        Ok(Self(HEARD.get_or_init(|| heard).subscribe()))
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
        let is_news = |heard: &u32| ACTED_ON.load(Ordering::Relaxed) < *heard;
        // The sender is never dropped.
        let _ = self.0.wait_for(is_news).await;
        ACTED_ON.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether this process was started so that the end of its terminal does not concern it, as `nohup`
/// does: that is left so. Known where there is a `/proc`.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let bit = 1 << (SignalKind::hangup().as_raw_value() - 1);
    ignored.is_some_and(|mask| mask & bit != 0)
}

/// Counts the signals for as long as the process lives; tells first whether they
/// are heard.
fn count(heard: &watch::Sender<u32>, begins: &SyncSender<io::Result<()>>) {
    let is_to_be_heard = !ignores_hangup();
    let counting = async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = match is_to_be_heard {
            true => Some(signal(SignalKind::hangup())?),
            false => None,
        };
        let _ = begins.send(Ok(()));
        loop {
            let hung_up = async {
                match &mut hangup {
                    Some(hangup) => hangup.recv().await,
                    None => pending().await,
                }
            };
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hung_up => {}
            }
            heard.send_modify(|heard| *heard += 1);
        }
    };
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let ended: io::Result<()> = runtime.and_then(|runtime| runtime.block_on(counting));
    let _ = begins.send(ended);
}
