//! How many schedules there are, and how many of them and of their statements a
//! second: in memory, on PostgreSQL, and PostgreSQL's own isolationtester with
//! the same schedules on the same server.
//!
//! `cargo bench --bench explore`, or for some sections
//! `cargo bench --bench explore -- growth memory postgres`
//!
//! The contenders take turns, and each round compares neighbours in time, so
//! that what else the machine does meanwhile falls on all of them. A ratio is
//! given with its spread over the rounds. Nothing is asserted about time.
//!
//! isolationtester gets one file with many permutations, so that its start
//! hardly counts, and never a permutation that cannot happen. It runs twice: as
//! `sim explore --export-spec` writes files, with tables made for each
//! permutation; and with every advantage that `sim` has: tables that are there,
//! put back by one query, read by one, with the same settings.

#[path = "explore/growth.rs"]
mod growth;
#[path = "../tests/support/isolationtester.rs"]
mod isolationtester;
#[path = "explore/memory.rs"]
mod memory;
#[path = "explore/postgres.rs"]
mod postgres;
#[path = "explore/rate.rs"]
mod rate;
#[path = "explore/spec.rs"]
mod spec;
#[path = "explore/work.rs"]
mod work;

use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::available_parallelism;

use anyhow::{Context as _, Result};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    // Before anything takes time.
    let tester = is_wanted("postgres").then(tester).transpose()?;
    let threads = available_parallelism()?.get();
    println!("{threads} processors, load {}", load());
    if is_wanted("growth") {
        growth::measure(threads)?;
    }
    if is_wanted("memory") {
        memory::measure(threads)?;
    }
    if let Some(tester) = tester {
        postgres::measure(threads, &tester)?;
    }
    println!("\nload {}", load());
    Ok(())
}

/// Whether the section begins with an argument, or there is none.
fn is_wanted(section: &str) -> bool {
    // Cargo adds an option of its own.
    let mut asked = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .peekable();
    asked.peek().is_none() || asked.any(|beginning| section.starts_with(&beginning))
}

fn tester() -> Result<PathBuf> {
    isolationtester::isolationtester().context(isolationtester::NOT_INSTALLED)
}

/// The load of the last minute and the last five.
fn load() -> String {
    let averages = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut averages = averages.split_whitespace();
    match (averages.next(), averages.next()) {
        (Some(one), Some(five)) => format!("{one} {five}"),
        _ => "unknown".into(),
    }
}
