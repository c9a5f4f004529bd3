//! Several cells side by side.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use super::style::{BOLD, DIM, expectation, style};
use crate::oracle::Verdict;
use crate::report::facts::broken::Columns;
use crate::report::facts::explain;
use crate::report::facts::number::{count, duration, real};
use crate::report::facts::summary::Summary;
use crate::scenario::Scenario;
use crate::shop::Isolation;

pub(super) fn render(summaries: &[Summary<'_>], scenario: &Scenario) -> String {
    let columns = Columns::of(summaries.iter());
    let mut page = String::new();
    for isolation in Isolation::ALL {
        let at_level = |s: &&Summary<'_>| s.cell.level == isolation;
        let rows: Vec<&Summary<'_>> = summaries.iter().filter(at_level).collect();
        if !rows.is_empty() {
            let _ = writeln!(page, "{BOLD}at {isolation}{BOLD:#}");
            page.push_str(&table(&columns, &rows));
            page.push('\n');
        }
    }
    let _ = writeln!(
        page,
        "{DIM}{}tries: attempts for each sale · p50, p99: from arrival to answer, all outcomes{DIM:#}\n",
        columns.legend(),
    );
    page.push_str(&meanings(summaries));
    page.push_str(&notes(summaries, scenario));
    page.push_str(&conclusion(summaries));
    page
}

/// What to change, and what went wrong, cell by cell, and what is true of many.
pub(super) fn notes(summaries: &[Summary<'_>], scenario: &Scenario) -> String {
    let mut page = String::new();
    for summary in summaries.iter().filter(|summary| summary.has_run()) {
        let name = summary.cell.to_string();
        for line in explain::advice(summary, scenario) {
            let _ = writeln!(page, "  {name}: {line}");
        }
        for faults in summary.runs.iter().map(|run| &run.faults) {
            let messages = faults
                .messages
                .iter()
                .map(|(m, n)| format!("{} x {m}", count(*n)));
            let ends = faults
                .server_lost
                .iter()
                .chain(&faults.not_audited)
                .cloned();
            for line in messages.chain(ends).take(3) {
                let _ = writeln!(page, "  {name}: {line}");
            }
        }
    }
    if let Some(line) = explain::busy_client(summaries) {
        let _ = writeln!(page, "  {line}");
    }
    page
}

/// What each cell costs, after what it breaks.
const COSTS: [&str; 6] = ["sold", "conflicts", "tries", "sales/s", "p50", "p99"];

fn table(columns: &Columns, summaries: &[&Summary<'_>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let mut header = vec!["strategy", "verdict"];
    header.extend(columns.rules().map(|rule| rule.short));
    header.extend(COSTS);
    table.set_header(header);
    for summary in summaries {
        table.add_row(row(columns, summary));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    paint(&table.to_string(), summaries)
}

fn row(columns: &Columns, summary: &Summary<'_>) -> Vec<String> {
    if !summary.has_run() {
        return not_run(summary, columns.rules().len() + COSTS.len());
    }
    let all = summary.latency();
    let per_sale = summary.attempts_per_sale().map_or("-".into(), real);
    let sales = summary
        .sales_per_s()
        .map_or("-".into(), |rate| real(rate.value));
    let mut row = vec![
        summary.cell.subject.name().to_owned(),
        summary.word().to_owned(),
    ];
    row.extend(columns.counts(&summary.findings).map(count));
    row.extend([
        count(summary.outcomes.sold),
        count(summary.effort.lost_attempts()),
        per_sale,
        sales,
        duration(all.percentile_us(50.0)).replace(' ', ""),
        duration(all.percentile_us(99.0)).replace(' ', ""),
    ]);
    row
}

/// The row of a cell of which there is no number.
pub(super) fn not_run(summary: &Summary<'_>, numbers: usize) -> Vec<String> {
    let mut row = vec![
        summary.cell.subject.name().to_owned(),
        summary.word().to_owned(),
    ];
    row.extend(std::iter::repeat_n("-".to_owned(), numbers));
    row
}

/// Colours are put on afterwards, since the table counts characters.
pub(super) fn paint(table: &str, summaries: &[&Summary<'_>]) -> String {
    let mut painted = String::new();
    for (position, line) in table.lines().enumerate() {
        let line = line.trim_end();
        let summary = position.checked_sub(1).and_then(|row| summaries.get(row));
        let _ = match summary {
            None => writeln!(painted, "{BOLD}{line}{BOLD:#}"),
            Some(summary) => {
                let style = style(summary.verdict());
                let word = format!("{style}{}{style:#}", summary.word());
                // The verdict is the second column, and no strategy is named
                // like a verdict.
                let line = line.replacen(summary.word(), &word, 1);
                match expectation(summary, false) {
                    note if note.is_empty() => writeln!(painted, "{line}"),
                    note => writeln!(painted, "{line}\n    {DIM}{note}{DIM:#}"),
                }
            }
        };
    }
    painted
}

/// One line for each verdict that occurs.
pub(super) fn meanings(summaries: &[Summary<'_>]) -> String {
    let mut text = String::new();
    for verdict in Verdict::ALL {
        let mut runs = summaries.iter().filter(|summary| summary.has_run());
        if runs.any(|summary| summary.verdict() == verdict) {
            let style = style(verdict);
            let meaning = explain::meaning(verdict);
            let _ = writeln!(text, "  {style}{verdict:<13}{style:#} {meaning}");
        }
    }
    text
}

pub(super) fn conclusion(summaries: &[Summary<'_>]) -> String {
    let n = |is: fn(&&Summary<'_>) -> bool| summaries.iter().filter(is).count();
    let found = summaries.iter().filter(|s| s.has_run());
    let found = found.map(|s| (s.verdict(), s.expected));
    in_all(
        summaries.len(),
        summaries.iter().any(|s| s.expected.is_some()),
        &found.collect::<Vec<_>>(),
        [
            (n(|s| !s.has_run()), "not run"),
            (n(|s| s.has_run() && s.is_cut_short()), "cut short"),
            (n(|s| s.has_faults()), "faulty"),
        ],
    )
}

/// `all 3 cells are as expected`, or how many of them are something else; the
/// same of `safe` where nothing was expected.
pub(super) fn in_all(
    cells: usize,
    is_expected: bool,
    found: &[(Verdict, Option<Verdict>)],
    others: [(usize, &str); 3],
) -> String {
    let n = |is: fn(&(Verdict, Option<Verdict>)) -> bool| found.iter().filter(|f| is(f)).count();
    let differ = n(|(found, expected)| *found != expected.unwrap_or(Verdict::Safe));
    let open = n(|(found, _)| *found == Verdict::Inconclusive);
    let (well, unlike) = match is_expected {
        true => ("as expected", vec![(differ, "not as expected")]),
        false => (
            "safe",
            vec![(differ - open, "broken"), (open, "inconclusive")],
        ),
    };
    let unlike = unlike.into_iter().chain(others).filter(|(n, _)| *n > 0);
    let unlike: Vec<String> = unlike
        .enumerate()
        .map(|(at, (n, what))| match at {
            0 => format!("{n} of {cells} cells are {what}"),
            _ => format!("{n} {what}"),
        })
        .collect();
    match unlike.is_empty() {
        true => format!("\nall {cells} cells are {well}\n"),
        false => format!("\n{}\n", unlike.join(", ")),
    }
}
