//! One cell in detail.

use std::fmt::Write as _;
use std::slice;

use comfy_table::{CellAlignment, ColumnConstraint, Table, Width, presets};

use super::style::{BOLD, DIM, expectation, style};
use crate::load::Latency;
use crate::report::facts::number::{count, duration, many, percent, percent_at_most, real};
use crate::report::facts::statistics::{Interval, share_interval, zero_events_bound};
use crate::report::facts::summary::Summary;
use crate::report::facts::{broken, explain};
use crate::scenario::{Arrival, Scenario};
use crate::shop::{Conflict, Outcome};

pub(super) fn render(summary: &Summary<'_>, scenario: &Scenario) -> String {
    let mut page = headline(summary);
    if !summary.has_run() {
        return page;
    }
    let busy = explain::busy_client(slice::from_ref(summary));
    for line in explain::advice(summary, scenario).into_iter().chain(busy) {
        let _ = writeln!(page, "  {line}");
    }
    page.push('\n');
    let sections = [
        ("violations", violations(summary)),
        ("evidence", evidence(summary)),
        ("runs", runs(summary)),
        ("outcomes", outcomes(summary)),
        ("conflicts", conflicts(summary)),
        ("retries", retries(summary)),
        ("throughput", throughput(summary)),
        ("faults", faults(summary)),
    ];
    for (label, lines) in sections {
        for (position, line) in lines.iter().enumerate() {
            let label = if position == 0 { label } else { "" };
            let _ = writeln!(page, "  {BOLD}{label:<11}{BOLD:#} {line}");
        }
    }
    page.push('\n');
    page.push_str(&times(summary, scenario));
    page
}

fn headline(summary: &Summary<'_>) -> String {
    let verdict = summary.verdict();
    let style = style(verdict);
    let word = summary.word().to_uppercase().replace("NOT-RUN", "NOT RUN");
    let expectation = match expectation(summary, true) {
        note if note.is_empty() => note,
        note => format!(" {DIM}({note}){DIM:#}"),
    };
    format!(
        "{style}{word}{style:#}  {BOLD}{}{BOLD:#} at {}{expectation}\n  {}\n",
        summary.cell.subject,
        summary.cell.level,
        match summary.has_run() {
            true => explain::meaning(verdict),
            false => "it did not run, so nothing was found",
        },
    )
}

fn violations(summary: &Summary<'_>) -> Vec<String> {
    let found = broken::in_words(&summary.findings);
    if found.is_empty() {
        return vec!["none".into()];
    }
    let found: Vec<String> = found
        .into_iter()
        .map(|(name, number)| format!("{name} {number}"))
        .collect();
    let mut lines = vec![found.join(" · ")];
    let others = summary.judgement.proven.iter().skip(1);
    lines.extend(others.map(|also| format!("also {also}: {}", explain::meaning(*also))));
    lines
}

fn evidence(summary: &Summary<'_>) -> Vec<String> {
    let e = &summary.evidence;
    vec![format!(
        "races for last units: {} refused, {} in conflict · {} seen",
        count(e.overlapping),
        count(e.conflicts),
        many(e.blocked_waits, "blocked wait"),
    )]
}

fn runs(summary: &Summary<'_>) -> Vec<String> {
    let n = summary.runs.len() as u64;
    if n < 2 {
        return Vec::new();
    }
    let broken = summary.runs_broken;
    let bound = match share_interval(broken, n) {
        _ if broken == 0 => format!(
            "at 95 % fewer than {} of such runs break anything",
            percent_at_most(zero_events_bound(n))
        ),
        Some(Interval { low, high, .. }) => {
            format!("95 % interval {} to {}", percent(low), percent(high))
        }
        None => String::new(),
    };
    vec![format!(
        "{} of {} broke something; {bound}",
        count(broken),
        count(n)
    )]
}

fn outcomes(summary: &Summary<'_>) -> Vec<String> {
    let words = Outcome::ALL.map(|outcome| {
        let n = summary.outcomes.get(outcome);
        format!("{} {}", count(n), outcome.name().replace('_', " "))
    });
    let mut lines = vec![words.join(" · ")];
    let resolved = summary.runs.iter().map(|run| run.resolved);
    let (sold, failed) = resolved.fold((0, 0), |(s, f), r| (s + r.sold, f + r.failed));
    if sold + failed > 0 {
        lines.push(format!(
            "{} got no reply to COMMIT; looked up: {sold} sold, {failed} not",
            many(sold + failed, "checkout"),
        ));
    }
    lines
}

fn conflicts(summary: &Summary<'_>) -> Vec<String> {
    let effort = &summary.effort;
    let found: Vec<String> = Conflict::ALL
        .iter()
        .filter_map(|kind| {
            let n = effort.conflicts.get(kind)?;
            let name = kind.name().replace('_', " ");
            Some(format!("{} {name} ({})", count(*n), kind.sign()))
        })
        .collect();
    let others: Vec<String> = effort
        .sqlstates
        .iter()
        .filter(|(state, _)| Conflict::from_sqlstate(state).is_none())
        .map(|(state, n)| format!("{} x SQLSTATE {state}", count(*n)))
        .collect();
    let mut lines = vec![if found.is_empty() {
        "none".into()
    } else {
        found.join(" · ")
    }];
    if !others.is_empty() {
        lines.push(format!("besides: {}", others.join(" · ")));
    }
    lines
}

fn retries(summary: &Summary<'_>) -> Vec<String> {
    let effort = &summary.effort;
    let (attempts, lost) = (effort.attempts, effort.lost_attempts());
    if lost == 0 {
        return vec![format!("none; {}", many(attempts, "attempt"))];
    }
    let per_sale = summary
        .attempts_per_sale()
        .map(|ratio| format!("{} for each sale, ", real(ratio)))
        .unwrap_or_default();
    let wasted = effort.wasted_us as f64 / effort.service_us.max(1) as f64;
    let mut lines = vec![format!(
        "{}: {per_sale}{} lost, {} of the time on connections wasted",
        many(attempts, "attempt"),
        count(lost),
        percent(wasted),
    )];
    lines.push(tries_histogram(summary));
    lines
}

/// `tries 1: 398 · 2: 31 · 3: 12 · 7+: 4`, at most six entries.
fn tries_histogram(summary: &Summary<'_>) -> String {
    const SHOWN: usize = 6;
    let by_tries = &summary.effort.checkouts_by_tries;
    let mut parts: Vec<String> = by_tries
        .iter()
        .take(SHOWN)
        .map(|(tries, n)| format!("{tries}: {}", count(*n)))
        .collect();
    let mut rest = by_tries.iter().skip(SHOWN).peekable();
    if let Some((tries, _)) = rest.peek() {
        let label = format!("{tries}+");
        let n: u64 = rest.map(|(_, n)| n).sum();
        parts.push(format!("{label}: {}", count(n)));
    }
    format!("checkouts by tries  {}", parts.join(" · "))
}

fn throughput(summary: &Summary<'_>) -> Vec<String> {
    let rate = |interval: Option<Interval>| match interval {
        Some(i) if i.half_width().is_finite() => {
            format!("{} ± {}", real(i.value), real(i.half_width()))
        }
        Some(i) => real(i.value),
        None => "-".into(),
    };
    let elapsed: u64 = summary.runs.iter().map(|run| run.elapsed_us).sum();
    let busy = summary.client_busy();
    vec![format!(
        "{} sales/s · {} attempts/s · {} in all · sim itself: {} cores{}",
        rate(summary.sales_per_s()),
        rate(summary.attempts_per_s()),
        duration(elapsed),
        real(summary.client_cores()),
        busy.map_or_else(String::new, |busy| format!(", busy {}", percent(busy))),
    )]
}

fn faults(summary: &Summary<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for faults in summary.runs.iter().map(|run| &run.faults) {
        lines.extend(
            faults
                .server_lost
                .iter()
                .map(|m| format!("server lost: {m}")),
        );
        lines.extend(
            faults
                .not_audited
                .iter()
                .map(|m| format!("not audited: {m}")),
        );
        let messages = faults.messages.iter();
        lines.extend(messages.map(|(message, n)| format!("{} x {message}", count(*n))));
    }
    lines.truncate(8);
    lines
}

fn times(summary: &Summary<'_>, scenario: &Scenario) -> String {
    let timing = &summary.timing;
    let mut table = table();
    table.set_header(["", "checkouts", "p50", "p90", "p95", "p99", "p99.9", "max"]);
    for outcome in Outcome::ALL {
        if let Some(latency) = timing.latency.get(&outcome) {
            let label = format!("{}, from arrival", outcome.name().replace('_', " "));
            table.add_row(row(&label, latency));
        }
    }
    if timing.latency.is_empty() {
        return String::new();
    }
    if timing.unrelated.count() > 0 {
        table.add_row(row("other products, from arrival", &timing.unrelated));
    }
    table.add_row(row("holding a connection", &timing.service));
    table.add_row(row("waiting for one", &timing.queued));
    if scenario.arrival != Arrival::Burst {
        table.add_row(row("schedule lag", &timing.schedule_lag));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    if let Some(first) = table.column_mut(0) {
        first.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(23)));
    }
    let mut text = String::new();
    for line in table.to_string().lines() {
        let _ = writeln!(text, " {}", line.trim_end());
    }
    text
}

fn row(label: &str, latency: &Latency) -> Vec<String> {
    let mut row = vec![label.to_owned(), count(latency.count())];
    row.extend([50.0, 90.0, 95.0, 99.0, 99.9].map(|p| duration(latency.percentile_us(p))));
    row.push(duration(latency.max_us()));
    row
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}
