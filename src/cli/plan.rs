//! From flags and files to what will be done, refused before anything starts.

use std::path::Path;

use anyhow::{Result, bail};

use super::args::{DatabaseArgs, LoadArgs, RunArgs, ShopArgs};
use super::exit::Usage;
use super::values::{Choice, Expect};
use crate::report::Cell;
use crate::scenario::{Draft, Scenario, ScenarioFile};
use crate::shop::Isolation;
use crate::strategy::Strategy;

/// What will be done.
pub(super) struct Plan {
    pub(super) scenario: Scenario,
    /// Strategy x isolation, still without runs.
    pub(super) cells: Vec<Cell>,
}

/// Checks the flags of `run` against each other, and its file.
pub(super) fn plan(args: &RunArgs) -> Result<Plan> {
    check_keep(&args.database)?;
    let file = args.scenario.as_deref().map(read).transpose()?;
    let below = file.as_ref().map(ScenarioFile::draft).unwrap_or_default();
    let scenario = draft(&args.shop, &args.load).over(below).complete()?;
    let expected = |strategy: Strategy, isolation| {
        let said = file
            .as_ref()
            .and_then(|f| f.expect.load.of(strategy, isolation));
        let catalogue = strategy.expected(isolation, scenario.lines);
        Expect::of(args.output.expect, said, catalogue)
    };
    let mut cells = Vec::new();
    let levels = levels(&args.isolation, file.as_ref());
    for strategy in strategies(&args.strategy, file.as_ref()) {
        cells.extend(levels.iter().map(|&isolation| Cell {
            strategy,
            isolation,
            expected: expected(strategy, isolation),
            runs: Vec::new(),
        }));
    }
    Ok(Plan { scenario, cells })
}

/// The strategies that the flags name, or else the file.
pub(super) fn strategies(named: &[Choice<Strategy>], file: Option<&ScenarioFile>) -> Vec<Strategy> {
    match file {
        Some(file) if named.is_empty() => file.strategies.resolve(),
        _ => Choice::resolve(named, &Strategy::ALL),
    }
}

/// The isolation levels that the flags name, or else the file, or else read
/// committed.
pub(super) fn levels(named: &[Choice<Isolation>], file: Option<&ScenarioFile>) -> Vec<Isolation> {
    match (named, file) {
        ([], Some(file)) => file.isolation.resolve(),
        ([], None) => vec![Isolation::default()],
        (named, _) => Choice::resolve(named, &Isolation::ALL),
    }
}

/// Reads a scenario file.
pub(super) fn read(path: &Path) -> Result<ScenarioFile> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Usage(format!("cannot read {name}: {error}")))?;
    let file = ScenarioFile::parse(&text);
    Ok(file.map_err(|refused| Usage(format!("{name}: {refused}")))?)
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

fn draft(shop: &ShopArgs, load: &LoadArgs) -> Draft {
    Draft {
        buyers: load.buyers,
        products: shop.products,
        stock: shop.stock,
        lines: shop.lines,
        units: shop.units,
        lock_order: shop.lock_order.map(Into::into),
        popularity: shop.popularity,
        connections: load.connections,
        arrival: load.arrival.map(Into::into),
        rate: load.rate,
        think_time_us: load.think_time.map(|time| time.0),
        max_tries: load.max_tries,
        retry_delay: load.retry_delay,
        runs: load.runs,
        seed: load.seed,
    }
}
