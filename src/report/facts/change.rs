//! Two results against each other: what may be compared, and what changed.

use std::collections::{BTreeMap, BTreeSet};

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::cell::Cell;
use crate::database::Fingerprint;
use crate::oracle::Verdict;
use crate::report::dossier::document::{Dossier, Study};
use crate::report::dossier::load::{LoadCell, Report};
use crate::report::facts::comparison::{is_sound, log_ratios};
use crate::report::facts::expectation::Of;
use crate::report::facts::number::many;
use crate::report::facts::statistics::{Interval, SIGNIFICANT, holm, mean_and_error};
use crate::report::facts::summary::Summary;
use crate::scenario::Scenario;

/// A cell counts as slower only if at 95 % it is slower by more than this
/// share: less than that is what two runs of the same thing differ by.
pub const TOLERANCE: f64 = 0.1;

/// What became of one cell between two results.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The study's name.
    pub study: String,
    /// Which cell.
    pub cell: Cell,
    /// Of which of its two verdicts.
    pub of: Of,
    /// The verdict of the older result.
    pub before: Verdict,
    /// The verdict of the newer one.
    pub now: Verdict,
    /// By what the goodput changed, each measured as a ratio to the reference
    /// in its own result: below 1 is slower. `None` for the reference itself,
    /// where one of these cells broke something, or where there is too little
    /// to tell.
    pub speed: Option<Interval>,
    /// The p-value of a change of at most `TOLERANCE`, adjusted after Holm for
    /// all cells with a speed; `None` without one. Exit 98 is about any of them,
    /// so they are one family: where nothing changed, any cell is called slower
    /// or faster in at most 5 % of comparisons.
    pub p: Option<f64>,
}

impl Change {
    /// `naive at read-committed`, and whether every schedule of a few is meant.
    #[must_use]
    pub fn named(&self) -> String {
        let cell = self.cell.to_string();
        match self.of {
            Of::Exploration => format!("{cell}, every schedule"),
            _ => cell,
        }
    }

    /// `slower` or `faster`, where the speed changed beyond noise, by more than
    /// `TOLERANCE`.
    #[must_use]
    pub fn direction(&self) -> Option<&'static str> {
        let is_real = self.p.is_some_and(|p| p <= SIGNIFICANT);
        match self.speed.filter(|_| is_real)?.value {
            ratio if ratio < 1.0 => Some("slower"),
            ratio if ratio > 1.0 => Some("faster"),
            _ => None,
        }
    }

    /// Whether it is slower beyond noise.
    #[must_use]
    pub fn is_slower(&self) -> bool {
        self.direction() == Some("slower")
    }

    /// Whether it is faster beyond noise.
    #[must_use]
    pub fn is_faster(&self) -> bool {
        self.direction() == Some("faster")
    }
}

/// Why time in two results cannot be compared, by name; empty where it can.
#[must_use]
pub fn differences(now: &Dossier, before: &Dossier) -> Vec<String> {
    let mut found = Vec::new();
    for study in now.studies.iter().filter(|study| study.load.is_some()) {
        let name = study.label();
        let Some((load, old)) = pair(study, before) else {
            found.push(format!("{name}: not in the older result"));
            continue;
        };
        let mut of_study = of_scenarios(&load.scenario, &old.scenario);
        of_study.extend(of_tables(load, old));
        of_study.extend(too_few_runs(load, old));
        of_study.extend(of_servers(load, old));
        let old_reference = namesake(study, before).and_then(|old| old.reference);
        if study.reference != old_reference {
            of_study.push(differs("reference", &study.reference, &old_reference));
        }
        found.extend(of_study.into_iter().map(|what| format!("{name}: {what}")));
    }
    found
}

/// Cells of the newer result that the older one cannot judge, since it has not
/// all of their scenario's; empty where it has.
#[must_use]
pub fn unmatched(now: &Dossier, before: &Dossier) -> Vec<String> {
    let mut found = Vec::new();
    for (study, load, old) in pairs(now, before) {
        let is_new = |new: &&LoadCell| !old.cells.iter().any(|other| other.cell == new.cell);
        found.extend(load.cells.iter().filter(is_new).map(|new| {
            let (name, cell) = (study.label(), new.cell);
            format!("{name}: {cell} is not in the older result")
        }));
    }
    found
}

/// One run has no spread, so no difference could be told from noise.
fn too_few_runs(now: &Report, before: &Report) -> Option<String> {
    let ran = before.cells.iter().map(|cell| cell.runs.len() as u64).min();
    let (now, before) = (u64::from(now.scenario.runs), ran.unwrap_or(0));
    (now.min(before) < 2).then(|| {
        let (now, before) = (many(now, "run"), many(before, "run"));
        format!("{now} of each cell, and {before} then: it takes two to know what noise is")
    })
}

/// What became of every cell that both results have: first under load, then
/// over every schedule of a few buyers.
#[must_use]
pub fn changes(now: &Dossier, before: &Dossier) -> Vec<Change> {
    let mut all = of_loads(now, before);
    for study in &now.studies {
        let explored = study.exploration.iter().flat_map(|found| &found.cells);
        let old = namesake(study, before);
        all.extend(explored.filter_map(|new| {
            let old = old?.explored(new.cell)?;
            Some(Change {
                study: study.name.clone(),
                cell: new.cell,
                of: Of::Exploration,
                before: old.verdict(),
                now: new.verdict(),
                speed: None,
                p: None,
            })
        }));
    }
    all
}

fn of_loads(now: &Dossier, before: &Dossier) -> Vec<Change> {
    let mut all = Vec::new();
    for (study, load, old) in pairs(now, before) {
        let (news, olds) = (load.summaries(), old.summaries());
        // Of a cell that did not run there is nothing to compare.
        for summary in news.iter().filter(|summary| summary.has_run()) {
            let is_other = |old: &&Summary<'_>| old.cell == summary.cell && old.has_run();
            let Some(other) = olds.iter().find(is_other) else {
                continue;
            };
            let speed = speed(study.reference, (summary, &news), (other, &olds));
            all.push(Change {
                study: study.name.clone(),
                cell: summary.cell,
                of: Of::Load,
                before: other.verdict(),
                now: summary.verdict(),
                speed: speed.as_ref().map(|speed| speed.interval().exp()),
                p: speed.as_ref().map(Difference::p_within_tolerance),
            });
        }
    }
    let tested: Vec<&mut f64> = all.iter_mut().filter_map(|c| c.p.as_mut()).collect();
    let p: Vec<f64> = tested.iter().map(|p| **p).collect();
    for (p, adjusted) in tested.into_iter().zip(holm(&p)) {
        *p = adjusted;
    }
    all
}

/// The ratio of two ratios to the reference, as a difference of logarithms. Each
/// cell comes with all that its result has.
fn speed(
    reference: Option<Cell>,
    now: (&Summary<'_>, &[Summary<'_>]),
    before: (&Summary<'_>, &[Summary<'_>]),
) -> Option<Difference> {
    let reference = reference?;
    if now.0.cell == reference {
        return None;
    }
    let logs = |(summary, all): (&Summary<'_>, &[Summary<'_>])| {
        let standard = all.iter().find(|s| s.cell == reference)?;
        let is_fair = is_sound(summary) && is_sound(standard);
        is_fair.then(|| log_ratios(summary.runs, standard.runs))?
    };
    difference(&logs(now)?, &logs(before)?)
}

/// A difference of two means, as Welch has it; without any spread there is no
/// distribution.
struct Difference {
    value: f64,
    error: f64,
    t: Option<StudentsT>,
}

impl Difference {
    fn interval(&self) -> Interval {
        let half = self.t.map_or(0.0, |t| t.inverse_cdf(0.975) * self.error);
        Interval::around(self.value, half)
    }

    /// Of logarithms, the p-value of a ratio within the tolerance.
    fn p_within_tolerance(&self) -> f64 {
        let beyond = self.value.abs() + (1.0 - TOLERANCE).ln();
        match self.t {
            _ if beyond <= 0.0 => 1.0,
            None => 0.0,
            Some(t) => 2.0 * t.cdf(-beyond / self.error),
        }
    }
}

/// The difference of two means with Welch's 95 % interval; `None` with fewer
/// than two values on either side.
#[must_use]
pub fn welch(a: &[f64], b: &[f64]) -> Option<Interval> {
    difference(a, b).map(|difference| difference.interval())
}

fn difference(a: &[f64], b: &[f64]) -> Option<Difference> {
    if a.len().min(b.len()) < 2 {
        return None;
    }
    let ((mean_a, error_a), (mean_b, error_b)) = (mean_and_error(a), mean_and_error(b));
    let error = error_a + error_b;
    let share = |error: f64, values: &[f64]| error.powi(2) / (values.len() as f64 - 1.0);
    let degrees = error.powi(2) / (share(error_a, a) + share(error_b, b));
    let t = match error == 0.0 {
        true => None,
        false => Some(StudentsT::new(0.0, 1.0, degrees).ok()?),
    };
    Some(Difference {
        value: mean_a - mean_b,
        error: error.sqrt(),
        t,
    })
}

fn namesake<'d>(study: &Study, other: &'d Dossier) -> Option<&'d Study> {
    other.studies.iter().find(|s| s.name == study.name)
}

/// The studies of which both results have a load, with the newer and the older one.
fn pairs<'a>(
    now: &'a Dossier,
    before: &'a Dossier,
) -> impl Iterator<Item = (&'a Study, &'a Report, &'a Report)> {
    let studies = now.studies.iter();
    studies.filter_map(|study| pair(study, before).map(|(load, old)| (study, load, old)))
}

fn pair<'a>(study: &'a Study, other: &'a Dossier) -> Option<(&'a Report, &'a Report)> {
    let old = namesake(study, other)?.load.as_ref()?;
    Some((study.load.as_ref()?, old))
}

/// Settings of the scenario that differ; other carts and other repetitions may
/// be compared.
fn of_scenarios(now: &Scenario, before: &Scenario) -> Vec<String> {
    let same = Scenario {
        seed: now.seed,
        runs: now.runs,
        ..before.clone()
    };
    if *now == same {
        return Vec::new();
    }
    let (now, before) = (fields(now), fields(&same));
    let names: BTreeSet<&String> = now.keys().chain(before.keys()).collect();
    let differing = names.into_iter().filter_map(|name| {
        // What is not said is left out.
        let of = |fields: &serde_json::Map<_, _>| match fields.get(name) {
            Some(value) => value.to_string(),
            None => "not said".into(),
        };
        let (value, other) = (of(&now), of(&before));
        (other != value).then(|| format!("scenario: {name} is {value}, and was {other}"))
    });
    differing.collect()
}

/// What differs of tables of the user's own, in what makes them and what is held to them.
fn of_tables(now: &Report, before: &Report) -> Vec<String> {
    let said = |report: &Report| {
        let tables = report.tables.as_ref();
        let invariants = tables.iter().flat_map(|tables| &tables.invariants);
        let invariants = invariants.map(|one| (format!("invariant {}", one.name), one.sql.clone()));
        let defined = tables.iter().flat_map(|tables| &tables.define);
        let defined = defined.map(|(name, value)| (format!(":{name}"), value.clone()));
        let of_all = tables.iter().flat_map(|tables| {
            let set_up = ("set-up".to_owned(), tables.set_up_in_words());
            [set_up, ("allowed".to_owned(), tables.allow.join(", "))]
        });
        let all: BTreeMap<String, String> = invariants.chain(defined).chain(of_all).collect();
        all
    };
    let (now, before) = (said(now), said(before));
    let names: BTreeSet<&String> = now.keys().chain(before.keys()).collect();
    let differing = names
        .into_iter()
        .filter(|name| now.get(*name) != before.get(*name));
    differing
        .map(|name| {
            let of = |said: &BTreeMap<String, String>| said.get(name).cloned().unwrap_or_default();
            differs(name, &of(&now), &of(&before))
        })
        .collect()
}

fn fields(scenario: &Scenario) -> serde_json::Map<String, serde_json::Value> {
    match serde_json::to_value(scenario) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    }
}

fn of_servers(now: &Report, before: &Report) -> Vec<String> {
    // Of a server that was never reached nothing is known.
    let (Some(now), Some(before)) = (&now.server, &before.server) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if now.product != before.product {
        found.push(differs("server", &now.product, &before.product));
    }
    if now.version != before.version {
        found.push(differs("server version", &now.version, &before.version));
    }
    let names: BTreeSet<&String> = now.settings.keys().chain(before.settings.keys()).collect();
    for name in names {
        let setting = |of: &Fingerprint| of.settings.get(name).cloned();
        let [value, old] = [now, before].map(|of| setting(of).unwrap_or("unknown".into()));
        if old != value {
            found.push(format!("server setting {name} is {value}, and was {old}"));
        }
    }
    found
}

fn differs<T: std::fmt::Debug>(what: &str, now: &T, before: &T) -> String {
    format!("{what} is {now:?}, and was {before:?}")
}
