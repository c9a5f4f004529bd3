//! From flags to what will be done, refused before anything starts.

use std::time::Duration;

use anyhow::{Result, bail};

use super::args::{Arrival, DatabaseArgs, LoadArgs, RunArgs, ShopArgs};
use super::exit::Usage;
use super::values::{Choice, Expect};
use crate::audit::Verdict;
use crate::report::Cell;
use crate::scenario::{self, CONNECTIONS_MAX, Scenario};
use crate::shop::Isolation;
use crate::strategy::Strategy;

/// Connections where `--connections` says nothing.
const CONNECTIONS_DEFAULT: u32 = 16;

/// What will be done.
pub(super) struct Plan {
    pub(super) scenario: Scenario,
    /// Strategy x isolation, still without runs.
    pub(super) cells: Vec<Cell>,
}

/// Checks the flags of `run` against each other.
pub(super) fn plan(args: &RunArgs) -> Result<Plan> {
    check_flags(args)?;
    let scenario = scenario(&args.shop, &args.load);
    scenario.validate()?;
    let levels = Choice::resolve(&args.isolation, &Isolation::ALL);
    let mut cells = Vec::new();
    for strategy in Choice::resolve(&args.strategy, &Strategy::ALL) {
        cells.extend(levels.iter().map(|&isolation| Cell {
            strategy,
            isolation,
            expected: match args.output.expect {
                None => Verdict::Safe,
                Some(Expect::Verdict(verdict)) => verdict,
                Some(Expect::Catalogue) => strategy.expected(isolation, scenario.lines),
            },
            runs: Vec::new(),
        }));
    }
    Ok(Plan { scenario, cells })
}

fn check_flags(args: &RunArgs) -> Result<()> {
    if args.load.rate.is_some() && args.load.arrival == Arrival::Burst {
        bail!(Usage(
            "--rate has no meaning with --arrival burst: add --arrival poisson".into()
        ));
    }
    check_keep(&args.database)
}

/// Only somebody else's server outlives the run.
pub(super) fn check_keep(args: &DatabaseArgs) -> Result<()> {
    if args.keep && args.server.database_url.is_none() {
        bail!(Usage(
            "--keep needs --database-url: the private server is thrown away with all it holds"
                .into()
        ));
    }
    Ok(())
}

fn scenario(shop: &ShopArgs, load: &LoadArgs) -> Scenario {
    Scenario {
        buyers: load.buyers,
        products: shop.products,
        stock: shop.stock.unwrap_or_else(|| a_fifth_of_demand(shop, load)),
        lines: shop.lines,
        units: shop.units,
        lock_order: shop.lock_order.into(),
        popularity: shop.popularity,
        connections: load.connections.unwrap_or_else(|| {
            load.buyers
                .clamp(1, CONNECTIONS_DEFAULT.min(CONNECTIONS_MAX))
        }),
        arrival: match (load.arrival, load.rate) {
            (Arrival::Poisson, Some(per_second)) => scenario::Arrival::Poisson { per_second },
            _ => scenario::Arrival::Burst,
        },
        think_time_us: micros(load.think_time),
        max_tries: load.max_tries,
        retry_delay: load.retry_delay,
        runs: load.runs,
        // Short enough to be read out and typed again.
        seed: load.seed.unwrap_or_else(|| rand::random::<u32>().into()),
    }
}

/// Five times as many units wanted as there are, spread over the products.
fn a_fifth_of_demand(shop: &ShopArgs, load: &LoadArgs) -> u32 {
    let demand = u64::from(load.buyers) * u64::from(shop.lines) * u64::from(shop.units);
    let stock = demand / (5 * u64::from(shop.products.max(1)));
    u32::try_from(stock.max(1)).unwrap_or(u32::MAX)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
