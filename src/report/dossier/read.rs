//! Reads a file of results, and refuses what cannot be: its verdicts follow from its own counts, and
//! its numbers are such as a page can be drawn from.

use thiserror::Error;

use super::document::{Dossier, FORMAT, Study};
use crate::cell::Subject;
use crate::explore::found::Found;
use crate::load::{RunResult, Timeline};
use crate::oracle::{Findings, Verdict};
use crate::subject::recall_script;

/// Longer than a run can take, in microseconds: 30 years.
const SLICE_MAX_US: u64 = 1_000_000_000_000_000;
/// No timeline has so many slices.
const SLICES_MAX: usize = 1_000;

/// Why a file of results cannot be read.
#[derive(Debug, Error)]
pub enum Unreadable {
    /// It is no JSON, or not of this form.
    #[error("not a result of sim: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It was written by another version in a form that this one would misread.
    #[error("written in format {found}, and this version of sim reads format {known}")]
    Format {
        /// Its format.
        found: u64,
        /// What is read.
        known: u32,
    },
    /// What it says cannot be.
    #[error("no result that sim has written: {0}")]
    Contradiction(String),
    /// It is JSON of some other kind.
    #[error("not a result of sim: it is none of what run, explore, compare or check export")]
    Unknown,
}

impl Dossier {
    /// Reads what `run`, `explore`, `compare` or `check` exported.
    ///
    /// # Errors
    /// It is nothing of that kind, or of another version.
    pub fn read(json: &str) -> Result<Self, Unreadable> {
        let value: serde_json::Value = serde_json::from_str(json)?;
        match value.get("format").and_then(serde_json::Value::as_u64) {
            Some(found) if found == u64::from(FORMAT) => {
                recall_scripts(&value);
                let dossier: Self = serde_json::from_value(value)?;
                match contradiction(&dossier) {
                    Some(problem) => Err(Unreadable::Contradiction(problem)),
                    None => Ok(dossier),
                }
            }
            Some(found) => Err(Unreadable::Format {
                found,
                known: FORMAT,
            }),
            None => Err(Unreadable::Unknown),
        }
    }
}

/// Takes in the scripts that results bring along: a threshold may name one of them.
fn recall_scripts(value: &serde_json::Value) {
    let scripts = value.get("scripts").and_then(serde_json::Value::as_object);
    for (name, text) in scripts.into_iter().flatten() {
        if let Some(text) = text.as_str() {
            recall_script(Subject::from_name(name), text);
        }
    }
}

/// What cannot be, of the first cell in which something cannot be.
fn contradiction(dossier: &Dossier) -> Option<String> {
    dossier.studies.iter().find_map(of_study)
}

fn of_study(study: &Study) -> Option<String> {
    let cells = study.load.iter().flat_map(|load| &load.cells);
    let of_runs = cells.flat_map(|cell| {
        let named = move |problem| format!("{}: {problem}", cell.cell);
        cell.runs.iter().filter_map(of_run).map(named)
    });
    let explored = study.exploration.iter().flat_map(|found| &found.cells);
    let of_explored = explored.filter_map(|cell| {
        let problem = of_exploration(&cell.found)?;
        Some(format!("{}: {problem}", cell.cell))
    });
    of_runs.chain(of_explored).next()
}

fn of_run(run: &RunResult) -> Option<String> {
    let proven = differs(&run.judgement.proven, &run.findings);
    proven.or_else(|| of_timeline(&run.timing.timeline))
}

/// A slice is 1, 2 or 5 times a power of ten, so that those of several runs have a common multiple
/// that is no longer than ten of the longest.
fn of_timeline(timeline: &Timeline) -> Option<String> {
    let slice_us = timeline.slice_us;
    let is_power = |part: u64| slice_us.is_multiple_of(part) && is_power_of_ten(slice_us / part);
    let is_round = slice_us == 0 || [1, 2, 5].into_iter().any(is_power);
    let slices = timeline.sold.len().max(timeline.others.len());
    if !is_round || slice_us > SLICE_MAX_US {
        return Some(format!("no timeline has slices of {slice_us} us"));
    }
    (slices > SLICES_MAX).then(|| format!("no timeline has {slices} slices"))
}

fn is_power_of_ten(number: u64) -> bool {
    number > 0
        && number
            .checked_ilog10()
            .is_some_and(|digits| 10_u64.pow(digits) == number)
}

fn of_exploration(found: &Found) -> Option<String> {
    let mut all = Findings::default();
    for ending in &found.endings {
        if let Some(problem) = differs(&ending.proven, &ending.findings) {
            return Some(problem);
        }
        all.add(&ending.findings);
    }
    let raced = found.raced.iter().flat_map(|raced| &raced.ends);
    for end in raced.map(|end| &end.example) {
        if let Some(problem) = differs(&end.proven, &end.findings) {
            return Some(problem);
        }
        all.add(&end.findings);
    }
    let covered = &found.covered;
    let is_all = covered.exhausted && covered.schedules > 0;
    differs(&found.judgement.proven, &all).or_else(|| {
        let claims = found.judgement.verdict == Verdict::Safe && !is_all;
        claims.then(|| "its verdict is safe, and schedules are left that were not tried".into())
    })
}

fn differs(said: &[Verdict], findings: &Findings) -> Option<String> {
    let proven = findings.proven();
    let words = |verdicts: &[Verdict]| match verdicts {
        [] => "nothing".into(),
        some => {
            let names: Vec<&str> = some.iter().map(|verdict| verdict.name()).collect();
            names.join(", ")
        }
    };
    (said != proven).then(|| {
        let (said, counts) = (words(said), words(&proven));
        format!("what it says is proven is {said}, and by its own counts it is {counts}")
    })
}
