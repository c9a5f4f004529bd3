//! One study: what it comes to, the verdict of each cell, what each costs.

use std::fmt::Write as _;

use super::escape::escape;
use crate::cell::{Cell, Subject};
use crate::oracle::Verdict;
use crate::report::dossier::document::Study;
use crate::report::facts::broken::Columns;
use crate::report::facts::comparison::{Compared, compare};
use crate::report::facts::conclusion::conclusion;
use crate::report::facts::expectation::NOT_RUN;
use crate::report::facts::explain;
use crate::report::facts::number::{count, duration, many, percent, real};
use crate::report::facts::statistics::Interval;
use crate::report::{ExploredCell, PlannedCell, Report, Summary};
use crate::shop::Isolation;

/// Of the faults of a study no more are told than this.
const FAULTS_MAX: usize = 8;

pub(super) fn render(study: &Study, with_costs: bool) -> String {
    let mut page = format!("\n#### {}\n", escape(&study.title));
    let (about, comes_to) = (escape(&study.about), escape(&conclusion(study)));
    for paragraph in [about, comes_to].iter().filter(|text| !text.is_empty()) {
        let _ = write!(page, "\n{paragraph}\n");
    }
    page.push_str(&faults(study));
    page.push_str(&verdicts(study));
    if let Some(load) = study.load.as_ref().filter(|_| with_costs) {
        page.push_str(&costs(study, load));
    }
    page
}

/// What went wrong that has nothing to do with concurrency.
fn faults(study: &Study) -> String {
    let runs = study.load.iter().flat_map(|load| &load.cells);
    let of_runs = runs.flat_map(|cell| &cell.runs).flat_map(|run| {
        let faults = &run.faults;
        let lost = faults.server_lost.iter();
        let lost = lost.map(|why| format!("server lost: {}", escape(why)));
        let unread = faults.not_audited.iter();
        let unread = unread.map(|why| format!("not audited: {}", escape(why)));
        let messages = faults.messages.iter();
        let messages = messages.map(|(what, n)| format!("{} x {}", count(*n), escape(what)));
        lost.chain(unread).chain(messages).collect::<Vec<_>>()
    });
    let cells = study.exploration.iter().flat_map(|e| &e.cells);
    let stopped = cells.filter_map(|cell| cell.found.fault.as_ref());
    let stopped = stopped.map(|why| format!("an exploration could not go on: {}", escape(why)));
    let all: Vec<String> = of_runs.chain(stopped).collect();
    if all.is_empty() {
        return String::new();
    }
    let mut list = String::from("\nFaults:\n\n");
    for fault in all.iter().take(FAULTS_MAX) {
        let _ = writeln!(list, "- {fault}");
    }
    if let Some(more @ 1..) = all.len().checked_sub(FAULTS_MAX) {
        let _ = writeln!(list, "- and {} more", count(more as u64));
    }
    list
}

/// Subject x isolation.
fn verdicts(study: &Study) -> String {
    let load: Vec<Summary<'_>> = study.load.iter().flat_map(Report::summaries).collect();
    let explored: Vec<(PlannedCell, Option<&ExploredCell>)> =
        study.exploration.iter().flat_map(|e| e.plan()).collect();
    let of_load = load.iter().map(|s| s.cell);
    let of_explored = explored.iter().map(|(planned, _)| planned.cell);
    let cells: Vec<Cell> = of_load.chain(of_explored).collect();
    let is_asked = |level: &Isolation| cells.iter().any(|cell| cell.level == *level);
    let levels: Vec<Isolation> = Isolation::ALL.into_iter().filter(is_asked).collect();
    if levels.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = levels.iter().map(|level| level.name()).collect();
    let mut table = format!(
        "\n| strategy | {} |\n|---|{}\n",
        names.join(" | "),
        "---|".repeat(names.len())
    );
    let mut subjects: Vec<Subject> = Vec::new();
    for cell in &cells {
        if !subjects.contains(&cell.subject) {
            subjects.push(cell.subject);
        }
    }
    for subject in subjects {
        let _ = write!(table, "| {subject} |");
        for level in &levels {
            let cell = Cell {
                subject,
                level: *level,
            };
            let is_load = |s: &&Summary<'_>| s.cell == cell;
            let load = load.iter().find(is_load).map(of_load_in_short);
            let explored = explored
                .iter()
                .find(|(planned, _)| planned.cell == cell)
                .map(|(_, explored)| of_exploration_in_short(*explored));
            let _ = write!(table, " {} |", both(study, load, explored));
        }
        table.push('\n');
    }
    table + &legend(study)
}

fn verdict(verdict: Verdict, holds: bool) -> String {
    match holds {
        true => verdict.to_string(),
        false => format!("**{verdict}**"),
    }
}

/// The verdict of many buyers, and what takes from its worth.
fn of_load_in_short(summary: &Summary<'_>) -> String {
    if !summary.has_run() {
        return NOT_RUN.into();
    }
    let verdict = verdict(summary.verdict(), summary.holds());
    match explain::reserve(summary) {
        None => verdict,
        Some(reserve) => format!("{verdict} ({reserve})"),
    }
}

/// The same of every order of a few.
fn of_exploration_in_short(explored: Option<&ExploredCell>) -> String {
    let Some(cell) = explored else {
        return NOT_RUN.into();
    };
    let verdict = verdict(cell.verdict(), cell.holds());
    match cell.found.fault {
        None => verdict,
        Some(_) => format!("{verdict} (fault)"),
    }
}

fn both(study: &Study, load: Option<String>, explored: Option<String>) -> String {
    let (load, explored) = (
        load.unwrap_or_else(|| "-".into()),
        explored.unwrap_or_else(|| "-".into()),
    );
    match (&study.load, &study.exploration) {
        (Some(_), Some(_)) => format!("{load} / {explored}"),
        (Some(_), None) => load,
        _ => explored,
    }
}

fn legend(study: &Study) -> String {
    let load = study.load.as_ref().map(|load| {
        let buyers = many(load.scenario.buyers.into(), "buyer");
        format!("{buyers} at full speed")
    });
    let explored = study.exploration.as_ref().map(|exploration| {
        let buyers = many(exploration.shape.buyers.into(), "buyer");
        format!("the orders of the statements of {buyers}")
    });
    let what = match (load, explored) {
        (Some(load), Some(explored)) => format!("{load} / {explored}"),
        (load, explored) => load.or(explored).unwrap_or_default(),
    };
    let loads = study.load.iter().flat_map(|load| &load.cells);
    let explored = study.exploration.iter().flat_map(|e| e.plan());
    let mut expected = loads.map(|cell| cell.expected);
    let mut of_orders = explored.map(|(cell, _)| cell.expected);
    let bold = match expected.any(|e| e.is_some()) || of_orders.any(|e| e.is_some()) {
        true => "not as expected",
        false => "not safe",
    };
    format!("\n{what}; in bold: {bold}\n")
}

/// What each cell costs, folded away.
fn costs(study: &Study, load: &Report) -> String {
    let mut rows = compare(load, study.reference);
    rows.retain(|row| row.summary.has_run());
    if rows.is_empty() {
        return String::new();
    }
    let columns = Columns::of(rows.iter().map(|row| &row.summary));
    let is_short = rows.iter().any(|row| row.summary.is_missing_runs());
    let up_to = if is_short { "up to " } else { "" };
    let beside = match study.reference {
        Some(cell) => format!(", beside {cell}"),
        None => String::new(),
    };
    let mut table = format!(
        "\n<details>\n<summary>What each costs{beside}</summary>\n\n\
         Units are totals of {up_to}{}; a ratio is of sales/s, with its 95 % interval, and only where \
         nothing was broken; \"faster\" and \"slower\" are corrected for all rows together (Holm, \
         5 %).\n\n\
         | strategy | isolation | {} | conflicts per sale \
         | attempts per sale | sales/s | p50 | p99 | client busy | ratio |\n\
         |---|---|{}--:|--:|--:|--:|--:|--:|---|\n",
        many(load.scenario.runs.into(), "run"),
        columns
            .rules()
            .map(|rule| rule.title)
            .collect::<Vec<_>>()
            .join(" | "),
        "--:|".repeat(columns.rules().len()),
    );
    for row in &rows {
        let _ = writeln!(table, "| {} |", cost(&columns, row).join(" | "));
    }
    table + "\n</details>\n"
}

fn cost(columns: &Columns, row: &Compared<'_>) -> Vec<String> {
    let summary = &row.summary;
    let latency = summary.latency();
    let none = || String::from("-");
    let at = |percentile| match latency.count() {
        0 => none(),
        _ => duration(latency.percentile_us(percentile)),
    };
    let mut cells = vec![
        summary.cell.subject.to_string(),
        summary.cell.level.to_string(),
    ];
    cells.extend(columns.counts(&summary.findings).map(count));
    cells.extend([
        summary.conflicts_per_sale().map_or_else(none, real),
        summary.attempts_per_sale().map_or_else(none, real),
        summary
            .sales_per_s()
            .map_or_else(none, |rate| real(rate.value)),
        at(50.0),
        at(99.0),
        summary.client_busy().map_or_else(none, percent),
        compared(row),
    ]);
    cells
}

fn compared(row: &Compared<'_>) -> String {
    let Some(ratio) = row.ratio else {
        return "-".into();
    };
    let judged = match row.is_real() {
        _ if row.is_reference => return "reference".into(),
        true if ratio.value > 1.0 => "faster",
        true => "slower",
        false => "within noise",
    };
    format!("{}, {judged}", spread(ratio))
}

/// A ratio with its interval; one run alone has none.
pub(super) fn spread(ratio: Interval) -> String {
    let value = real(ratio.value);
    match ratio.high.is_finite() {
        true => format!("{value} ({} to {})", real(ratio.low), real(ratio.high)),
        false => format!("{value} (one run)"),
    }
}
