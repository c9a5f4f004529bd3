//! One scenario, its strategies side by side, with what each costs.

use std::fmt::Write as _;

use super::heading::{footer, heading};
use super::matrix::{self, NARROW, notes};
use super::style::{BOLD, DIM};
use super::table::{Row, by_level, meanings};
use super::{results, wrap};
use crate::oracle::Verdict;
use crate::report::Report;
use crate::report::dossier::document::{Results, Study};
use crate::report::facts::comparison::{Compared, compare};
use crate::report::facts::conclusion::conclusion;
use crate::report::facts::explain;
use crate::report::facts::number::{duration, many, percent_at_most, real};
use crate::report::facts::statistics::zero_events_bound;
use crate::report::facts::summary::Summary;
use crate::report::facts::table::{Columns, Number};

/// Renders every scenario with its cells side by side: what they break, what
/// they cost beside the reference, and what every order of a few buyers shows.
#[must_use]
pub fn comparison_to_terminal(results: &Results) -> String {
    let mut page = String::new();
    for study in &results.dossier.studies {
        if let Some(load) = &study.load {
            page.push_str(&title(study));
            page.push_str(&heading(load));
            page.push_str(&side_by_side(study, load));
            page.push_str(&footer(load));
        }
    }
    page.push_str(&results::gate(results));
    wrap::wrap(&page)
}

/// What the file says of itself.
fn title(study: &Study) -> String {
    match study.name.as_str() {
        "" => String::new(),
        _ if study.about.is_empty() => format!("{BOLD}{}{BOLD:#}\n\n", study.title),
        _ => format!("{BOLD}{}{BOLD:#}\n{}\n\n", study.title, study.about),
    }
}

fn side_by_side(study: &Study, load: &Report) -> String {
    let compared = compare(load, study.reference);
    let columns = Columns::of(compared.iter().map(|one| &one.summary), &COSTS);
    let rows = compared.iter().map(|one| row(study, &columns, one));
    let rows: Vec<Row> = rows.collect();
    let mut page = by_level(&columns.headings(|rule| rule.short), &rows, NARROW);
    page.push_str(&legend(study, load, &columns));
    page.push_str(&meanings(&rows, explain::meaning));
    page.push_str(&unrelated(&compared));
    page.push_str(&proofs(study, &compared));
    page.push_str(&notes(&load.summaries(), &load.scenario));
    page.push_str(&certainty(&compared));
    let _ = writeln!(page, "\n{BOLD}{}{BOLD:#}", conclusion(study));
    page
}

/// What each cell costs, after what it breaks.
const COSTS: [(&str, Number); 6] = [
    ("confl", Number::ConflictsPerSale),
    ("tries", Number::AttemptsPerSale),
    ("sale/s", Number::SalesPerS),
    ("p50", Number::Percentile(50.0)),
    ("p99", Number::Percentile(99.0)),
    ("ratio", Number::Ratio),
];

fn row(study: &Study, columns: &Columns, compared: &Compared<'_>) -> Row {
    let mark = proof_mark(study, compared);
    matrix::row(
        &compared.summary,
        columns,
        mark,
        |(number, value)| match number {
            Number::Ratio => ratio(compared),
            // In milliseconds, as the legend says.
            Number::Percentile(_) => real(value.number.unwrap_or(0.0) / 1e3),
            _ => value.to_string(),
        },
    )
}

/// `1.23 (1.11-1.36)*`: with its 95 % interval, and a star if the difference is
/// more than noise.
fn ratio(compared: &Compared<'_>) -> String {
    let Some(ratio) = compared.ratio else {
        return "-".into();
    };
    if compared.is_reference {
        return "1".into();
    }
    let star = if compared.is_real() { "*" } else { "" };
    let value = real(ratio.value);
    match ratio.high.is_finite() {
        true => format!("{value} ({}-{}){star}", real(ratio.low), real(ratio.high)),
        false => value,
    }
}

/// Whether every order of a few buyers shows the same.
fn proof_mark(study: &Study, compared: &Compared<'_>) -> &'static str {
    let cell = compared.summary.cell;
    match study.explored(cell) {
        None if study.exploration.is_some() => "?",
        None => "",
        Some(explored) if explored.verdict() == compared.summary.verdict() => "+",
        Some(explored) if explored.verdict() == Verdict::Inconclusive => "?",
        Some(_) => "~",
    }
}

fn legend(study: &Study, load: &Report, columns: &Columns) -> String {
    let mut text = format!(
        "{DIM}{}confl, tries: conflicts and attempts for each sale · p50, p99: ms from arrival to answer\n",
        columns.legend(),
    );
    if let Some(reference) = study.reference {
        let _ = writeln!(
            text,
            "ratio: sales a second beside {reference} (2: twice as many), with its 95 % \
             interval; * is more than noise (all stars of a table at 5 %, after Holm); not compared where \
             something is broken"
        );
    }
    if let Some(exploration) = &study.exploration {
        let buyers = many(exploration.shape.buyers.into(), "buyer");
        let _ = writeln!(
            text,
            "+: every order of {buyers} was tried, and shows the same · ~: shows something else · ?: not \
             every order was"
        );
    }
    let runs = many(load.scenario.runs.into(), "round");
    let _ = writeln!(text, "{runs}, in turns{DIM:#}\n");
    text
}

/// Latency of the buyers of other products than the one that most want.
fn unrelated(compared: &[Compared<'_>]) -> String {
    let level = compared.first().map(|one| one.summary.cell.level);
    let is_of_one = compared
        .iter()
        .all(|one| Some(one.summary.cell.level) == level);
    let line = |one: &Compared<'_>| {
        let (cell, latency) = (one.summary.cell, &one.summary.timing.unrelated);
        // The level, where there is more than one.
        let name = match is_of_one {
            true => cell.subject.to_string(),
            false => cell.to_string(),
        };
        let [p50, p99] = [50.0, 99.0].map(|p| duration(latency.percentile_us(p)));
        format!("    {name:<24} p50 {p50:>8}   p99 {p99:>8}\n")
    };
    let waited = compared
        .iter()
        .filter(|one| one.summary.timing.unrelated.count() > 0);
    match waited.map(line).collect::<String>() {
        none if none.is_empty() => none,
        lines => {
            format!("\n  buyers of other products than the most wanted one, from arrival\n{lines}")
        }
    }
}

/// Where every order of a few buyers shows something else than the load.
fn proofs(study: &Study, compared: &[Compared<'_>]) -> String {
    let Some(exploration) = &study.exploration else {
        return String::new();
    };
    let buyers = many(exploration.shape.buyers.into(), "buyer");
    let line = |summary: &Summary<'_>| {
        let (cell, explored) = (summary.cell, study.explored(summary.cell)?.verdict());
        let is_same = summary.has_run() && explored == summary.verdict();
        let meaning = explain::explored(explored);
        let line = || format!("  {cell}: every order of {buyers}: {explored}: {meaning}\n");
        (!is_same).then(line)
    };
    compared
        .iter()
        .filter_map(|one| line(&one.summary))
        .collect()
}

/// What "nothing was broken" is worth.
fn certainty(compared: &[Compared<'_>]) -> String {
    let is_safe = |one: &Compared<'_>| one.summary.verdict() == Verdict::Safe;
    let runs = compared.iter().map(|one| one.summary.runs.len()).min();
    let runs = runs.unwrap_or(0) as u64;
    if runs == 0 || !compared.iter().any(is_safe) {
        return String::new();
    }
    format!(
        "\n  safe under load: 0 of {} broke anything; at 95 % fewer than {} of such runs would\n",
        many(runs, "run"),
        percent_at_most(zero_events_bound(runs)),
    )
}
