//! Every number of every cell, to be sorted.

use maud::{Markup, html};

use super::section::Section;
use super::verdict::{badge, surprise};
use crate::report::facts::broken::Columns;
use crate::report::facts::comparison::Compared;
use crate::report::facts::explain;
use crate::report::facts::number::{capitalised, count, duration, percent, real};
use crate::report::facts::statistics::Interval;
use crate::report::facts::summary::Summary;

/// Which cell it is, and what it shows.
const NAMES: [&str; 3] = ["Strategy", "Isolation", "Verdict"];
/// What each cell costs, after what it breaks.
const COSTS: [&str; 9] = [
    "Ratio to the reference",
    "Sales/s",
    "p50",
    "p99",
    "Conflicts a sale",
    "Attempts a sale",
    "Signs of contention",
    "Client CPU",
    "Client busy",
];

pub(super) fn render(section: &Section<'_>) -> Markup {
    let id = section.id("costs");
    let columns = Columns::of(section.compared.iter().map(|cell| &cell.summary));
    html! {
        section aria-labelledby=(id) {
            h3 id=(id) { "What each costs" }
            p.muted {
                @if let Some(cell) = section.study.reference {
                    "The reference is " (cell) ". "
                }
                "Latency counts from arrival, whatever the answer; client CPU is the share of one \
                 core that sim itself took; client busy, the share of the time in which its \
                 busiest lane had something to do: near 100 %, sim is what was measured. \
                 Intervals are 95 %."
            }
            div.scroll.wide tabindex="0" role="region" aria-labelledby=(id) {
                table.sortable {
                    thead {
                        tr {
                            @for name in NAMES { th scope="col" { (name) } }
                            @for rule in columns.rules() {
                                th.n scope="col" title=(rule.meaning) { (capitalised(rule.title)) }
                            }
                            @for name in COSTS { th.n scope="col" { (name) } }
                        }
                    }
                    tbody {
                        @for cell in &section.compared { (row(&columns, cell)) }
                    }
                }
            }
        }
    }
}

fn row(columns: &Columns, cell: &Compared<'_>) -> Markup {
    let summary = &cell.summary;
    let all = summary.latency();
    let evidence = summary.evidence.total();
    html! {
        tr.reference[cell.is_reference] {
            th scope="row" { (summary.cell.subject) }
            td { (summary.cell.level) }
            td data-value=(summary.verdict() as u8) {
                (badge(summary.verdict()))
                (surprise(summary.verdict(), summary.expected))
                @if let Some(reserve) = explain::reserve(summary) { span.surprise { (reserve) } }
            }
            @for n in columns.counts(&summary.findings) {
                td.n.zero[n == 0] data-value=(n) { (count(n)) }
            }
            (ratio(cell))
            (goodput(summary))
            @for percentile in [50.0, 99.0] {
                @let us = (all.count() > 0).then(|| all.percentile_us(percentile) as f64);
                (number(us, |us| duration(us as u64)))
            }
            (number(summary.conflicts_per_sale(), real))
            (number(summary.attempts_per_sale(), real))
            td.n data-value=(evidence) { (count(evidence)) }
            (number(Some(summary.client_cores()), percent))
            (number(summary.client_busy(), percent))
        }
    }
}

fn number(value: Option<f64>, in_words: fn(f64) -> String) -> Markup {
    html! {
        @match value {
            Some(value) => td.n data-value=(value) { (in_words(value)) }
            None => td.n.zero { "-" }
        }
    }
}

fn goodput(summary: &Summary<'_>) -> Markup {
    html! {
        @match summary.sales_per_s() {
            Some(rate) => td.n data-value=(rate.value) {
                (real(rate.value)) @if has_spread(rate) { small { " ± " (real(rate.half_width())) } }
            }
            None => td.n.zero { "-" }
        }
    }
}

fn has_spread(interval: Interval) -> bool {
    interval.half_width().is_finite()
}

fn ratio(cell: &Compared<'_>) -> Markup {
    let Some(ratio) = cell.ratio else {
        let why = if cell.is_sound() {
            "cannot be compared"
        } else {
            "not compared: broken"
        };
        return html! { td.n.zero { small { (why) } } };
    };
    let note = match (cell.is_reference, cell.is_real()) {
        (true, _) => "reference".to_owned(),
        (false, _) if !has_spread(ratio) => explain::interval(ratio),
        (false, true) => format!("{} to {}, real", real(ratio.low), real(ratio.high)),
        (false, false) => format!("{} to {}, within noise", real(ratio.low), real(ratio.high)),
    };
    html! {
        td.n data-value=(ratio.value) { (real(ratio.value)) small { " " (note) } }
    }
}
