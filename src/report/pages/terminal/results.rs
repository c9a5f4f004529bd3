//! Several scenarios, in short: what is as expected, and what is not.

use std::fmt::{Display, Write as _};

use super::heading::on;
use super::style::{BOLD, DIM, style};
use super::wrap;
use crate::oracle::Verdict;
use crate::report::Report;
use crate::report::dossier::document::{Dossier, Results, Study};
use crate::report::dossier::exploration::{Exploration, WorldKind};
use crate::report::facts::change::{Change, changes, differences};
use crate::report::facts::expectation::{Expectation, Of, Status};
use crate::report::facts::gate::expectations;
use crate::report::facts::number::{count, many, percent};
use crate::report::facts::undone::{how_far, left, missed, outcome};

/// Renders each scenario in a few lines, and all that is not as expected. `columns`: of
/// the terminal.
#[must_use]
pub fn results_to_terminal(results: &Results, columns: usize) -> String {
    let dossier = &results.dossier;
    let mut page = headline(dossier) + &heading(dossier);
    let all = expectations(dossier);
    for study in &dossier.studies {
        let of_study = all.iter().filter(|e| e.study == study.name);
        page.push_str(&in_short(study, &of_study.collect::<Vec<_>>()));
    }
    page.push_str(&gate(results));
    wrap::wrap(&page, columns)
}

/// How far it came, where it ended early: a page that tells of a part says so first.
pub(super) fn headline(dossier: &Dossier) -> String {
    let style = style(Verdict::Inconclusive);
    let far = how_far(dossier, &expectations(dossier));
    far.map_or_else(String::new, |far| format!("{style}{far}{style:#}\n\n"))
}

fn heading(dossier: &Dossier) -> String {
    let mut explored = dossier
        .studies
        .iter()
        .filter_map(|s| s.exploration.as_ref());
    let is_in_memory = explored.any(|exploration| exploration.on == WorldKind::Memory);
    let on = on(dossier.server(), is_in_memory);
    format!(
        "{BOLD}sim {}{BOLD:#}{DIM}{on}{DIM:#}\n\n",
        dossier.sim_version
    )
}

fn in_short(study: &Study, all: &[&Expectation]) -> String {
    let worst = [
        (Status::Differs, Verdict::Oversells, "FAILS"),
        (Status::Error, Verdict::Oversells, "ERROR"),
        (Status::Unproven, Verdict::Inconclusive, "OPEN"),
        (Status::Skipped, Verdict::Inconclusive, "SKIP"),
    ];
    let occurs = |status: Status| all.iter().any(|e| e.status == status);
    let worst = worst.into_iter().find(|(status, ..)| occurs(*status));
    let (_, verdict, word) = worst.unwrap_or((Status::Holds, Verdict::Safe, "ok"));
    let style = style(verdict);
    let name = study.label();
    let mut parts = Vec::new();
    parts.extend(study.load.as_ref().map(runs_in_short));
    parts.extend(study.exploration.as_ref().map(schedules_in_short));
    let thresholds = all.iter().filter(|e| e.of == Of::Threshold).count() as u64;
    if thresholds > 0 {
        parts.push(many(thresholds, "threshold"));
    }
    format!(
        "{style}{word:<5}{style:#}  {BOLD}{name:<18}{BOLD:#}  {}\n",
        parts.join(" · ")
    )
}

/// `3 cells x 5 runs of 100 buyers`, and whether they were made.
fn runs_in_short(load: &Report) -> String {
    let buyers = many(load.scenario.buyers.into(), "buyer");
    let (cells, runs) = (load.cells.len() as u64, u64::from(load.scenario.runs));
    let made: u64 = load.cells.iter().map(|cell| cell.runs.len() as u64).sum();
    let (in_cells, of_each) = (many(cells, "cell"), many(runs, "run"));
    let all = format!("{in_cells} x {of_each} of {buyers}");
    match cells * runs {
        _ if made == 0 => format!("{all}: not run"),
        planned if made < planned => format!("{all}: {} made", count(made)),
        _ => all,
    }
}

/// `276 schedules of 2`, and whether they are those of all cells.
fn schedules_in_short(exploration: &Exploration) -> String {
    let (explored, planned) = (exploration.cells.len(), exploration.plan().len());
    let buyers = exploration.shape.buyers;
    let run = exploration.cells.iter();
    let run = run.map(|cell| cell.found.covered.schedules).sum();
    let schedules = many(run, "schedule");
    match explored {
        0 => format!("schedules of {buyers}: not run"),
        _ if explored < planned => {
            format!("{schedules} of {buyers}, in {explored} of {planned} cells")
        }
        _ if exploration.tables.is_some() => schedules,
        _ => format!("{schedules} of {buyers}"),
    }
}

/// What does not hold of the thresholds, what changed, and the last word: below a page
/// that shows its cells one by one.
pub(super) fn last_word(results: &Results) -> String {
    let dossier = &results.dossier;
    let all = expectations(dossier);
    let is_news = |e: &&Expectation| e.of == Of::Threshold && e.status == Status::Differs;
    let mut text: String = all.iter().filter(is_news).map(failure).collect();
    let before = results.against.as_ref();
    text += &before.map_or_else(String::new, |before| against(dossier, before));
    text += &early(dossier, &all);
    match all.len() {
        // The page began with what came of the only cell.
        1 => text,
        _ => format!("{text}\n{}\n", outcome(dossier, &all)),
    }
}

/// What is not as expected, what became slower, and the last word.
pub(super) fn gate(results: &Results) -> String {
    let dossier = &results.dossier;
    let all = expectations(dossier);
    let mut text: String = missed(all.iter()).map(failure).collect();
    if let Some(before) = &results.against {
        text.push_str(&against(dossier, before));
    }
    for study in &dossier.studies {
        for (what, left) in left(all.iter().filter(|e| e.study == study.name)) {
            let _ = writeln!(text, "\n{}", place(&study.name, format!("{what}: {left}")));
        }
    }
    let early = early(dossier, &all);
    format!("{text}{early}\n{}\n", outcome(dossier, &all))
}

fn early(dossier: &Dossier, all: &[Expectation]) -> String {
    let why = how_far(dossier, all);
    why.map_or_else(String::new, |why| format!("\n{why}\n"))
}

fn failure(expectation: &Expectation) -> String {
    let (verdict, word) = match expectation.status {
        Status::Error => (Verdict::Oversells, "fault"),
        Status::Unproven => (Verdict::Inconclusive, "not proven"),
        _ if expectation.expected.is_none() => (Verdict::Oversells, "broken"),
        _ => (Verdict::Oversells, "not as expected"),
    };
    let style = style(verdict);
    let kind = match expectation.of {
        Of::Load => "under load",
        Of::Exploration => "in every schedule",
        Of::Threshold => "threshold",
    };
    let (place, found) = (
        place(&expectation.study, expectation.cell),
        expectation.in_short(),
    );
    let mut text =
        format!("\n{style}{word}{style:#}: {BOLD}{place}{BOLD:#}\n    {kind}: {found}\n");
    for detail in &expectation.details {
        let _ = writeln!(text, "    {detail}");
    }
    text
}

/// What changed since older results.
fn against(now: &Dossier, before: &Dossier) -> String {
    let mut text = String::from("\nagainst the older results\n");
    let differences = differences(now, before);
    for difference in &differences {
        let _ = writeln!(text, "  cannot be compared in time: {difference}");
    }
    let all = changes(now, before);
    let mut words: Vec<String> = all.iter().map(verdict_changed).collect();
    if differences.is_empty() {
        words.extend(all.iter().map(speed_changed));
    }
    let words = words.concat();
    if words.is_empty() {
        let cells = many(all.len() as u64, "verdict");
        let _ = writeln!(text, "  {cells}: all as then");
    }
    let speeds = all.iter().filter(|change| change.speed.is_some()).count() as u64;
    if differences.is_empty() && speeds > 0 {
        let cells = many(speeds, "cell");
        text += &format!("  {cells} compared in speed, as a ratio to the reference\n");
    }
    text + &words
}

/// Empty where it is the same.
fn verdict_changed(change: &Change) -> String {
    match change.before == change.now {
        true => String::new(),
        false => {
            let cell = place(&change.study, change.named());
            format!("  {cell}: was {}, is {}\n", change.before, change.now)
        }
    }
}

/// Empty where it did not change beyond noise.
fn speed_changed(change: &Change) -> String {
    let (Some(word), Some(speed)) = (change.direction(), change.speed) else {
        return String::new();
    };
    format!(
        "  {}: {word} beyond noise: {} of its speed then, as a ratio to the reference (95 %: {} to \
         {})\n",
        place(&change.study, change.named()),
        percent(speed.value),
        percent(speed.low),
        percent(speed.high),
    )
}

/// A cell with the name of its study, where that has one.
fn place(study: &str, cell: impl Display) -> String {
    match study {
        "" => cell.to_string(),
        name => format!("{name}: {cell}"),
    }
}
