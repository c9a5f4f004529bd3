//! Every number of every cell, to be sorted.

use maud::{Markup, html};

use super::section::Section;
use super::verdict::{badge, surprise};
use crate::report::facts::comparison::Compared;
use crate::report::facts::explain;
use crate::report::facts::number::{capitalised, real};
use crate::report::facts::table::{Columns, Number, Quantity};

/// Which cell it is, and what it shows.
const NAMES: [&str; 3] = ["Strategy", "Isolation", "Verdict"];
/// What each cell costs, after what it breaks.
const COSTS: [(&str, Number); 9] = [
    ("Ratio to the reference", Number::Ratio),
    ("Sales/s", Number::SalesPerS),
    ("p50", Number::Percentile(50.0)),
    ("p99", Number::Percentile(99.0)),
    ("Conflicts a sale", Number::ConflictsPerSale),
    ("Attempts a sale", Number::AttemptsPerSale),
    ("Signs of contention", Number::Signs),
    ("Client CPU", Number::ClientCores),
    ("Client busy", Number::ClientBusy),
];

pub(super) fn render(section: &Section<'_>) -> Markup {
    let id = section.id("costs");
    let columns = Columns::of(section.compared.iter().map(|cell| &cell.summary), &COSTS);
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
                            @for (name, _) in COSTS { th.n scope="col" { (name) } }
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
    let verdict = summary.verdict();
    html! {
        tr.reference[cell.is_reference] {
            th scope="row" { (summary.cell.subject) }
            td { (summary.cell.level) }
            td data-value=(verdict as u8) {
                (badge(verdict))
                (surprise(verdict, summary.expected))
                @if let Some(reserve) = explain::reserve(summary) { span.surprise { (reserve) } }
            }
            @for (number, value) in columns.row(summary) {
                @match number {
                    Number::Ratio => (ratio(cell)),
                    _ => (entry(number, value)),
                }
            }
        }
    }
}

/// Pale where nothing was measured, or is broken.
fn entry(number: Number, value: Quantity) -> Markup {
    let is_zero = matches!(number, Number::Broken(_)) && value.number == Some(0.0);
    html! {
        @match value.number {
            Some(number) => td.n.zero[is_zero] data-value=(number) {
                (value)
                @if let Some(half) = value.spread { small { " ± " (real(half)) } }
            }
            None => td.n.zero { (value) }
        }
    }
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
        (false, _) if !ratio.half_width().is_finite() => explain::interval(ratio),
        (false, true) => format!("{} to {}, real", real(ratio.low), real(ratio.high)),
        (false, false) => format!("{} to {}, within noise", real(ratio.low), real(ratio.high)),
    };
    html! {
        td.n data-value=(ratio.value) { (real(ratio.value)) small { " " (note) } }
    }
}
