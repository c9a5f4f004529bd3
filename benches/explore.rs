//! How many schedules there are, what it costs to judge an end without a rule, by itself and
//! beside the schedules on tables of the user's own, and how many schedules and statements a
//! second there are: in memory, of scripts on such tables, on PostgreSQL, and PostgreSQL's own
//! isolationtester with the same schedules on the same server; and of services.
//!
//! `cargo bench --bench explore`, or for some sections
//! `cargo bench --bench explore -- growth memory judge shops own services postgres`
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

#[path = "common/asked.rs"]
mod asked;
#[path = "explore/growth.rs"]
mod growth;
#[path = "../tests/support/isolationtester.rs"]
mod isolationtester;
#[path = "explore/judge.rs"]
mod judge;
#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../tests/parts/oracle/serial/lab.rs"]
mod lab;
#[path = "explore/memory.rs"]
mod memory;
#[path = "explore/own.rs"]
mod own;
#[path = "explore/postgres.rs"]
mod postgres;
#[path = "common/rate.rs"]
mod rate;
#[path = "explore/services.rs"]
mod services;
#[path = "explore/shops.rs"]
mod shops;
#[path = "explore/spec.rs"]
mod spec;
#[path = "explore/work.rs"]
mod work;

use std::path::PathBuf;
use std::thread::available_parallelism;

use anyhow::{Context as _, Result};

use asked::is_asked;

fn main() -> Result<()> {
    // Before anything takes time.
    let tester = is_asked("postgres").then(tester).transpose()?;
    let threads = available_parallelism()?.get();
    println!("{threads} processors, load {}", load());
    if is_asked("growth") {
        growth::measure(threads)?;
    }
    if is_asked("memory") {
        memory::measure(threads)?;
    }
    if is_asked("judge") {
        judge::measure();
    }
    if is_asked("shops") {
        shops::measure()?;
    }
    if is_asked("own") {
        own::measure()?;
    }
    if is_asked("services") {
        services::measure()?;
    }
    if let Some(tester) = tester {
        postgres::measure(threads, &tester)?;
    }
    println!("\nload {}", load());
    Ok(())
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
