//! Every number of every cell, level by level, to be sorted.

use maud::{Markup, html};

use super::section::Section;
use super::verdict::{badge, surprise};
use super::{latency, ratios};
use crate::report::facts::comparison::Compared;
use crate::report::facts::explain;
use crate::report::facts::number::real;
use crate::report::facts::summary::Summary;
use crate::report::facts::table::{Columns, Number, Quantity};
use crate::shop::Isolation;

/// What each cell costs. On a phone the first columns are all that is seen at once.
const COSTS: [(&str, Number); 9] = [
    ("Ratio to the reference", Number::Ratio),
    ("Sales/s", Number::SalesPerS),
    ("p50", Number::Percentile(50.0)),
    ("p99", Number::Percentile(99.0)),
    ("Attempts a sale", Number::AttemptsPerSale),
    ("Conflicts a sale", Number::ConflictsPerSale),
    ("Signs of contention", Number::Signs),
    ("Client CPU", Number::ClientCores),
    ("Client busy", Number::ClientBusy),
];

/// What a cell has in each column.
type Row = Vec<(Number, Quantity)>;

pub(super) fn render(section: &Section<'_>) -> Markup {
    let rows: Vec<Row> = section
        .compared
        .iter()
        .map(|cell| costs(&cell.summary))
        .collect();
    let columns = columns(&rows);
    let content = html! {
        (ratios::render(section))
        p.muted {
            "Latency counts from arrival, whatever the answer; client CPU is the share of one \
             core that sim itself took; client busy, the share of the time in which its \
             busiest thread had something to do: near 100 %, sim is what was measured. \
             Intervals are 95 %."
            @if !section.before.is_empty() { " Small numbers with an arrow: since the older result." }
        }
        div.scroll tabindex="0" role="region" aria-label=(section.label("Costs in numbers")) {
            table.sortable {
                thead {
                    tr {
                        th scope="col" { "Strategy" }
                        @for (name, _) in &columns { th.n scope="col" { (name) } }
                    }
                }
                @for level in section.levels_of_load() {
                    (group(section, level, &columns))
                }
            }
        }
        (latency::unrelated(section))
    };
    section.part("costs", "What each costs", &content)
}

/// The costs of which any cell has more than zero, each with its place in a row.
fn columns(rows: &[Row]) -> Vec<(&'static str, usize)> {
    let is_told = |at: usize| {
        let mut told = rows.iter().map(|row| row[at]);
        told.any(|(number, value)| {
            matches!(number, Number::Ratio) || value.number.is_some_and(|n| n != 0.0)
        })
    };
    let named = COSTS.iter().enumerate();
    let named = named.map(|(at, (name, _))| (*name, at));
    named.filter(|(_, at)| is_told(*at)).collect()
}

/// What a cell costs, in the order of [`COSTS`].
fn costs(summary: &Summary<'_>) -> Row {
    let columns = Columns::of(std::iter::once(summary), &COSTS);
    columns.row(summary).split_off(columns.rules().len())
}

fn group(section: &Section<'_>, level: Isolation, columns: &[(&str, usize)]) -> Markup {
    html! {
        tbody data-level=(level) {
            tr.level { th scope="rowgroup" colspan=(columns.len() + 1) { span { (section.place(level)) } } }
            @for cell in section.at_level(level) { (row(section, cell, columns)) }
        }
    }
}

fn row(section: &Section<'_>, cell: &Compared<'_>, columns: &[(&str, usize)]) -> Markup {
    let summary = &cell.summary;
    let verdict = summary.verdict();
    let now = costs(summary);
    let before = section
        .before
        .iter()
        .find(|old| old.cell == summary.cell && old.has_run());
    let before = before.map(costs);
    html! {
        tr.reference[cell.is_reference].broken[!cell.is_sound()] {
            th scope="row" data-value=(verdict as u8) {
                span.name { (summary.cell.subject) }
                (badge(verdict))
                (surprise(summary.expected.filter(|expected| *expected != verdict)))
                @if let Some(reserve) = explain::reserve(summary) { span.surprise { (reserve) } }
            }
            @for (_, at) in columns {
                @let (number, value) = now[*at];
                @let old = before.as_ref().and_then(|row| row[*at].1.number);
                @match number {
                    Number::Ratio => (ratio(cell)),
                    _ => (entry(value, old)),
                }
            }
        }
    }
}

/// Pale where nothing was measured.
fn entry(value: Quantity, old: Option<f64>) -> Markup {
    html! {
        @match value.number {
            Some(number) => td.n data-value=(number) {
                (value)
                @if let Some(half) = value.spread { small { " ± " (real(half)) } }
                @if let Some(old) = old { (delta(number, old)) }
            }
            None => td.n.zero { (value) }
        }
    }
}

/// By how much a number changed: `↑ 12 %`; of one that was zero, only which way.
fn delta(now: f64, old: f64) -> Markup {
    let share = ((now - old) / old).abs() * 100.0;
    let arrow = if now > old { "↑" } else { "↓" };
    html! {
        small.delta {
            @if share.is_nan() || share.round() == 0.0 { "=" }
            @else if share.is_finite() { (arrow) " " (format!("{share:.0}")) " %" }
            @else { (arrow) }
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
        (false, _) if !explain::is_telling(ratio) => {
            format!("{} to {}: too few runs", real(ratio.low), real(ratio.high))
        }
        (false, true) => format!("{} to {}, real", real(ratio.low), real(ratio.high)),
        (false, false) => format!("{} to {}, within noise", real(ratio.low), real(ratio.high)),
    };
    html! {
        td.n data-value=(ratio.value) {
            @if cell.is_reference || explain::is_telling(ratio) { (real(ratio.value)) } @else { "?" }
            small { " " (note) }
        }
    }
}
