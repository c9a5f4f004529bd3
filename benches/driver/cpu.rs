//! Processor time, by the system's account.

use std::time::Duration;

use anyhow::Result;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// Of this process.
pub fn own_cpu() -> Result<Duration> {
    cpu_of(UsageWho::RUSAGE_SELF)
}

/// Of the programs that this process has waited for.
pub fn cpu_of_children() -> Result<Duration> {
    cpu_of(UsageWho::RUSAGE_CHILDREN)
}

fn cpu_of(processes: UsageWho) -> Result<Duration> {
    let usage = getrusage(processes)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(micros.unsigned_abs()))
}
