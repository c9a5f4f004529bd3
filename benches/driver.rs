//! The driver beside pgbench: the same statements of the same strategies, on
//! the same tables of one private PostgreSQL, with as many connections.
//!
//! `cargo bench --bench driver`, or for some cells
//! `cargo bench --bench driver -- optimistic/16/`
//!
//! They take turns (A B C A B C ...), and each round compares neighbours in
//! time, so that what else the machine does meanwhile falls on all. pgbench runs
//! with prepared statements and records next to nothing; `sim` records every
//! attempt's latency, outcome and conflict. The third is a plain loop over sqlx
//! that records nothing: what it takes of the processor is the price of the
//! library. A ratio is given with its spread over the rounds. Nothing is
//! asserted about time.
//!
//! What counts: for all of them the time and the processor time of transactions
//! on connections that are open and whose statements are prepared and planned.
//! `sim` has drawn its carts by then, which takes the others a random number for
//! each transaction, and adds up two of its histograms afterwards; in return it
//! alone looks for blocked statements meanwhile.

#[path = "common/asked.rs"]
mod asked;
#[path = "driver/bare.rs"]
mod bare;
#[path = "driver/cpu.rs"]
mod cpu;
#[path = "driver/open.rs"]
mod open;
#[path = "driver/pgbench.rs"]
mod pgbench;
#[path = "common/rate.rs"]
mod rate;
#[path = "driver/sim.rs"]
mod sim;

use std::thread::available_parallelism;

use anyhow::{Context as _, Result};
use checkout_sim::database::Server;
use checkout_sim::database::cluster::{Binaries, Cluster, ClusterSettings};
use checkout_sim::subject::Strategy;

use asked::is_asked;
use bare::Bare;
use pgbench::Pgbench;
use rate::Spread;
use sim::Sim;

const ROUNDS: usize = 7;
const STRATEGIES: [Strategy; 3] = [Strategy::Optimistic, Strategy::RowLock, Strategy::Atomic];
const CONNECTIONS: [u32; 3] = [1, 16, 100];

/// Where nothing contends, and where everything does.
const PRODUCTS: [u32; 2] = [10_000, 1];

/// Transactions of a connection that are not counted: after so many PostgreSQL
/// has its plans. `sim` begins with as many (`UNTIL_PLANNED` in its driver).
const COLD: u32 = 6;

/// One turn of a contender.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// Transactions a second.
    pub per_s: f64,
    /// Processor time of the client for each, in microseconds.
    pub cpu_us: f64,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// Whose statements are sent.
    pub strategy: Strategy,
    /// How many connections send them.
    pub connections: u32,
    /// How many rows they choose from.
    pub products: u32,
}

impl Cell {
    /// Transactions of one turn: a second or two.
    const fn transactions(self) -> u32 {
        match (self.products, self.connections) {
            // Every transaction waits for another one.
            (1, _) => 1_500,
            (_, 1) => 4_000,
            _ => 12_000,
        }
    }

    /// Where an UPDATE may match no row, `sim` rolls back, and pgbench, which
    /// cannot branch on that, goes on to place the order: other work.
    fn is_fair(self) -> bool {
        self.products > 1 || self.strategy != Strategy::Optimistic
    }

    /// Whether its name begins with an argument, or there is none.
    fn is_wanted(self) -> bool {
        let Self {
            strategy,
            connections,
            products,
        } = self;
        let name = format!("{strategy}/{connections}/{products}");
        is_asked(&name)
    }
}

fn main() -> Result<()> {
    let binaries = Binaries::find()?.context("PostgreSQL is not installed")?;
    let settings = ClusterSettings {
        max_connections: 250,
        ..ClusterSettings::default()
    };
    let cluster = Cluster::start(&binaries, &settings)?;
    let server = Server::private(cluster.socket_dir(), cluster.port(), cluster.superuser());
    let mut contenders = Contenders {
        pgbench: Pgbench::find(&cluster)?,
        bare: Bare::new(&cluster),
        sim: Sim::open(server)?,
    };
    let (version, processors) = (binaries.version(), available_parallelism()?);
    println!("PostgreSQL {version}, {processors} processors, {ROUNDS} rounds");
    for products in PRODUCTS {
        let mut costs = Vec::new();
        println!("\n{RATES}");
        for strategy in STRATEGIES {
            let cell = |connections| Cell {
                strategy,
                connections,
                products,
            };
            let cells = CONNECTIONS.map(cell).into_iter();
            for cell in cells.filter(|cell| cell.is_fair() && cell.is_wanted()) {
                let [rates, cost] = contenders.compare(cell)?;
                println!("{rates}");
                costs.push(cost);
            }
        }
        println!("\n{COSTS}\n{}", costs.join("\n"));
    }
    open::measure(&contenders.pgbench, &mut contenders.sim)
}

/// Transactions a second.
const RATES: &str = "\
| products | strategy | connections | pgbench/s | sqlx/s | sim/s | sim to pgbench | sim to sqlx |
|--:|---|--:|--:|--:|--:|--:|--:|";

/// Processor time of the client for each.
const COSTS: &str = "\
| products | strategy | connections | pgbench us | sqlx us | sim us | sim to pgbench | sim to sqlx |
|--:|---|--:|--:|--:|--:|--:|--:|";

struct Contenders {
    pgbench: Pgbench,
    bare: Bare,
    sim: Sim,
}

impl Contenders {
    /// All of them in turns, as a row of each table.
    fn compare(&mut self, cell: Cell) -> Result<[String; 2]> {
        let [mut theirs, mut bare, mut ours] = [const { Vec::new() }; 3];
        for round in 0..=ROUNDS {
            // Each finds new tables: `sim` makes them itself.
            let our = self.sim.turn(cell)?;
            self.sim.lay_out(cell)?;
            let their = self.pgbench.turn(cell)?;
            self.sim.lay_out(cell)?;
            let plain = self.bare.turn(cell)?;
            // The first is to warm up.
            if round > 0 {
                ours.push(our);
                theirs.push(their);
                bare.push(plain);
            }
        }
        let row = |value| {
            let name = [
                cell.products.to_string(),
                cell.strategy.to_string(),
                cell.connections.to_string(),
            ];
            let all = [&theirs, &bare, &ours].map(|turns| spread(turns, value));
            let ratios = [&theirs, &bare].map(|others| ratio(&ours, others, value));
            let columns: Vec<String> = name.into_iter().chain(all).chain(ratios).collect();
            format!("| {} |", columns.join(" | "))
        };
        Ok([row(|turn| turn.per_s), row(|turn| turn.cpu_us)])
    }
}

fn spread(turns: &[Turn], value: fn(&Turn) -> f64) -> String {
    Spread::of(turns.iter().map(value).collect()).to_string()
}

/// Round by round.
fn ratio(ours: &[Turn], theirs: &[Turn], value: fn(&Turn) -> f64) -> String {
    let pairs = ours.iter().zip(theirs);
    let ratios = pairs.map(|(our, their)| value(our) / value(their));
    Spread::of(ratios.collect()).to_string()
}
