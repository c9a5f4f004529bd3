//! What a result is held to: the verdict of each cell, and thresholds.

use std::slice;

use super::Report;
use super::dossier::{Dossier, Study};
use super::explain;
use super::number::{count, duration, real};
use super::summary::Summary;
use crate::audit::Verdict;
use crate::driver::RunResult;
use crate::scenario::{Count, Metric, Threshold};
use crate::shop::Isolation;
use crate::strategy::Strategy;

/// Something that was expected of a cell, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The study's name; empty where its scenario came from flags.
    pub study: String,
    /// The strategy.
    pub strategy: Strategy,
    /// The isolation level.
    pub isolation: Isolation,
    /// What kind of thing was expected.
    pub of: Of,
    /// What was expected: a verdict, or a threshold.
    pub expected: String,
    /// What was found: a verdict, or a value.
    pub found: String,
    /// Whether it is as expected.
    pub holds: bool,
    /// What lies behind what was found, in plain words.
    pub details: Vec<String>,
}

/// What is found of a cell that had no turn before an interrupt.
pub(super) const NOTHING: &str = "nothing was measured";

/// What kind of thing is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The verdict of many buyers at full speed.
    Load,
    /// The verdict over every order of a few buyers.
    Exploration,
    /// A threshold.
    Threshold,
}

impl Of {
    /// As it is called in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Exploration => "exploration",
            Self::Threshold => "threshold",
        }
    }
}

impl Expectation {
    /// `naive at read-committed`.
    #[must_use]
    pub fn cell(&self) -> String {
        format!("{} at {}", self.strategy, self.isolation)
    }
}

/// Everything that was expected, study by study.
#[must_use]
pub fn expectations(dossier: &Dossier) -> Vec<Expectation> {
    dossier.studies.iter().flat_map(of_study).collect()
}

/// Everything that was expected of one study.
pub(super) fn of_study(study: &Study) -> Vec<Expectation> {
    let mut all = Vec::new();
    if let Some(load) = &study.load {
        let summaries = load.summaries();
        all.extend(summaries.iter().map(|s| of_load(study, load, s)));
        for threshold in &study.thresholds {
            let is_bound = |s: &&Summary<'_>| threshold.binds(s.cell.strategy, s.cell.expected);
            let bound = summaries.iter().filter(is_bound);
            all.extend(bound.map(|summary| of_threshold(study, threshold, summary)));
        }
    }
    if let Some(exploration) = &study.exploration {
        all.extend(exploration.cells.iter().map(|cell| {
            let mut details = vec![explain::explored(cell.verdict()).to_owned()];
            let again = cell.found.example.as_ref();
            let again = again
                .map(|trace| exploration.replay(cell.strategy, cell.isolation, &trace.schedule));
            details.extend(again.map(|command| format!("again: {command}")));
            Expectation {
                study: study.name.clone(),
                strategy: cell.strategy,
                isolation: cell.isolation,
                of: Of::Exploration,
                expected: cell.expected.to_string(),
                found: cell.verdict().to_string(),
                holds: cell.is_as_expected(),
                details,
            }
        }));
    }
    all
}

fn of_load(study: &Study, load: &Report, summary: &Summary<'_>) -> Expectation {
    let verdict = summary.verdict();
    let found = match summary.cell.runs.is_empty() {
        true => NOTHING.to_owned(),
        false => verdict.to_string(),
    };
    let mut details = vec![explain::meaning(verdict).to_owned()];
    let broken = explain::violations(&summary.violations).into_iter();
    details.extend(broken.map(|(name, number)| format!("{name}: {number}")));
    details.extend(explain::advice(summary, &load.scenario));
    details.extend(explain::busy_client(slice::from_ref(summary)));
    if summary.cell.expected != Verdict::Safe && verdict == Verdict::Safe {
        details.push(
            "a control that does not fail proves nothing: raise --buyers, --connections or --runs"
                .into(),
        );
    }
    // In a file the settings go by the same names, without dashes.
    if !study.name.is_empty() {
        details = details.iter().map(|line| line.replace("--", "")).collect();
    }
    Expectation {
        study: study.name.clone(),
        strategy: summary.cell.strategy,
        isolation: summary.cell.isolation,
        of: Of::Load,
        expected: summary.cell.expected.to_string(),
        found,
        holds: summary.is_as_expected(),
        details,
    }
}

fn of_threshold(study: &Study, threshold: &Threshold, summary: &Summary<'_>) -> Expectation {
    let measured = measure(threshold, summary);
    let (found, holds) = match measured {
        Some(value) => (
            in_words(threshold.metric, value),
            threshold.is_kept_by(value),
        ),
        None => (NOTHING.into(), false),
    };
    Expectation {
        study: study.name.clone(),
        strategy: summary.cell.strategy,
        isolation: summary.cell.isolation,
        of: Of::Threshold,
        expected: threshold.rule(),
        found,
        holds,
        details: Vec::new(),
    }
}

/// The value to hold against the bound. Of counts, which every run must keep,
/// it is the first that does not, or else that of the first run.
fn measure(threshold: &Threshold, summary: &Summary<'_>) -> Option<f64> {
    let runs = &summary.cell.runs;
    match threshold.metric {
        _ if runs.is_empty() => None,
        Metric::Percentile(p) => latency(summary, |all| all.percentile_us(p)),
        Metric::LatencyMax => latency(summary, crate::driver::Latency::max_us),
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

fn latency(summary: &Summary<'_>, of: impl Fn(&crate::driver::Latency) -> u64) -> Option<f64> {
    let all = summary.latency();
    (all.count() > 0).then(|| of(&all) as f64)
}

fn counted(count: Count, run: &RunResult) -> u64 {
    let v = &run.violations;
    match count {
        Count::Outcome(outcome) => run.outcomes.get(outcome),
        Count::Conflict(kind) => run.effort.conflicts.get(&kind).copied().unwrap_or(0),
        Count::Conflicts => run.effort.lost_attempts(),
        Count::Attempts => run.effort.attempts,
        Count::Oversold => v.oversold,
        Count::LostUpdates => v.lost_updates,
        Count::LeakedStock => v.leaked_stock,
        Count::NegativeStock => v.negative_stock,
        Count::DuplicateOrders => v.duplicate_orders,
        Count::PartialOrders => v.partial_orders,
        Count::MissingOrders => v.missing_orders,
        Count::Unsold => v.unsold,
    }
}

fn in_words(metric: Metric, value: f64) -> String {
    match metric {
        metric if metric.is_latency() => duration(value as u64),
        Metric::Count(_) => count(value as u64),
        _ => real(value),
    }
}
