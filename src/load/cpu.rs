//! How busy this process itself was.

use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// Processor time that this process has taken so far, on all cores; zero where
/// the system does not tell.
pub(super) fn taken() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else {
        return Duration::ZERO;
    };
    since_epoch(usage.user_time()) + since_epoch(usage.system_time())
}

/// How long this thread has run or waited for a processor so far; zero where
/// the system does not tell (only Linux does, in `schedstat`).
pub(super) fn wanted_by_thread() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    // Nanoseconds on a processor, nanoseconds in a run queue, time slices.
    let parts = text.split_whitespace().take(2);
    Duration::from_nanos(parts.filter_map(|part| part.parse::<u64>().ok()).sum())
}

fn since_epoch(time: TimeVal) -> Duration {
    let seconds = Duration::from_secs(time.tv_sec().unsigned_abs());
    seconds + Duration::from_micros(time.tv_usec().unsigned_abs())
}
