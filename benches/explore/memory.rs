//! The whole space of three buyers, in memory. Statements count whenever they
//! are carried out: each schedule repeats the one that it branched off from.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::Result;
use checkout_sim::explore::gate::Gate;
use checkout_sim::explore::memory::MemoryWorld;
use checkout_sim::explore::search::{Arenas, Limits, Policy};
use checkout_sim::strategy::Strategy;

use crate::rate::Spread;
use crate::work::{RULES, last_unit};

const ROUNDS: usize = 5;

pub fn measure(threads: usize) -> Result<()> {
    let strategy = Strategy::CheckThenUpdate;
    println!("\nin memory: every schedule of 3 buyers, {strategy}");
    let mut counts = vec![1, threads];
    counts.dedup();
    for threads in counts {
        let case = last_unit(3, strategy);
        let (mut statements, mut schedules) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let mut arenas = Arenas::open(threads, |_| async {
                Ok(Gate::new(MemoryWorld::new(&case)?, case.clone()))
            })?;
            let (limits, stop) = (Limits::default(), AtomicBool::new(false));
            let began = Instant::now();
            let policy = Policy::Exhaustive;
            let (covered, worked) = arenas.search(policy, RULES, limits, &stop, &|_| {});
            let elapsed_s = began.elapsed().as_secs_f64();
            worked?;
            statements.push(covered.statements as f64 / elapsed_s);
            schedules.push(covered.schedules as f64 / elapsed_s);
        }
        println!(
            "  threads: {threads}   {} statements/s   {} schedules/s",
            Spread::of(statements),
            Spread::of(schedules),
        );
    }
    Ok(())
}
