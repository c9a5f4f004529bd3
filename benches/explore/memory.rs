//! The whole space of three buyers, in memory. Statements count whenever they
//! are carried out: each schedule repeats the one that it branched off from.
//!
//! One thread and all threads take turns, so that what they say of each other
//! does not depend on what else the machine did meanwhile.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::Result;
use checkout_sim::explore::bounds::{Limits, Policy};
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::worlds::memory;
use checkout_sim::subject::Strategy;

use crate::rate::Spread;
use crate::work::{RULES, last_unit};

const ROUNDS: usize = 9;
const STRATEGY: Strategy = Strategy::CheckThenUpdate;

pub fn measure(threads: usize) -> Result<()> {
    println!("\nin memory: every schedule of 3 buyers, {STRATEGY}");
    let mut counts = vec![1, threads];
    counts.dedup();
    let mut turns = vec![Vec::new(); counts.len()];
    for _ in 0..ROUNDS {
        for (turns, threads) in turns.iter_mut().zip(&counts) {
            turns.push(turn(*threads)?);
        }
    }
    for (turns, threads) in turns.iter().zip(&counts) {
        println!(
            "  threads: {threads}   {} statements/s   {} schedules/s",
            Spread::of(turns.iter().map(|turn| turn.statements_per_s).collect()),
            Spread::of(turns.iter().map(|turn| turn.schedules_per_s).collect()),
        );
    }
    if let [one, all] = turns.as_slice() {
        let pairs = all.iter().zip(one);
        let ratios = pairs.map(|(all, one)| all.statements_per_s / one.statements_per_s);
        println!("  {threads} threads / 1   {}", Spread::of(ratios.collect()));
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
struct Turn {
    statements_per_s: f64,
    schedules_per_s: f64,
}

fn turn(threads: usize) -> Result<Turn> {
    let case = last_unit(3, 1, STRATEGY);
    let mut arenas = Arenas::open(threads, |_| memory::open(&case))?;
    let (limits, stop) = (Limits::default(), AtomicBool::new(false));
    let began = Instant::now();
    let (covered, worked) = arenas.search(Policy::Exhaustive, RULES, limits, &stop, &|_| {});
    let elapsed_s = began.elapsed().as_secs_f64();
    worked?;
    Ok(Turn {
        statements_per_s: covered.statements as f64 / elapsed_s,
        schedules_per_s: covered.schedules as f64 / elapsed_s,
    })
}
