//! One scenario, its strategies side by side, with what each costs.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use super::heading::{footer, heading};
use super::matrix::{meanings, not_run, notes, paint};
use super::style::{BOLD, DIM};
use super::{results, wrap};
use crate::oracle::Verdict;
use crate::report::dossier::document::{Results, Study};
use crate::report::facts::broken::Columns;
use crate::report::facts::comparison::{Compared, compare};
use crate::report::facts::conclusion::conclusion;
use crate::report::facts::explain;
use crate::report::facts::number::{count, duration, many, percent_at_most, real};
use crate::report::facts::statistics::zero_events_bound;
use crate::report::facts::summary::Summary;
use crate::report::{ExploredCell, Report};
use crate::shop::Isolation;

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
    let columns = Columns::of(compared.iter().map(|one| &one.summary));
    let mut page = String::new();
    for isolation in Isolation::ALL {
        let at_level = |c: &&Compared<'_>| c.summary.cell.level == isolation;
        let rows: Vec<&Compared<'_>> = compared.iter().filter(at_level).collect();
        if !rows.is_empty() {
            let _ = writeln!(page, "{BOLD}at {isolation}{BOLD:#}");
            page.push_str(&table(study, &columns, &rows));
            page.push('\n');
        }
    }
    page.push_str(&legend(study, load, &columns));
    let summaries = load.summaries();
    page.push_str(&meanings(&summaries));
    page.push_str(&unrelated(&compared));
    page.push_str(&proofs(study));
    page.push_str(&notes(&summaries, &load.scenario));
    page.push_str(&certainty(load));
    let _ = writeln!(page, "\n{BOLD}{}{BOLD:#}", conclusion(study));
    page
}

/// What each cell costs, after what it breaks.
const COSTS: [&str; 6] = ["confl", "tries", "sale/s", "p50", "p99", "ratio"];

fn table(study: &Study, columns: &Columns, rows: &[&Compared<'_>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let mut header = vec!["strategy", "verdict"];
    header.extend(columns.rules().map(|rule| rule.short));
    header.extend(COSTS);
    table.set_header(header);
    for compared in rows {
        table.add_row(row(study, columns, compared));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    let summaries: Vec<_> = rows.iter().map(|row| &row.summary).collect();
    paint(&table.to_string(), &summaries)
}

fn row(study: &Study, columns: &Columns, compared: &Compared<'_>) -> Vec<String> {
    let summary = &compared.summary;
    if !summary.has_run() {
        return not_run(summary, columns.rules().len() + COSTS.len());
    }
    let latency = summary.latency();
    let ms = |percentile| real(latency.percentile_us(percentile) as f64 / 1e3);
    let or_dash = |value: Option<f64>| value.map_or("-".into(), real);
    let mut row = vec![
        summary.cell.subject.name().to_owned(),
        format!("{}{}", summary.verdict(), proof_mark(study, compared)),
    ];
    row.extend(columns.counts(&summary.findings).map(count));
    row.extend([
        or_dash(summary.conflicts_per_sale()),
        or_dash(summary.attempts_per_sale()),
        or_dash(summary.sales_per_s().map(|rate| rate.value)),
        ms(50.0),
        ms(99.0),
        ratio(compared),
    ]);
    row
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

/// How long the buyers took who did not want the product that most want.
fn unrelated(compared: &[Compared<'_>]) -> String {
    let mut text = String::new();
    for one in compared {
        let (cell, latency) = (one.summary.cell, &one.summary.timing.unrelated);
        if latency.count() == 0 {
            continue;
        }
        if text.is_empty() {
            text.push_str("\n  buyers of other products than the most wanted one, from arrival\n");
        }
        let _ = writeln!(
            text,
            "    {:<24} p50 {:>8}   p99 {:>8}",
            format!("{} {}", cell.subject, at_level(cell.level, compared)),
            duration(latency.percentile_us(50.0)),
            duration(latency.percentile_us(99.0)),
        );
    }
    text
}

/// The level, where there is more than one.
fn at_level(isolation: Isolation, compared: &[Compared<'_>]) -> String {
    let is_other = |c: &Compared<'_>| c.summary.cell.level != isolation;
    match compared.iter().any(is_other) {
        true => format!("at {isolation}"),
        false => String::new(),
    }
}

/// Where every order of a few buyers shows something else than the load.
fn proofs(study: &Study) -> String {
    let (Some(load), Some(exploration)) = (&study.load, &study.exploration) else {
        return String::new();
    };
    let mut text = String::new();
    let buyers = many(exploration.shape.buyers.into(), "buyer");
    for summary in load.summaries() {
        let cell = summary.cell;
        let explored = study.explored(cell);
        let is_other = |e: &&ExploredCell| !summary.has_run() || e.verdict() != summary.verdict();
        if let Some(explored) = explored.filter(is_other) {
            let verdict = explored.verdict();
            let _ = writeln!(
                text,
                "  {}: every order of {buyers}: {verdict}: {}",
                cell,
                explain::explored(verdict),
            );
        }
    }
    text
}

/// What "nothing was broken" is worth.
fn certainty(load: &Report) -> String {
    let is_safe = |s: &Summary<'_>| s.verdict() == Verdict::Safe;
    let runs = load.cells.iter().map(|cell| cell.runs.len()).min();
    let runs = runs.unwrap_or(0) as u64;
    if runs == 0 || !load.summaries().iter().any(is_safe) {
        return String::new();
    }
    format!(
        "\n  safe under load: 0 of {} broke anything; at 95 % fewer than {} of such runs would\n",
        many(runs, "run"),
        percent_at_most(zero_events_bound(runs)),
    )
}
