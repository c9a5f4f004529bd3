//! What was planned and has no whole result, why, and what went wrong.

use crate::cell::Cell;
use crate::load::RunResult;
use crate::oracle::Verdict;
use crate::report::dossier::document::{CutShort, Dossier, Study};
use crate::report::facts::expectation::{Expectation, Of, Status, missing};
use crate::report::facts::explain;
use crate::report::facts::gate::of_study;
use crate::report::facts::number::{count, joined, many};

/// Why there is less than was planned, and how far it came; `None` where there is all.
pub(in crate::report) fn ended_early(dossier: &Dossier, all: &[Expectation]) -> Option<String> {
    how_far(dossier, all).map(|far| format!("ended early: {far}"))
}

/// `interrupted after 16 of 33 cells`; `None` where there is all that was planned.
pub(in crate::report) fn how_far(dossier: &Dossier, all: &[Expectation]) -> Option<String> {
    let is_less = |e: &Expectation| e.status == Status::Skipped || e.is_not_run();
    let is_short = dossier.cut_short.is_some() || all.iter().any(is_less);
    let far = is_short.then(|| done(dossier))?;
    let (_, why) = missing(dossier);
    Some(match dossier.cut_short {
        Some(CutShort::Interrupted) => format!("interrupted {far}"),
        Some(CutShort::Failed(_)) => format!("failed {far}: {why}"),
        None => format!("{why}, {far}"),
    })
}

/// `after 9 of 165 runs and 0 of 33 explorations`; of commands that run or explore each
/// cell once, of cells.
fn done(dossier: &Dossier) -> String {
    let loads = || dossier.loads();
    let whole = |run: &&RunResult| !run.faults.interrupted || run.outcomes.not_started == 0;
    let made = loads().flat_map(|load| &load.cells);
    let made = made
        .map(|cell| cell.runs.iter().filter(whole).count() as u64)
        .sum();
    let asked = loads().map(|load| load.cells.len() as u64 * u64::from(load.scenario.runs));
    let explorations = || {
        dossier
            .studies
            .iter()
            .filter_map(|s| s.exploration.as_ref())
    };
    let explored = explorations().flat_map(|exploration| &exploration.cells);
    let explored = explored.filter(|cell| !cell.is_interrupted()).count() as u64;
    let planned = explorations().map(|exploration| exploration.plan().len() as u64);
    let (asked, planned): (u64, u64) = (asked.sum(), planned.sum());
    let is_once = loads().all(|load| load.scenario.runs == 1);
    let (run, exploration) = match (asked, planned) {
        (_, 0) if is_once => ("cell", ""),
        (0, _) => ("", "cell"),
        _ => ("run", "exploration"),
    };
    let kinds = [(made, asked, run), (explored, planned, exploration)];
    let kinds = kinds.into_iter().filter(|(_, planned, _)| *planned > 0);
    match made + explored {
        0 => "before anything was done".into(),
        _ => format!(
            "after {}",
            joined(
                kinds.map(|(n, of, what)| format!("{} of {}", count(n), many(of, what))),
                " and "
            )
        ),
    }
}

/// What came of everything, as a clause: `all 18 expectations hold`, `2 of 18
/// expectations do not hold, 9 were not run`, or `9 of 18 expectations hold, 9 were not run`; of verdicts that nothing was
/// expected of `2 of 3 cells are broken, 1 is inconclusive`, and of thresholds
/// beside them how many hold.
pub(in crate::report) fn tally(all: &[Expectation]) -> String {
    let (asked, told): (Vec<&Expectation>, Vec<&Expectation>) =
        all.iter().partition(|e| e.expected.is_some());
    match (told.as_slice(), asked.as_slice()) {
        ([], []) => "no cell was run, so nothing was found".into(),
        ([], asked) => counted(asked, "expectation", &EXPECTED),
        (told, []) => counted(told, "cell", &TOLD),
        (told, asked) => format!(
            "{}; {}",
            counted(told, "cell", &TOLD),
            counted(asked, "threshold", &EXPECTED)
        ),
    }
}

/// Words for each end, of one and of several.
struct Words {
    well: [&'static str; 2],
    differs: [&'static str; 2],
}

const EXPECTED: Words = Words {
    well: ["holds", "hold"],
    differs: ["does not hold", "do not hold"],
};

const TOLD: Words = Words {
    well: ["is safe", "are safe"],
    differs: ["is broken", "are broken"],
};

fn counted(all: &[&Expectation], noun: &str, words: &Words) -> String {
    let n = |is: &dyn Fn(&Expectation) -> bool| all.iter().filter(|e| is(e)).count() as u64;
    let of = |status: Status| n(&|e| !e.is_not_run() && e.status == status);
    let is_unsupported = |e: &Expectation| e.found == Verdict::Unsupported.name();
    let unsupported = n(&|e| e.status == Status::Unproven && is_unsupported(e));
    let holding = of(Status::Holds);
    let is_left = |e: &&&Expectation| e.is_not_run() || e.status == Status::Skipped;
    let left = all.iter().filter(is_left).count() as u64;
    // What was left out on request is no failure: first it is said how much holds.
    let is_well = left > 0 && holding + left == all.len() as u64;
    let parts = [
        (if is_well { holding } else { 0 }, words.well),
        (of(Status::Differs), words.differs),
        (unsupported, ["is unsupported", "are unsupported"]),
        (
            of(Status::Unproven) - unsupported,
            ["is inconclusive", "are inconclusive"],
        ),
        (n(&|e| e.is_not_run()), ["was not run", "were not run"]),
        (of(Status::Skipped), ["was cut short", "were cut short"]),
        (of(Status::Error), ["met a fault", "met a fault"]),
    ];
    let of_all = count(all.len() as u64);
    let mut text = String::new();
    for (n, [one, several]) in parts.into_iter().filter(|(n, _)| *n > 0) {
        let predicate = if n == 1 { one } else { several };
        text += &match (text.is_empty(), all.len()) {
            (true, 1) if noun == "cell" => format!("the only cell {predicate}"),
            (true, _) => format!("{} of {of_all} {noun}s {predicate}", count(n)),
            (false, _) => format!(", {} {predicate}", count(n)),
        };
    }
    let [one, several] = words.well;
    match (text.is_empty(), all.len()) {
        (false, _) => text,
        (true, 1) => format!("the only {noun} {one}"),
        (true, _) => format!("all {of_all} {noun}s {several}"),
    }
}

/// `1 of 2 scenarios did not run`; `None` where something came of each.
fn idle_scenarios(dossier: &Dossier) -> Option<String> {
    let is_idle = |all: &[Expectation]| !all.is_empty() && all.iter().all(Expectation::is_not_run);
    let studies = dossier.studies.iter();
    let idle = studies.filter(|study| is_idle(&of_study(dossier, study)));
    match (idle.count() as u64, dossier.studies.len() as u64) {
        (0, _) => None,
        (_, 1) => Some("nothing ran".into()),
        (idle, all) => {
            let (idle, all) = (count(idle), many(all, "scenario"));
            Some(format!("{idle} of {all} did not run"))
        }
    }
}

/// How many of them have no whole result, by kind: `not run` or `cut short`, and what.
pub(in crate::report) fn left<'e>(
    all: impl Iterator<Item = &'e Expectation> + Clone,
) -> Vec<(&'static str, String)> {
    let idle = kinds(all.clone().filter(|e| e.is_not_run()));
    let cut = kinds(all.filter(|e| is_cut_short(e)));
    let both = [("not run", idle), ("cut short", cut)];
    let both = both.into_iter().filter(|(_, kinds)| !kinds.is_empty());
    both.collect()
}

/// Whether a signal left a part of a result, of which nothing is proven to be wrong.
fn is_cut_short(expectation: &Expectation) -> bool {
    !expectation.is_not_run() && expectation.status == Status::Skipped
}

/// What was carried out and does not hold: of what did not run, or not whole, there is
/// nothing to tell but how much it is.
pub(in crate::report) fn missed<'e>(
    all: impl Iterator<Item = &'e Expectation>,
) -> impl Iterator<Item = &'e Expectation> {
    all.filter(|e| !e.holds() && !e.is_not_run() && !is_cut_short(e))
}

/// What came of everything, also of scenarios of which nothing ran, as a clause.
pub(in crate::report) fn outcome(dossier: &Dossier, all: &[Expectation]) -> String {
    let idle = idle_scenarios(dossier).map_or(String::new(), |idle| format!("{idle}; "));
    format!("{idle}{}", tally(all))
}

/// How many expectations there are of each kind: `33 verdicts under load, 12
/// thresholds`.
pub(in crate::report) fn kinds<'e>(all: impl Iterator<Item = &'e Expectation> + Clone) -> String {
    let kinds = [
        (Of::Load, "verdict", " under load"),
        (Of::Exploration, "verdict", " over every schedule"),
        (Of::Threshold, "threshold", ""),
    ];
    let occurring = kinds.into_iter().filter_map(|(of, one, place)| {
        let n = all.clone().filter(|e| e.of == of).count() as u64;
        (n > 0).then(|| format!("{}{place}", many(n, one)))
    });
    joined(occurring, ", ")
}

/// What went wrong that has nothing to do with concurrency, in one sentence:
/// the first fault, and how many other cells met one.
#[must_use]
pub fn fault(dossier: &Dossier) -> Option<String> {
    let mut all: Vec<(&Study, Cell, Option<String>)> = Vec::new();
    for study in &dossier.studies {
        let summaries = study.load.iter().flat_map(|load| load.summaries());
        all.extend(summaries.map(|s| (study, s.cell, explain::fault(&s))));
        let plan = study.exploration.iter().flat_map(|found| found.plan());
        all.extend(plan.map(|(planned, explored)| {
            let fault = explored.and_then(|explored| explored.found.fault.clone());
            (study, planned.cell, fault)
        }));
    }
    let mut faults = all
        .iter()
        .filter_map(|(study, cell, fault)| Some((study, cell, fault.as_ref()?)));
    let (study, cell, fault) = faults.next()?;
    let first = match (all.len(), dossier.studies.len()) {
        (1, _) => fault.clone(),
        (_, 1) => format!("{cell}: {fault}"),
        _ => format!("{}: {cell}: {fault}", study.label()),
    };
    Some(match faults.count() as u64 {
        0 => first,
        n => format!("{first}; and {} with a fault", many(n, "more cell")),
    })
}
