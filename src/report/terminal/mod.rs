//! The result as a person at a terminal reads it: verdict first.
//!
//! The text carries ANSI colours; whoever prints it strips them where there is
//! no terminal. No line is longer than 100 columns.

mod compared;
mod detail;
mod exploration;
mod matrix;
mod results;
mod timeline;
mod wrap;

pub use compared::comparison_to_terminal;
pub use exploration::{Replay, exploration_to_terminal, replay_to_terminal};
pub use results::results_to_terminal;

use anstyle::{AnsiColor, Style};

use super::Report;
use super::dossier::{Command, Dossier, Results};
use super::explain;
use super::harmless::in_harmless_words;
use super::number::{count, many};
use super::summary::Summary;
use crate::audit::Verdict;
use crate::database::postgres::Fingerprint;
use crate::scenario::{Arrival, Popularity, RetryDelay, Scenario, set_duration};
use crate::shop::LockOrder;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// Renders a report: one cell in detail, several side by side.
#[must_use]
pub fn to_terminal(report: &Report) -> String {
    let mut page = heading(report);
    let summaries = report.summaries();
    match summaries.as_slice() {
        [only] => page.push_str(&detail::render(only, &report.scenario)),
        several => page.push_str(&matrix::render(several, &report.scenario)),
    }
    page.push_str(&footer(report));
    wrap::wrap(&page)
}

/// Renders results as the command prints them that finds them out, without a
/// word that a terminal would obey.
#[must_use]
pub fn page_to_terminal(results: &Results) -> String {
    let results = &Results {
        dossier: in_harmless_words(&results.dossier).into_owned(),
        against: results
            .against
            .as_ref()
            .map(|before| in_harmless_words(before).into_owned()),
    };
    let dossier = &results.dossier;
    let page = match dossier.command.unwrap_or_else(|| guess(dossier)) {
        Command::Compare => return comparison_to_terminal(results),
        Command::Check => return results_to_terminal(results),
        Command::Run => dossier.loads().map(to_terminal).collect::<String>(),
        Command::Explore => {
            let studies = dossier.studies.iter();
            let explored = studies.filter_map(|study| study.exploration.as_ref());
            explored.map(exploration_to_terminal).collect()
        }
    };
    let before = results.against.as_ref();
    let change = before.map(|before| results::against(dossier, before));
    page + &results::thresholds(dossier) + &change.unwrap_or_default()
}

/// The command that results of an older `sim` came of, as far as they tell.
fn guess(dossier: &Dossier) -> Command {
    let [study] = dossier.studies.as_slice() else {
        return Command::Check;
    };
    match (&study.load, &study.exploration) {
        (None, Some(_)) => Command::Explore,
        (Some(load), None) if load.cells.len() == 1 => Command::Run,
        _ => Command::Compare,
    }
}

/// The settings that decide what a commit costs and how long a lock is waited
/// for; all others are in the JSON export.
fn footer(report: &Report) -> String {
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

fn heading(report: &Report) -> String {
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
fn on(server: &Fingerprint) -> String {
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

/// As many parts on a line as fit.
fn join_in_lines(parts: &[String]) -> String {
    const COLUMNS: usize = 100;
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 3 + part.chars().count() <= COLUMNS => {
                line.push_str(" · ");
                line.push_str(part);
            }
            _ => lines.push(part.clone()),
        }
    }
    lines.join("\n")
}

/// Green holds, red is proven to fail, yellow is not known.
pub(super) const fn style(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Safe => AnsiColor::Green,
        Verdict::Inconclusive => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    };
    Style::new()
        .bold()
        .fg_color(Some(anstyle::Color::Ansi(colour)))
}

/// Whether the verdict is the expected one, and what takes from its worth, in
/// words. Where all is well it is not said `aloud`.
pub(super) fn expectation(summary: &Summary<'_>, aloud: bool) -> String {
    let expected = match (summary.holds(), summary.cell.expected) {
        (_, None) | (true, Some(Verdict::Safe)) => None,
        (true, Some(_)) => aloud.then(|| "as expected".into()),
        (false, Some(expected)) => Some(format!("expected: {expected}")),
    };
    let all: Vec<String> = expected
        .into_iter()
        .chain(explain::reserve(summary))
        .collect();
    match summary.has_run() {
        true => all.join(", "),
        false => String::new(),
    }
}
