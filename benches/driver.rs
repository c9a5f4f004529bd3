//! The driver beside pgbench: the same statements of the same strategies, on
//! the same tables of one private PostgreSQL, with as many connections.
//!
//! `cargo bench --bench driver`, or for some cells
//! `cargo bench --bench driver -- optimistic/16/`
//!
//! Both take turns (A B A B ...), and each round compares neighbours in time, so
//! that what else the machine does meanwhile falls on both. pgbench runs with
//! prepared statements and records next to nothing; `sim` records every
//! attempt's latency, outcome and conflict. A ratio is given with its spread
//! over the rounds. Nothing is asserted about time.

#[path = "driver/pgbench.rs"]
mod pgbench;
#[path = "explore/rate.rs"]
mod rate;
#[path = "driver/sim.rs"]
mod sim;

use std::process::ExitCode;
use std::thread::available_parallelism;

use anyhow::{Context as _, Result};
use checkout_sim::database::cluster::{Binaries, Cluster, Settings};
use checkout_sim::database::postgres::Server;
use checkout_sim::strategy::Strategy;

use pgbench::Pgbench;
use rate::Spread;
use sim::Sim;

const ROUNDS: usize = 5;
const STRATEGIES: [Strategy; 3] = [Strategy::Optimistic, Strategy::RowLock, Strategy::Atomic];
const CONNECTIONS: [u32; 3] = [1, 16, 100];

/// Where nothing contends, and where everything does.
const PRODUCTS: [u32; 2] = [10_000, 1];

/// Transactions of one turn: a second or two.
const fn transactions(products: u32, connections: u32) -> u32 {
    match (products, connections) {
        // Every transaction waits for another one.
        (1, _) => 1_500,
        (_, 1) => 4_000,
        _ => 12_000,
    }
}

/// One turn of a contender.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// Transactions a second.
    pub per_s: f64,
    /// Processor time of the client for each, in microseconds.
    pub cpu_us: f64,
}

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
    let binaries = Binaries::find()?.context("PostgreSQL is not installed")?;
    let settings = Settings {
        max_connections: 250,
        ..Settings::default()
    };
    let cluster = Cluster::start(&binaries, &settings)?;
    let server = Server::private(cluster.socket_dir(), cluster.port(), cluster.superuser());
    let pgbench = Pgbench::find(&cluster)?;
    let processors = available_parallelism()?;
    println!(
        "PostgreSQL {}, {processors} processors, {ROUNDS} rounds\n",
        binaries.version()
    );
    let mut sim = Sim::open(server)?;
    for products in PRODUCTS {
        println!(
            "| {products} products | connections | pgbench/s | sim/s | ratio | pgbench us | sim us | CPU ratio |"
        );
        println!("|---|--:|--:|--:|--:|--:|--:|--:|");
        for strategy in STRATEGIES {
            for connections in CONNECTIONS {
                let cell = format!("{strategy}/{connections}/{products}");
                if is_wanted(&cell) {
                    compare(&pgbench, &mut sim, strategy, connections, products)?;
                }
            }
        }
        println!();
    }
    Ok(())
}

/// Whether the cell begins with an argument, or there is none.
fn is_wanted(cell: &str) -> bool {
    // Cargo adds an option of its own.
    let mut asked = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .peekable();
    asked.peek().is_none() || asked.any(|beginning| cell.starts_with(&beginning))
}

fn compare(
    pgbench: &Pgbench,
    sim: &mut Sim,
    strategy: Strategy,
    connections: u32,
    products: u32,
) -> Result<()> {
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    let transactions = transactions(products, connections);
    for round in 0..=ROUNDS {
        // Lays out the tables for both; each turn finds the same rows.
        let our = sim.turn(strategy, connections, products, transactions)?;
        let their = pgbench.turn(strategy, connections, products, transactions)?;
        // The first is to warm up.
        if round > 0 {
            ours.push(our);
            theirs.push(their);
        }
    }
    let of =
        |turns: &[Turn], value: fn(&Turn) -> f64| Spread::of(turns.iter().map(value).collect());
    let ratio = |value: fn(&Turn) -> f64| {
        let pairs = ours.iter().zip(&theirs);
        Spread::of(
            pairs
                .map(|(our, their)| value(our) / value(their))
                .collect(),
        )
    };
    println!(
        "| {strategy} | {connections} | {} | {} | {} | {} | {} | {} |",
        of(&theirs, |turn| turn.per_s),
        of(&ours, |turn| turn.per_s),
        ratio(|turn| turn.per_s),
        of(&theirs, |turn| turn.cpu_us),
        of(&ours, |turn| turn.cpu_us),
        ratio(|turn| turn.cpu_us),
    );
    Ok(())
}
