//! What ran where, above a page of many buyers and below it.

use super::style::{BOLD, DIM, join_in_lines};
use crate::database::Fingerprint;
use crate::report::dossier::load::Report;
use crate::report::facts::number::{count, many};
use crate::scenario::{Arrival, Popularity, RetryDelay, Scenario, set_duration};
use crate::shop::LockOrder;

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
    let settings = &server.settings;
    let shown: Vec<String> = SHOWN
        .iter()
        .filter_map(|name| Some(format!("{name} {}", settings.get(*name)?)))
        .collect();
    format!("\n{DIM}server: {}{DIM:#}\n", shown.join(" · "))
}

pub(super) fn heading(report: &Report) -> String {
    let scenario = &report.scenario;
    format!(
        "{BOLD}sim {}{BOLD:#}{DIM}{}, seed {}{DIM:#}\n{DIM}{}{DIM:#}\n\n",
        report.sim_version,
        report.server.as_ref().map_or(String::new(), on),
        scenario.seed,
        setting(scenario),
    )
}

/// ` on PostgreSQL 15.18 (private cluster)`.
pub(super) fn on(server: &Fingerprint) -> String {
    let version = short_version(&server.version);
    format!(" on {} {version} ({})", server.product, server.address)
}

/// `15.18 (Debian ...)` names a package; the number says enough here.
fn short_version(version: &str) -> &str {
    version.split(' ').next().unwrap_or(version)
}

/// The scenario in one or two lines.
fn setting(s: &Scenario) -> String {
    let arrival = match s.arrival {
        Arrival::Burst => "all at once".into(),
        Arrival::Poisson { per_second } => format!("{per_second} a second"),
    };
    let products = many(s.products.into(), "product");
    let lines = many(s.lines.into(), "line");
    let mut parts = vec![
        format!("{} {arrival}", many(s.buyers.into(), "buyer")),
        many(s.connections.into(), "connection"),
        format!("{products} x {} in stock", count(s.stock.into())),
        format!("{lines} x {}", many(s.units.into(), "unit")),
    ];
    if s.duplicate_lines {
        parts.push("all of one product".to_owned());
    }
    if s.popularity != Popularity::Uniform {
        parts.push(format!("popularity {}", s.popularity));
    }
    if s.lock_order == LockOrder::Cart && s.lines > 1 {
        parts.push("lines in cart order".to_owned());
    }
    if s.think_time_us > 0 {
        parts.push(format!("think time {}", set_duration(s.think_time_us)));
    }
    let RetryDelay { min_us, max_us } = s.retry_delay;
    let delay = format!("{}..{} apart", set_duration(min_us), set_duration(max_us));
    parts.push(match s.max_tries {
        1 => "1 try".into(),
        n => format!("up to {n} tries {delay}"),
    });
    if s.runs > 1 {
        parts.push(many(s.runs.into(), "run"));
    }
    join_in_lines(&parts)
}
