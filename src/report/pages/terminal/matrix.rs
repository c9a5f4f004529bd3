//! Several cells side by side.

use std::fmt::Write as _;

use super::style::{DIM, expectation};
use super::table::{Layout, Row, by_level, conclusion, meanings};
use crate::report::facts::explain;
use crate::report::facts::number::{count, duration};
use crate::report::facts::summary::Summary;
use crate::report::facts::table::{Columns, Number, Quantity, Unit};
use crate::scenario::Scenario;

/// What each cell costs, after what it breaks.
const COSTS: [(&str, Number); 6] = [
    ("sold", Number::Sold),
    ("conflicts", Number::Conflicts),
    ("tries", Number::AttemptsPerSale),
    ("sales/s", Number::SalesPerS),
    ("p50", Number::Percentile(50.0)),
    ("p99", Number::Percentile(99.0)),
];

/// Names at the left, numbers at the right.
pub(super) const NARROW: Layout = Layout {
    margin: 0,
    gap: 1,
    is_left: |column| column < 2,
};

pub(super) fn render(summaries: &[Summary<'_>], scenario: &Scenario) -> String {
    let columns = Columns::of(summaries.iter(), &COSTS);
    let row = |summary| row(summary, &columns, "", |(_, value)| in_words(value));
    let rows: Vec<Row> = summaries.iter().map(row).collect();
    let mut page = by_level(&columns.headings(|rule| rule.short), &rows, NARROW);
    let _ = writeln!(
        page,
        "{DIM}{}tries: attempts for each sale · p50, p99: from arrival to answer, all outcomes{DIM:#}\n",
        columns.legend(),
    );
    let n = |is: fn(&&Summary<'_>) -> bool| summaries.iter().filter(is).count();
    page.push_str(&meanings(&rows, explain::meaning));
    page.push_str(&notes(summaries, scenario));
    page + &conclusion(
        &rows,
        n(|summary| summary.has_run() && summary.is_cut_short()),
        n(|summary| summary.has_faults()),
    )
}

/// Times without the blank before their unit.
fn in_words(value: Quantity) -> String {
    match value.unit {
        Unit::Time => duration(value.number.unwrap_or(0.0) as u64).replace(' ', ""),
        _ => value.to_string(),
    }
}

/// The row of a cell, with a dash for each number of one that did not run.
pub(super) fn row(
    summary: &Summary<'_>,
    columns: &Columns,
    mark: &'static str,
    in_words: impl Fn((Number, Quantity)) -> String,
) -> Row {
    let has_run = summary.has_run();
    let others = columns
        .row(summary)
        .into_iter()
        .map(|number| match has_run {
            true => in_words(number),
            false => "-".into(),
        });
    Row {
        cell: summary.cell,
        expected: summary.expected,
        verdict: has_run.then(|| summary.verdict()),
        mark: if has_run { mark } else { "" },
        others: others.collect(),
        note: expectation(summary, false),
    }
}

/// What to change, and what went wrong, cell by cell, and what is true of many.
pub(super) fn notes(summaries: &[Summary<'_>], scenario: &Scenario) -> String {
    let of_cell = |summary: &Summary<'_>| {
        let mut lines = explain::advice(summary, scenario, "--");
        for faults in summary.runs.iter().map(|run| &run.faults) {
            let messages = faults.messages.iter();
            let messages = messages.map(|(what, n)| format!("{} x {what}", count(*n)));
            let ends = faults.server_lost.iter().chain(&faults.not_audited);
            lines.extend(messages.chain(ends.cloned()).take(3));
        }
        let cell = summary.cell;
        lines
            .into_iter()
            .map(move |line| format!("  {cell}: {line}\n"))
    };
    let ran = summaries.iter().filter(|summary| summary.has_run());
    let busy = explain::busy_client(summaries).into_iter();
    let busy = busy.map(|line| format!("  {line}\n"));
    ran.flat_map(of_cell).chain(busy).collect()
}
