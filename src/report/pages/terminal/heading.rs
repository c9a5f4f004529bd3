//! What ran where, above a page of many buyers and below it.

use super::style::{BOLD, DIM};
use super::wrap::settings;
use crate::database::Fingerprint;
use crate::report::dossier::load::Report;
use crate::report::facts::number::{count, joined, many};
use crate::report::facts::put_in;
use crate::report::facts::setting::of_load;
use crate::scenario::{Arrival, OwnTables, Popularity, RetryDelay, Scenario, set_duration};
use crate::shop::{LockOrder, Retry};

/// The settings that decide what a commit costs and how long a lock is waited
/// for; all others are in the JSON export.
pub(super) fn footer(report: &Report) -> String {
    const SHOWN: [&str; 4] = [
        "fsync",
        "synchronous_commit",
        "autovacuum",
        "deadlock_timeout",
    ];
    let Some(server) = &report.server else {
        return String::new();
    };
    let shown = SHOWN
        .iter()
        .filter_map(|name| Some(format!("{name} {}", server.settings.get(*name)?)));
    format!("\n{DIM}server: {}{DIM:#}\n", joined(shown, " · "))
}

pub(super) fn heading(report: &Report, columns: usize) -> String {
    let scenario = &report.scenario;
    format!(
        "{BOLD}sim {}{BOLD:#}{DIM}{}, seed {}{DIM:#}\n{DIM}{}{DIM:#}\n\n",
        report.sim_version,
        on(report.server.as_ref(), false),
        scenario.seed,
        setting(scenario, report.tables.as_ref(), columns),
    )
}

/// ` on PostgreSQL 15.18 (private cluster)`, or that it was in memory; nothing where
/// no server was reached.
pub(super) fn on(server: Option<&Fingerprint>, is_in_memory: bool) -> String {
    match server {
        Some(server) => {
            // `15.18 (Debian ...)` names a package; the number says enough here.
            let version = server.version.split(' ').next().unwrap_or_default();
            format!(" on {} {version} ({})", server.product, server.address)
        }
        None if is_in_memory => " on the model of PostgreSQL in memory".into(),
        None => String::new(),
    }
}

/// `2 products x 10 in stock`, `1 line x 2 units`, and whether all lines are of one
/// product.
pub(super) fn shop(
    products: u32,
    stock: u32,
    lines: u32,
    units: &str,
    is_of_one: bool,
) -> Vec<String> {
    let products = many(products.into(), "product");
    let mut parts = vec![
        format!("{products} x {} in stock", count(stock.into())),
        format!("{} x {units}", many(lines.into(), "line")),
    ];
    parts.extend(is_of_one.then(|| "all of one product".to_owned()));
    parts
}

/// What the shop has, and what a cart wants.
fn of_shop(s: &Scenario) -> Vec<String> {
    let units = many(s.units.into(), "unit");
    let mut parts = shop(s.products, s.stock, s.lines, &units, s.duplicate_lines);
    if s.popularity != Popularity::Uniform {
        parts.push(format!("popularity {}", s.popularity));
    }
    if s.lock_order == LockOrder::Cart && s.lines > 1 {
        parts.push("lines in cart order".to_owned());
    }
    parts
}

/// The scenario in one or two lines.
fn setting(s: &Scenario, tables: Option<&OwnTables>, columns: usize) -> String {
    let arrival = match s.arrival {
        Arrival::Burst => "all at once".into(),
        Arrival::Poisson { per_second } => format!("{per_second} a second"),
    };
    let mut parts = vec![
        format!("{} {arrival}", many(s.buyers.into(), "buyer")),
        many(s.connections.into(), "connection"),
    ];
    parts.extend(match tables {
        None => of_shop(s),
        Some(tables) => of_load(tables, s),
    });
    if s.think_time_us > 0 {
        parts.push(format!("think time {}", set_duration(s.think_time_us)));
    }
    parts.extend(put_in::asked(&s.faults).map(|asked| format!("faults: {asked}")));
    let RetryDelay { min_us, max_us } = s.retry_delay;
    let delay = format!("{}..{} apart", set_duration(min_us), set_duration(max_us));
    parts.push(match s.max_tries {
        1 => "1 try".into(),
        n => format!("up to {n} tries {delay}"),
    });
    if s.retry == Retry::WholeScript {
        parts.push("whole scripts again".into());
    }
    if s.runs > 1 {
        parts.push(many(s.runs.into(), "run"));
    }
    settings(&parts, columns)
}
