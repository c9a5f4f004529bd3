//! Several cells side by side.

use super::style::{DIM, expectation};
use super::table::{Column, Entry, Painted, Row, by_level, meanings};
use crate::report::facts::number::{count, many};
use crate::report::facts::summary::Summary;
use crate::report::facts::table::{Columns, Number};
use crate::report::facts::words::on_own_tables;
use crate::report::facts::{explain, own_load};
use crate::scenario::Scenario;

/// What each cell costs, after what it breaks.
const COSTS: [(&str, Number); 6] = [
    ("sold", Number::Sold),
    ("conflicts", Number::ConflictsPerSale),
    ("tries", Number::AttemptsPerSale),
    ("sales/s", Number::SalesPerS),
    ("p50 ms", Number::Percentile(50.0)),
    ("p99 ms", Number::Percentile(99.0)),
];

/// The order in which columns go where there is no room for all, the last one first: that
/// something is broken is said by the verdict, and a proof by nothing else.
const KEPT: [&str; 9] = [
    "proof",
    "ratio",
    "over",
    "sales/s",
    "p99 ms",
    "tries",
    "p50 ms",
    "conflicts",
    "sold",
];

pub(super) fn render(summaries: &[Summary<'_>], scenario: &Scenario, columns: usize) -> String {
    let numbers = Numbers::of(summaries);
    let rows: Vec<Row> = summaries.iter().map(|s| numbers.row(s, [])).collect();
    let table = numbers.table(&rows, &[], columns);
    let legend = numbers.legend(&table, scenario);
    let mut page = format!("{}{DIM}{legend}{DIM:#}\n", table.text);
    page.push_str(&meanings(&rows, explain::meaning));
    page + &notes(summaries, scenario)
}

/// What stands in the table of a load, whichever command prints it.
pub(super) struct Numbers(Columns);

impl Numbers {
    pub(super) fn of(summaries: &[Summary<'_>]) -> Self {
        Self(Columns::of(summaries.iter(), &COSTS))
    }

    /// The row of a cell, with `more` behind its numbers.
    pub(super) fn row(&self, summary: &Summary<'_>, more: impl IntoIterator<Item = Entry>) -> Row {
        let numbers = self.0.row(summary).into_iter();
        let numbers = numbers.map(|(_, value)| Entry::plain(value.bare()));
        Row {
            cell: summary.cell,
            verdict: summary.has_run().then(|| summary.verdict()),
            others: numbers.chain(more).collect(),
            note: expectation(summary, false),
        }
    }

    /// The table of such rows. `more`: the headings behind the numbers.
    pub(super) fn table(&self, rows: &[Row], more: &[&'static str], columns: usize) -> Painted {
        let headings = self.0.headings(|rule| rule.short);
        let headings = headings.into_iter().chain(more.iter().copied());
        let columns_of_table: Vec<Column> = headings
            .map(|heading| Column::right(heading, rank(heading)))
            .collect();
        by_level(&columns_of_table, rows, columns)
    }

    /// What the columns that are shown count, and which are not.
    pub(super) fn legend(&self, table: &Painted, scenario: &Scenario) -> String {
        let mut text = table.left_out();
        for rule in self.0.rules().iter().filter(|rule| table.shows(rule.short)) {
            text += &format!("{}: {}\n", rule.short, rule.meaning);
        }
        let (lost, attempts) = match self.0.is_own() {
            true => (
                "attempts lost to one, for each done",
                "attempts for each done",
            ),
            false => (
                "attempts lost to one, for each sale",
                "attempts for each sale",
            ),
        };
        let costs = [
            ("conflicts", lost),
            ("tries", attempts),
            ("p50 ms", "from arrival to answer"),
            ("p99 ms", "from arrival to answer"),
        ];
        for told in costs.chunk_by(|(_, a), (_, b)| a == b) {
            let shown = told.iter().map(|(name, _)| *name);
            let shown: Vec<&str> = shown.filter(|name| table.shows(name)).collect();
            if let [_, ..] = shown.as_slice() {
                text += &format!("{}: {}\n", shown.join(", "), told[0].1);
            }
        }
        if scenario.runs > 1 {
            let runs = many(scenario.runs.into(), "run");
            text += &format!("{runs} of each, in turns; counts are the mean of a run\n");
        }
        text
    }
}

/// The place of a column in [`KEPT`]; kinds of damage that are rarer than overselling go
/// before what a fix costs.
fn rank(heading: &str) -> u8 {
    let is = |kept: &'static str| kept == heading || on_own_tables(kept) == heading;
    let at = KEPT.iter().position(|kept| is(kept));
    let rare = KEPT.iter().position(|kept| *kept == "p99 ms");
    at.or(rare).map_or(0, |at| at as u8 + 1)
}

/// What to change, and what went wrong, cell by cell, and what is true of many.
pub(super) fn notes(summaries: &[Summary<'_>], scenario: &Scenario) -> String {
    let of_cell = |summary: &Summary<'_>| {
        let mut lines = own_load::put_in_and_found(summary);
        lines.extend(explain::advice(summary, scenario, "--"));
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
