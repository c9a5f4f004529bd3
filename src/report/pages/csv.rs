//! CSV: one row a strategy x isolation x run, with fixed columns. Where a
//! column does not apply it is 0 or empty. A cell that was explored and has no run has one row,
//! in which everything else is empty.

use crate::cell::Cell;
use crate::load::{Latency, RunResult};
use crate::oracle::{RULES, Rule, Verdict};
use crate::report::dossier::document::{Dossier, Study};
use crate::report::dossier::load::{LoadCell, Report};
use crate::report::facts::summary::per_second;
use crate::report::facts::wrong;
use crate::scenario::{Arrival, Popularity, Scenario};
use crate::shop::{Conflict, Outcome};

/// A column's name and its value.
type Column = (String, String);

const PERCENTILES: [(&str, f64); 5] = [
    ("p50", 50.0),
    ("p90", 90.0),
    ("p95", 95.0),
    ("p99", 99.0),
    ("p99_9", 99.9),
];

/// Renders every finished run, with what the exploration of its cell found. Without runs and
/// explored cells there is not even a header, since nothing was found out.
///
/// # Errors
/// Never in practice: the rows go to memory and all have the same columns.
pub fn to_csv(dossier: &Dossier) -> Result<String, ::csv::Error> {
    let rows: Vec<Vec<Column>> = dossier.studies.iter().flat_map(rows).collect();
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    // Rows of cells that were only explored have few columns, all of which the others have too.
    if let Some(widest) = rows.iter().max_by_key(|row| row.len()) {
        writer.write_record(widest.iter().map(|(name, _)| name))?;
        for row in &rows {
            writer.write_record(widest.iter().map(|(name, _)| value(row, name)))?;
        }
    }
    let bytes = writer.into_inner().map_err(|e| e.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn rows(study: &Study) -> Vec<Vec<Column>> {
    let loads = study.load.iter();
    let cells = loads.flat_map(|load| load.cells.iter().map(move |cell| (load, cell)));
    let mut rows = Vec::new();
    for (load, cell) in cells {
        for run in &cell.runs {
            let mut row = columns(&study.name, load, cell, run);
            row.extend(explored(study, cell.cell));
            rows.push(row);
        }
    }
    let explored_cells = study.exploration.iter().flat_map(|found| &found.cells);
    for cell in explored_cells {
        let mut runs = study.load.iter().flat_map(|load| &load.cells);
        let has_run = runs.any(|load| load.cell == cell.cell && !load.runs.is_empty());
        if !has_run {
            let mut row = vec![
                text("scenario", &study.name),
                column("strategy", cell.cell.subject),
                column("isolation", cell.cell.level),
            ];
            row.extend(explored(study, cell.cell));
            rows.push(row);
        }
    }
    rows
}

/// The verdict over every schedule, and what is wrong in one sentence; empty of what was not
/// explored.
fn explored(study: &Study, cell: Cell) -> [Column; 2] {
    let is_own = study
        .exploration
        .as_ref()
        .is_some_and(|found| found.tables.is_some());
    let cell = study.explored(cell);
    let says = cell.map_or_else(String::new, |cell| wrong::in_a_sentence(cell, is_own));
    [
        column("explored", cell.map_or("", |cell| cell.verdict().name())),
        text("explored_says", &says),
    ]
}

fn value<'r>(row: &'r [Column], name: &str) -> &'r str {
    let found = row.iter().find(|(column, _)| column == name);
    found.map_or("", |(_, value)| value)
}

fn columns(scenario: &str, report: &Report, cell: &LoadCell, run: &RunResult) -> Vec<Column> {
    let mut row = vec![
        text("scenario", scenario),
        column("strategy", cell.cell.subject),
        column("isolation", cell.cell.level),
        column("run", run.run),
        column("verdict", run.judgement.verdict),
        column("expected", cell.expected.map_or("", Verdict::name)),
    ];
    row.extend(truth(run));
    row.extend(effort(run));
    row.extend(times(run));
    row.extend(configuration(&report.scenario));
    let server = report.server.as_ref();
    row.push(text("server", server.map_or("", |s| &s.product)));
    row.push(text("server_version", server.map_or("", |s| &s.version)));
    row.push(text("sim_version", &report.sim_version));
    row
}

fn truth(run: &RunResult) -> Vec<Column> {
    let broken = |rule: &Rule| column(rule.name, run.findings.count(rule.name));
    let mut row: Vec<Column> = RULES.iter().map(broken).collect();
    row.extend(Outcome::ALL.map(|outcome| column(outcome.name(), run.outcomes.get(outcome))));
    row.push(column("overlapping_attempts", run.evidence.overlapping));
    row.push(column("blocked_waits_seen", run.evidence.blocked_waits));
    row
}

fn effort(run: &RunResult) -> Vec<Column> {
    let effort = &run.effort;
    let mut row = vec![column("attempts", effort.attempts)];
    row.extend(Conflict::ALL.map(|kind| {
        let lost = effort.conflicts.get(&kind).copied().unwrap_or(0);
        column(&format!("conflicts_{}", kind.name()), lost)
    }));
    let per_sale = match run.outcomes.sold {
        0 => String::new(),
        sold => format!("{:.3}", effort.attempts as f64 / sold as f64),
    };
    let faults: u64 = run.faults.messages.values().sum();
    row.push(column("attempts_per_sale", per_sale));
    row.push(column("faults", faults));
    row.push(column("interrupted", run.faults.interrupted));
    let put_in = run.put_in.unwrap_or_default();
    row.push(column("connections_cut", put_in.cut));
    row.push(column("requests_lost", put_in.lost_requests));
    row.push(column("replies_lost", put_in.lost_replies));
    row.push(column("statements_paused", put_in.pauses));
    row
}

fn times(run: &RunResult) -> Vec<Column> {
    let rate = |count| format!("{:.1}", per_second(count, run.elapsed_us));
    let mut row = vec![
        column("elapsed_us", run.elapsed_us),
        column("client_cpu_us", run.client_cpu_us),
        column("client_busy_us", run.client_busy_us),
        column("service_us", run.effort.service_us),
        column("wasted_us", run.effort.wasted_us),
        column("sales_per_s", rate(run.outcomes.sold)),
        column("attempts_per_s", rate(run.effort.attempts)),
    ];
    for outcome in [Outcome::Sold, Outcome::SoldOut, Outcome::GaveUp] {
        let latency = run.timing.latency.get(&outcome).cloned();
        row.extend(latencies(outcome.name(), &latency.unwrap_or_default()));
    }
    row.extend(latencies("service", &run.timing.service));
    row.extend(latencies("queued", &run.timing.queued));
    row.extend(latencies("schedule_lag", &run.timing.schedule_lag));
    row.extend(latencies("unrelated", &run.timing.unrelated));
    row
}

fn latencies(prefix: &str, latency: &Latency) -> Vec<Column> {
    let named = |name: &str, us: u64| column(&format!("{prefix}_{name}_us"), us);
    let row = PERCENTILES
        .iter()
        .map(|(name, p)| named(name, latency.percentile_us(*p)));
    row.chain([named("max", latency.max_us())]).collect()
}

fn configuration(scenario: &Scenario) -> Vec<Column> {
    let (lock_order, faults) = (scenario.lock_order.name(), &scenario.faults);
    let (arrival, rate) = match scenario.arrival {
        Arrival::Burst => ("burst", String::new()),
        Arrival::Poisson { per_second } => ("poisson", per_second.to_string()),
    };
    let (popularity, exponent, share) = match scenario.popularity {
        Popularity::Uniform => ("uniform", String::new(), String::new()),
        Popularity::Zipf { exponent } => ("zipf", exponent.to_string(), String::new()),
        Popularity::Hot { share } => ("hot", String::new(), share.to_string()),
    };
    vec![
        column("buyers", scenario.buyers),
        column("products", scenario.products),
        column("stock", scenario.stock),
        column("lines", scenario.lines),
        column("units", scenario.units),
        column("duplicate_lines", scenario.duplicate_lines),
        column("lock_order", lock_order),
        column("popularity", popularity),
        column("zipf_exponent", exponent),
        column("hot_share", share),
        column("connections", scenario.connections),
        column("arrival", arrival),
        column("rate_per_s", rate),
        column("think_time_us", scenario.think_time_us),
        column("max_tries", scenario.max_tries),
        column("retry_delay_min_us", scenario.retry_delay.min_us),
        column("retry_delay_max_us", scenario.retry_delay.max_us),
        column("seed", scenario.seed),
        column("cut_share", faults.cut),
        column("lose_request_share", faults.lose_request),
        column("lose_reply_share", faults.lose_reply),
        column("pause_share", faults.pause),
        column("pause_us", faults.pause_us),
    ]
}

/// Text of a file, an argument or a server: never a formula, which a spreadsheet would carry out.
/// An apostrophe before it says that it is text.
fn text(name: &str, value: &str) -> Column {
    match value.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => column(name, format!("'{value}")),
        false => column(name, value),
    }
}

fn column(name: &str, value: impl ToString) -> Column {
    (name.to_owned(), value.to_string())
}
