//! One cell in detail.

use std::slice;

use super::style::{self, expectation, sections};
use super::table::{self, Entry, Layout};
use crate::load::Latency;
use crate::report::facts::number::{count, duration, joined, many, percent, percent_at_most, real};
use crate::report::facts::statistics::{Interval, share_interval, zero_events_bound};
use crate::report::facts::summary::Summary;
use crate::report::facts::{broken, explain, words};
use crate::scenario::{Arrival, Scenario};
use crate::shop::{Conflict, Outcome};

/// The labels of the times are at least so wide.
const LABEL_MIN: usize = 21;

pub(super) fn render(summary: &Summary<'_>, scenario: &Scenario) -> String {
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
    page.push_str(&sections([
        ("violations", violations(summary)),
        ("evidence", evidence(summary)),
        ("runs", runs(summary)),
        ("outcomes", outcomes(summary)),
        ("conflicts", conflicts(summary)),
        ("retries", retries(summary)),
        ("throughput", throughput(summary)),
        ("faults", faults(summary)),
    ]));
    page.push('\n');
    page.push_str(&times(summary, scenario));
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
    let (broken, n) = (count(broken), count(n));
    vec![format!("{broken} of {n} broke something; {bound}")]
}

fn outcomes(summary: &Summary<'_>) -> Vec<String> {
    let words = Outcome::ALL.map(|outcome| {
        let n = summary.outcomes.get(outcome);
        format!("{} {}", count(n), words::outcome(outcome))
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
    let per_sale = per_sale.map(|ratio| format!("{} for each sale, ", real(ratio)));
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
    let all = explain::faults(summary.runs);
    all.take(8).map(|(what, message)| what + message).collect()
}

fn times(summary: &Summary<'_>, scenario: &Scenario) -> String {
    let timing = &summary.timing;
    if timing.latency.is_empty() {
        return String::new();
    }
    let mut rows: Vec<(String, &Latency)> = Vec::new();
    for outcome in Outcome::ALL {
        let label = format!("{}, from arrival", words::outcome(outcome));
        rows.extend(timing.latency.get(&outcome).map(|latency| (label, latency)));
    }
    if timing.unrelated.count() > 0 {
        rows.push(("other products, from arrival".into(), &timing.unrelated));
    }
    rows.push(("holding a connection".into(), &timing.service));
    rows.push(("waiting for one".into(), &timing.queued));
    if scenario.arrival != Arrival::Burst {
        rows.push(("schedule lag".into(), &timing.schedule_lag));
    }
    let header = ["checkouts", "p50", "p90", "p95", "p99", "p99.9", "max"].map(Entry::plain);
    let label = Entry::plain(" ".repeat(LABEL_MIN));
    let mut entries = vec![[label].into_iter().chain(header).collect()];
    entries.extend(rows.iter().map(|(label, latency)| row(label, latency)));
    let layout = Layout {
        margin: 2,
        gap: 2,
        is_left: |column| column == 0,
    };
    table::lines(&entries, layout).join("\n") + "\n"
}

fn row(label: &str, latency: &Latency) -> Vec<Entry> {
    let times = [50.0, 90.0, 95.0, 99.0, 99.9].map(|p| latency.percentile_us(p));
    let times = times.into_iter().chain([latency.max_us()]).map(duration);
    let texts = [label.to_owned(), count(latency.count())].into_iter();
    texts.chain(times).map(Entry::plain).collect()
}
