//! What a result is held to: the verdict of each cell, and thresholds.

use std::slice;

use super::{broken, explain, own_load, unfollowed, wrong};
use crate::load::{Latency, RunResult};
use crate::oracle::{Claim, Verdict};
use crate::report::dossier::document::{Dossier, Study};
use crate::report::dossier::exploration::{Exploration, ExploredCell, PlannedCell};
use crate::report::dossier::load::Report;
use crate::report::facts::expectation::{Expectation, NOT_RUN, Of, Status, missing};
use crate::report::facts::number::{count, duration, real};
use crate::report::facts::summary::Summary;
use crate::scenario::{Count, Metric, Threshold};

/// What is found where a value cannot be computed, such as attempts for each
/// sale where nothing was sold.
const NOTHING: &str = "nothing was measured";

/// Everything that was expected, study by study: of all that was planned,
/// whether it ran or not.
#[must_use]
pub fn expectations(dossier: &Dossier) -> Vec<Expectation> {
    let studies = dossier.studies.iter();
    studies.flat_map(|study| of_study(dossier, study)).collect()
}

/// Everything that was expected of one study.
pub(in crate::report) fn of_study(dossier: &Dossier, study: &Study) -> Vec<Expectation> {
    let mut all = Vec::new();
    if let Some(load) = &study.load {
        let summaries = load.summaries();
        all.extend(summaries.iter().map(|s| of_load(dossier, study, load, s)));
        for threshold in &study.thresholds {
            let is_bound = |s: &&Summary<'_>| threshold.binds(s.cell.subject, s.expected);
            let bound = summaries.iter().filter(is_bound);
            all.extend(bound.map(|summary| of_threshold(dossier, study, threshold, summary)));
        }
    }
    if let Some(exploration) = &study.exploration {
        let plan = exploration.plan().into_iter();
        all.extend(plan.map(|cell| of_exploration(dossier, study, exploration, cell)));
    }
    all
}

/// Of a cell that did not run.
fn not_run(dossier: &Dossier, study: &Study, of: Of, planned: PlannedCell) -> Expectation {
    let (status, why) = missing(dossier);
    Expectation {
        study: study.name.clone(),
        cell: planned.cell,
        of,
        expected: planned.expected.map(|claim| claim.to_string()),
        found: NOT_RUN.into(),
        has_run: false,
        status,
        trouble: Some(why),
        details: Vec::new(),
    }
}

fn of_exploration(
    dossier: &Dossier,
    study: &Study,
    exploration: &Exploration,
    (planned, explored): (PlannedCell, Option<&ExploredCell>),
) -> Expectation {
    let not_run = not_run(dossier, study, Of::Exploration, planned);
    let Some(cell) = explored else {
        return not_run;
    };
    let mut details =
        vec![explain::explored(cell.verdict(), exploration.tables.is_some()).to_owned()];
    details.extend(wrong::of_cell(cell));
    details.extend(unfollowed::in_lines(&cell.found));
    details.extend(explain::reproduced(&cell.found));
    let again = cell.found.example.as_ref();
    let again = again.map(|trace| exploration.replay(cell.cell, &trace.schedule));
    details.extend(again.map(|command| format!("again: {command}")));
    details.extend(explain::covered(&cell.found));
    let is_proven = !cell.found.judgement.proven.is_empty();
    let is_bounded = matches!(cell.expected, Some(Claim::SafeWithin(_)));
    let (status, trouble) = match &cell.found.fault {
        Some(fault) => (Status::Error, Some(format!("it could not go on: {fault}"))),
        None if is_proven && !cell.holds() => (Status::Differs, None),
        // What was asked for was run whole, whatever was to follow.
        None if is_bounded && cell.holds() => (Status::Holds, None),
        None if cell.is_interrupted() => {
            let (status, why) = missing(dossier);
            (status, Some(format!("not every schedule was tried: {why}")))
        }
        None => (judged(cell.verdict(), cell.expected, cell.holds()), None),
    };
    Expectation {
        found: cell.verdict().to_string(),
        has_run: true,
        status,
        trouble,
        details,
        ..not_run
    }
}

/// What becomes of a verdict that was found by a whole search or run.
fn judged(found: Verdict, expected: Option<Claim>, holds: bool) -> Status {
    match (expected, found) {
        (None, Verdict::Unsupported | Verdict::Inconclusive) => Status::Unproven,
        _ if holds => Status::Holds,
        _ => Status::Differs,
    }
}

/// What keeps the runs of a cell from being held against anything, if
/// something does.
fn trouble(dossier: &Dossier, summary: &Summary<'_>) -> Option<(Status, String)> {
    if let Some(fault) = explain::fault(summary) {
        return Some((Status::Error, fault));
    }
    let (status, why) = missing(dossier);
    match explain::missing_runs(summary) {
        _ if !summary.is_cut_short() => None,
        Some(runs) => Some((status, format!("it ended after {runs}: {why}"))),
        None => Some((status, why)),
    }
}

fn of_load(dossier: &Dossier, study: &Study, load: &Report, summary: &Summary<'_>) -> Expectation {
    let verdict = summary.verdict();
    let is_wrong = !summary.judgement.proven.is_empty() && !summary.holds();
    let (status, trouble) = match trouble(dossier, summary) {
        // What is proven is wrong, however many runs were to follow.
        Some((_, why)) if is_wrong && !summary.has_faults() => (Status::Differs, Some(why)),
        Some((status, why)) => (status, Some(why)),
        None => {
            let expected = summary.expected.map(Claim::Verdict);
            (judged(verdict, expected, summary.holds()), None)
        }
    };
    // Where nothing is proven, what lies behind it is the trouble alone.
    let is_bare = trouble.is_some() && summary.judgement.proven.is_empty();
    let (found, details) = match summary.has_run() {
        false => (NOT_RUN.into(), Vec::new()),
        true if is_bare => (verdict.to_string(), Vec::new()),
        true => (verdict.to_string(), grounds(study, load, summary)),
    };
    Expectation {
        found,
        has_run: summary.has_run(),
        status,
        trouble,
        details,
        ..not_run(dossier, study, Of::Load, planned(summary))
    }
}

fn planned(summary: &Summary<'_>) -> PlannedCell {
    PlannedCell {
        cell: summary.cell,
        expected: summary.expected.map(Claim::Verdict),
    }
}

/// What lies behind the verdict of many buyers.
fn grounds(study: &Study, load: &Report, summary: &Summary<'_>) -> Vec<String> {
    let verdict = summary.verdict();
    let mut details = vec![explain::meaning(verdict).to_owned()];
    let broken = broken::in_words(&summary.findings).into_iter();
    details.extend(broken.map(|(name, number)| format!("{name}: {number}")));
    details.extend(own_load::put_in_and_found(summary));
    // In a file the settings go by the same names, without dashes.
    let dashes = if study.name.is_empty() { "--" } else { "" };
    details.extend(explain::advice(summary, &load.scenario, dashes));
    details.extend(explain::busy_client(slice::from_ref(summary)));
    let is_control = summary.expected.is_some_and(|e| e != Verdict::Safe);
    if is_control && verdict == Verdict::Safe {
        details.push(format!(
            "a control that does not fail proves nothing: raise {dashes}buyers, \
             {dashes}connections or {dashes}runs"
        ));
    }
    details
}

fn of_threshold(
    dossier: &Dossier,
    study: &Study,
    threshold: &Threshold,
    summary: &Summary<'_>,
) -> Expectation {
    let (found, is_kept) = match measure(threshold, summary) {
        Some(value) => {
            let is_kept = threshold.is_kept_by(value);
            (in_words(threshold.metric, value), is_kept)
        }
        None if summary.has_run() => (NOTHING.into(), false),
        None => (NOT_RUN.into(), false),
    };
    // Too few runs, or checkouts that failed, leave no value to hold against a bound.
    let (status, trouble) = match trouble(dossier, summary) {
        Some((status, why)) => (status, Some(why)),
        None if is_kept => (Status::Holds, None),
        None => (Status::Differs, None),
    };
    Expectation {
        expected: Some(threshold.rule()),
        found,
        has_run: summary.has_run(),
        status,
        trouble,
        ..not_run(dossier, study, Of::Threshold, planned(summary))
    }
}

/// The value to hold against the bound. Of counts, which every run must keep,
/// it is the first that does not, or else that of the first run.
fn measure(threshold: &Threshold, summary: &Summary<'_>) -> Option<f64> {
    let runs = &summary.runs;
    match threshold.metric {
        _ if runs.is_empty() => None,
        Metric::Percentile(p) => latency(summary, |all| all.percentile_us(p)),
        Metric::LatencyMax => latency(summary, Latency::max_us),
        Metric::AttemptsPerSale => summary.attempts_per_sale(),
        Metric::SalesPerS => summary.sales_per_s().map(|rate| rate.value),
        Metric::AttemptsPerS => summary.attempts_per_s().map(|rate| rate.value),
        Metric::Count(count) => {
            let values: Vec<f64> = runs.iter().map(|run| counted(count, run) as f64).collect();
            let breach = values.iter().find(|value| !threshold.is_kept_by(**value));
            breach.or(values.first()).copied()
        }
    }
}

fn latency(summary: &Summary<'_>, of: impl Fn(&Latency) -> u64) -> Option<f64> {
    let all = summary.latency();
    (all.count() > 0).then(|| of(&all) as f64)
}

fn counted(count: Count, run: &RunResult) -> u64 {
    match count {
        Count::Outcome(outcome) => run.outcomes.get(outcome),
        Count::Conflict(kind) => run.effort.conflicts.get(&kind).copied().unwrap_or(0),
        Count::Conflicts => run.effort.lost_attempts(),
        Count::Attempts => run.effort.attempts,
        Count::Broken(rule) | Count::Rows(rule) => run.findings.count(rule),
    }
}

fn in_words(metric: Metric, value: f64) -> String {
    match metric {
        metric if metric.is_latency() => duration(value as u64),
        Metric::Count(_) => count(value as u64),
        _ => real(value),
    }
}
