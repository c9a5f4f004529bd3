//! Buyers that come at random times, whether or not earlier ones are done: `sim` beside
//! `pgbench -R`. Both count from the scheduled arrival.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::is_asked;
use crate::pgbench::Pgbench;
use crate::rate::Spread;
use crate::sim::Sim;
use crate::{Cell, ROUNDS};

use checkout_sim::subject::Strategy;

/// Arrivals a second; far below what the server can do.
const RATES: [u32; 2] = [200, 800];
/// How long a turn lets arrivals come, in seconds.
pub const TURN_S: u32 = 4;

pub const CELL: Cell = Cell {
    strategy: Strategy::Atomic,
    connections: 16,
    products: 10_000,
};

/// One turn of a contender, in microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Opened {
    /// From the scheduled arrival to the end.
    pub p50: f64,
    /// The same.
    pub p99: f64,
    /// From the scheduled arrival to the start.
    pub lag_p50: f64,
    /// The same.
    pub lag_p99: f64,
    /// Processor time of the client, in cores; `None` where it is not known.
    pub cores: Option<f64>,
}

const HEAD: &str = "\
| arrivals/s | contender | p50 us | p99 us | lag p50 us | lag p99 us | client cores |
|--:|---|--:|--:|--:|--:|--:|";

/// Both in turns, as rows of a table.
pub fn measure(pgbench: &Pgbench, sim: &mut Sim) -> Result<()> {
    let rates = RATES.into_iter();
    for rate in rates.filter(|rate| is_asked(&format!("open/{rate}"))) {
        let [mut theirs, mut ours] = [const { Vec::new() }; 2];
        for round in 0..=ROUNDS {
            let our = sim.open_turn(rate)?;
            sim.lay_out(CELL)?;
            let their = pgbench.open_turn(rate)?;
            if round > 0 {
                ours.push(our);
                theirs.push(their);
            }
        }
        println!("\n{HEAD}");
        println!("{}", row(rate, "pgbench -R", &theirs));
        println!("{}", row(rate, "sim", &ours));
        let pairs = ours.iter().zip(&theirs);
        let ratios = pairs.map(|(our, their)| our.p50 / their.p50);
        println!("\nsim / pgbench, p50: {}", Spread::of(ratios.collect()));
    }
    Ok(())
}

fn row(rate: u32, name: &str, turns: &[Opened]) -> String {
    let spread = |value: fn(&Opened) -> f64| Spread::of(turns.iter().map(value).collect());
    let values = [
        spread(|turn| turn.p50),
        spread(|turn| turn.p99),
        spread(|turn| turn.lag_p50),
        spread(|turn| turn.lag_p99),
    ];
    let cores: Option<Vec<f64>> = turns.iter().map(|turn| turn.cores).collect();
    let cores = cores.map_or("-".into(), |cores| Spread::of(cores).to_string());
    let values = values.map(|value| value.to_string()).join(" | ");
    format!("| {rate} | {name} | {values} | {cores} |")
}

/// What pgbench wrote of each transaction into files that begin with `prefix`: the
/// latency is the third number of a line, the schedule lag the seventh.
pub fn read_log(directory: &Path, prefix: &str) -> Result<Opened> {
    let [mut latencies, mut lags] = [const { Vec::new() }; 2];
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with(prefix) {
            continue;
        }
        for line in fs::read_to_string(&path)?.lines() {
            let numbers: Vec<&str> = line.split(' ').collect();
            let number = |at: usize| -> Result<f64> {
                let text: &&str = numbers.get(at).context("a line that is too short")?;
                Ok(text.parse()?)
            };
            latencies.push(number(2)?);
            lags.push(number(6)?);
        }
        fs::remove_file(path)?;
    }
    latencies.sort_by(f64::total_cmp);
    lags.sort_by(f64::total_cmp);
    let at = |values: &[f64], share: f64| values[(values.len() as f64 * share) as usize];
    Ok(Opened {
        p50: at(&latencies, 0.5),
        p99: at(&latencies, 0.99),
        lag_p50: at(&lags, 0.5),
        lag_p99: at(&lags, 0.99),
        cores: None,
    })
}
