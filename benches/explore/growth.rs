//! How the number of schedules grows with buyers and lines, and how much of it
//! the reduction leaves. In memory: on a database it would take too long.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::Result;
use checkout_sim::explore::bounds::Rules;
use checkout_sim::explore::bounds::{Limits, Policy};
use checkout_sim::explore::case::Case;
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::worlds::memory;
use checkout_sim::subject::Strategy;

use crate::work::{RULES, last_unit};

/// From the one that sends the fewest statements on.
const STRATEGIES: [Strategy; 4] = [
    Strategy::Atomic,
    Strategy::RowLock,
    Strategy::CheckThenUpdate,
    Strategy::Optimistic,
];
/// Buyers, and lines of each cart.
const CASES: [(u32, u32); 5] = [(2, 1), (2, 2), (3, 1), (3, 2), (4, 1)];

/// Counting stops here, or a single small shop would take hours. All of them together
/// take half a minute on two cores.
const SCHEDULES_MAX: u64 = 1_000_000;

pub fn measure(threads: usize) -> Result<()> {
    println!("\nhow many schedules, in memory, each buyer wants the last unit\n");
    println!("| strategy | buyers | lines | schedules | reduced | factor | time for the reduced |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for strategy in STRATEGIES {
        for (buyers, lines) in CASES {
            let case = last_unit(buyers, lines, strategy);
            let whole = Count::of(&case, threads, RULES)?;
            let reduce = Rules {
                reduce: true,
                ..RULES
            };
            let reduced = Count::of(&case, threads, reduce)?;
            println!(
                "| {strategy} | {buyers} | {lines} | {whole} | {reduced} | {} | {:.1?} |",
                factor(&whole, &reduced),
                reduced.took
            );
        }
    }
    Ok(())
}

/// What a search came to, which may have been cut short.
struct Count {
    schedules: u64,
    is_all: bool,
    took: Duration,
}

impl Count {
    fn of(case: &Arc<Case>, threads: usize, rules: Rules) -> Result<Self> {
        let mut arenas = Arenas::open(threads, |_| memory::open(case))?;
        let limits = Limits {
            schedules: Some(SCHEDULES_MAX),
            time: None,
            whole: None,
        };
        let stop = AtomicBool::new(false);
        let began = Instant::now();
        let (covered, worked) = arenas.search(Policy::Exhaustive, rules, limits, &stop, &|_| {});
        worked?;
        Ok(Self {
            schedules: covered.schedules,
            is_all: covered.exhausted,
            took: began.elapsed(),
        })
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at_least = if self.is_all { "" } else { "more than " };
        write!(f, "{at_least}{}", grouped(self.schedules))
    }
}

/// With thousands separators: `12,345`.
fn grouped(n: u64) -> String {
    match n {
        0..1_000 => n.to_string(),
        _ => format!("{},{:03}", grouped(n / 1_000), n % 1_000),
    }
}

/// How many schedules one stands for, rounded down; nothing is known where the
/// reduced search was cut short too.
fn factor(whole: &Count, reduced: &Count) -> String {
    if !reduced.is_all {
        return "unknown".into();
    }
    let at_least = if whole.is_all { "" } else { "more than " };
    format!("{at_least}{}", grouped(whole.schedules / reduced.schedules))
}
