//! One cell in detail.

use std::fmt::Display;
use std::slice;

use super::style::{self, expectation, sections};
use super::table::{Column, Entry, Sheet};
use crate::load::Latency;
use crate::report::facts::number::{count, duration, joined, many, percent, percent_at_most, real};
use crate::report::facts::statistics::{Interval, share_interval, zero_events_bound};
use crate::report::facts::summary::Summary;
use crate::report::facts::{broken, explain, own_load, put_in, words};
use crate::scenario::{Arrival, Scenario};
use crate::shop::{Conflict, Outcome};

/// Blanks before the table of times.
const MARGIN: usize = 2;

pub(super) fn render(summary: &Summary<'_>, scenario: &Scenario, columns: usize) -> String {
    let mut page = headline(summary);
    if !summary.has_run() {
        return page;
    }
    let busy = explain::busy_client(slice::from_ref(summary));
    for line in explain::advice(summary, scenario, "--")
        .into_iter()
        .chain(busy)
    {
        page += &format!("  {line}\n");
    }
    page.push('\n');
    let all = [
        ("violations", violations(summary)),
        ("put in", put_in::in_words(summary).into_iter().collect()),
        ("found", own_load::found(summary)),
        ("evidence", evidence(summary)),
        ("runs", runs(summary)),
        ("outcomes", outcomes(summary)),
        ("conflicts", conflicts(summary)),
        ("retries", retries(summary)),
        ("throughput", throughput(summary)),
        ("faults", faults(summary)),
    ];
    page.push_str(&sections(all, columns));
    page.push('\n');
    page.push_str(&times(summary, scenario, columns));
    page
}

fn headline(summary: &Summary<'_>) -> String {
    let verdict = summary.verdict();
    let (word, meaning) = match summary.has_run() {
        true => (verdict.name().to_uppercase(), explain::meaning(verdict)),
        false => ("NOT RUN".into(), explain::NOTHING_FOUND),
    };
    style::headline(
        &word,
        verdict,
        summary.cell,
        &expectation(summary, true),
        meaning,
    )
}

fn violations(summary: &Summary<'_>) -> Vec<String> {
    let found = broken::in_words(&summary.findings);
    if found.is_empty() {
        return vec!["none".into()];
    }
    let found = found
        .into_iter()
        .map(|(name, number)| format!("{name} {number}"));
    let mut lines = vec![joined(found, " · ")];
    let others = summary.judgement.proven.iter().skip(1);
    lines.extend(others.map(|also| format!("also {also}: {}", explain::meaning(*also))));
    lines
}

fn evidence(summary: &Summary<'_>) -> Vec<String> {
    let e = &summary.evidence;
    if e.of_own_tables {
        let signs = nonzero([
            (e.overlapping, "attempts during which another one committed"),
            (e.conflicts, "lost"),
            (e.blocked_waits, "blocked waits seen"),
        ]);
        return vec![if signs.is_empty() {
            "none".into()
        } else {
            signs
        }];
    }
    let races = nonzero([(e.overlapping, "refused"), (e.conflicts, "in conflict")]);
    let races = match races.as_str() {
        "" => "no race for the last units".to_owned(),
        races => format!("races for the last units: {races}"),
    };
    let waits = (e.blocked_waits > 0).then(|| many(e.blocked_waits, "blocked wait") + " seen");
    vec![joined([races].into_iter().chain(waits), " · ")]
}

/// `60 sold · 540 sold out`, without what did not occur.
fn nonzero<W: Display>(all: impl IntoIterator<Item = (u64, W)>) -> String {
    let occurring = all.into_iter().filter(|(n, _)| *n > 0);
    joined(
        occurring.map(|(n, what)| format!("{} {what}", count(n))),
        " · ",
    )
}

fn runs(summary: &Summary<'_>) -> Vec<String> {
    let n = summary.runs.len() as u64;
    if n < 2 {
        return Vec::new();
    }
    let broken = summary.runs_broken;
    let bound = match share_interval(broken, n) {
        _ if broken == 0 => format!(
            "{} can miss what breaks up to {} of runs",
            many(n, "run"),
            percent_at_most(zero_events_bound(n))
        ),
        Some(Interval { low, high, .. }) => {
            format!("95 % interval {} to {}", percent(low), percent(high))
        }
        None => String::new(),
    };
    let (broken, n) = (count(broken), count(n));
    vec![format!("{broken} of {n} broke something; {bound}")]
}

fn outcomes(summary: &Summary<'_>) -> Vec<String> {
    let all = Outcome::ALL.map(|outcome| {
        (
            summary.outcomes.get(outcome),
            words::answer(outcome, summary.is_own),
        )
    });
    let mut lines = vec![nonzero(all)];
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
    let found = Conflict::ALL.iter().filter_map(|kind| {
        let n = effort.conflicts.get(kind)?;
        let name = kind.name().replace('_', " ");
        Some(format!("{} {name} ({})", count(*n), kind.sign()))
    });
    let others = effort.sqlstates.iter();
    let others = others.filter(|(state, _)| Conflict::from_sqlstate(state).is_none());
    let others = others.map(|(state, n)| format!("{} x SQLSTATE {state}", count(*n)));
    let mut lines = match joined(found, " · ") {
        none if none.is_empty() => vec!["none".into()],
        found => vec![found],
    };
    let others = joined(others, " · ");
    if !others.is_empty() {
        lines.push(format!("besides: {others}"));
    }
    lines
}

fn retries(summary: &Summary<'_>) -> Vec<String> {
    let effort = &summary.effort;
    let (attempts, lost) = (effort.attempts, effort.lost_attempts());
    if lost == 0 {
        return vec![format!("none; {}", many(attempts, "attempt"))];
    }
    let per_sale = summary.attempts_per_sale();
    let sale = if summary.is_own { "done" } else { "sale" };
    let per_sale = per_sale.map(|ratio| format!("{} for each {sale}, ", real(ratio)));
    let wasted = effort.wasted_us as f64 / effort.service_us.max(1) as f64;
    let in_all = format!(
        "{}: {}{} lost, {} of the time on connections wasted",
        many(attempts, "attempt"),
        per_sale.unwrap_or_default(),
        count(lost),
        percent(wasted),
    );
    vec![in_all, tries_histogram(summary)]
}

/// `tries 1: 398 · 2: 31 · 3: 12 · 7+: 4`, at most six entries.
fn tries_histogram(summary: &Summary<'_>) -> String {
    const SHOWN: usize = 6;
    let mut by_tries = summary.effort.checkouts_by_tries.iter();
    let shown = by_tries.by_ref().take(SHOWN);
    let mut parts: Vec<String> = shown
        .map(|(tries, n)| format!("{tries}: {}", count(*n)))
        .collect();
    if let Some((tries, n)) = by_tries.next() {
        let n = n + by_tries.map(|(_, n)| n).sum::<u64>();
        parts.push(format!("{tries}+: {}", count(n)));
    }
    format!("checkouts by tries  {}", parts.join(" · "))
}

fn throughput(summary: &Summary<'_>) -> Vec<String> {
    let rate = |interval: Option<Interval>| {
        let half = interval
            .map(|mean| mean.half_width())
            .filter(|half| half.is_finite());
        let half = half.map_or_else(String::new, |half| format!(" ± {}", real(half)));
        interval.map_or("-".into(), |mean| real(mean.value)) + &half
    };
    let elapsed: u64 = summary.runs.iter().map(|run| run.elapsed_us).sum();
    let sales = if summary.is_own { "done" } else { "sales" };
    vec![format!(
        "{} {sales}/s · {} attempts/s · {} in all",
        rate(summary.sales_per_s()),
        rate(summary.attempts_per_s()),
        duration(elapsed),
    )]
}

fn faults(summary: &Summary<'_>) -> Vec<String> {
    let all = explain::faults(summary.runs);
    all.take(8).map(|(what, message)| what + message).collect()
}

/// The percentiles; where there is no room for all, the inner ones go first.
const TIMES: [Column; 8] = [
    Column::left("", 0),
    Column::right("checkouts", 3),
    Column::right("p50", 0),
    Column::right("p90", 4),
    Column::right("p95", 5),
    Column::right("p99", 0),
    Column::right("p99.9", 2),
    Column::right("max", 1),
];

fn times(summary: &Summary<'_>, scenario: &Scenario, columns: usize) -> String {
    let timing = &summary.timing;
    if timing.latency.is_empty() {
        return String::new();
    }
    let mut rows: Vec<(String, &Latency)> = Vec::new();
    for outcome in Outcome::ALL {
        let told = words::answer(outcome, summary.is_own);
        let label = format!("{told}, from arrival");
        rows.extend(timing.latency.get(&outcome).map(|latency| (label, latency)));
    }
    if timing.unrelated.count() > 0 {
        rows.push(("other products, from arrival".into(), &timing.unrelated));
    }
    rows.push(("holding a connection".into(), &timing.service));
    rows.push(("waiting for a connection".into(), &timing.queued));
    if scenario.arrival != Arrival::Burst {
        rows.push(("schedule lag".into(), &timing.schedule_lag));
    }
    let entries: Vec<Vec<Entry>> = rows
        .iter()
        .map(|(label, times)| row(label, times))
        .collect();
    let sheet = Sheet::fit(&TIMES, &entries, columns - MARGIN);
    let lines = entries.iter().map(|row| sheet.line(row));
    let line = |line: String| format!("{:MARGIN$}{line}\n", "");
    [sheet.head()].into_iter().chain(lines).map(line).collect()
}

fn row(label: &str, latency: &Latency) -> Vec<Entry> {
    let times = [50.0, 90.0, 95.0, 99.0, 99.9].map(|p| latency.percentile_us(p));
    let times = times.into_iter().chain([latency.max_us()]).map(duration);
    let texts = [label.to_owned(), count(latency.count())].into_iter();
    texts.chain(times).map(Entry::plain).collect()
}
