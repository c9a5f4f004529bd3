//! The program itself, watched from outside.

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use checkout_sim::report::Dossier;

/// What one command came to.
pub struct Ran {
    /// From its start to its end.
    pub wall_s: f64,
    /// The most memory that it had, in kilobytes.
    pub memory_kb: u64,
    /// Of its first run.
    pub sold: u64,
    pub elapsed_us: u64,
    pub client_cpu_us: u64,
}

/// How often the process is looked at. The kernel keeps the maximum, so only
/// what happens after the last look is missed.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Calls `sim run --strategy atomic` and waits for its end.
pub fn run_sim(arguments: &[&str]) -> Result<Ran> {
    let directory = tempfile::tempdir()?;
    let json = directory.path().join("result.json");
    let began = Instant::now();
    let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"))
        .args(["run", "--strategy", "atomic"])
        .args(arguments)
        .args(["--quiet", "--export-json"])
        .arg(&json)
        .stdout(Stdio::null())
        .spawn()?;
    let mut memory_kb = 0;
    let status = loop {
        // A process that has ended has no memory, and no line about it.
        memory_kb = peak_kb(sim.id()).unwrap_or(memory_kb);
        if let Some(status) = sim.try_wait()? {
            break status;
        }
        sleep(LOOK_EVERY);
    };
    let wall_s = began.elapsed().as_secs_f64();
    // 10: without contention nothing is proven.
    ensure!(matches!(status.code(), Some(0 | 10)), "sim: {status}");
    let dossier = Dossier::read(&fs::read_to_string(&json)?)?;
    let load = dossier.studies[0].load.as_ref();
    let run = &load.context("a run under load")?.cells[0].runs[0];
    ensure!(!run.faults.any(), "{:?}", run.faults);
    Ok(Ran {
        wall_s,
        memory_kb,
        sold: run.outcomes.sold,
        elapsed_us: run.elapsed_us,
        client_cpu_us: run.client_cpu_us,
    })
}

fn peak_kb(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
