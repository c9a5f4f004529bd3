//! Several scenarios, in short: what is as expected, and what is not.

use std::fmt::Write as _;

use super::{BOLD, DIM, short_version, style, wrap};
use crate::audit::Verdict;
use crate::report::change::{Change, changes, differences, label};
use crate::report::dossier::{Dossier, Results, Study};
use crate::report::gate::{Expectation, NOTHING, Of, expectations};
use crate::report::number::{many, percent};

/// Renders each scenario in a few lines, and all that is not as expected.
#[must_use]
pub fn results_to_terminal(results: &Results) -> String {
    let dossier = &results.dossier;
    let mut page = heading(dossier);
    let all = expectations(dossier);
    for study in &dossier.studies {
        let of_study = all.iter().filter(|e| e.study == study.name);
        page.push_str(&in_short(study, &of_study.collect::<Vec<_>>()));
    }
    page.push_str(&gate(results));
    wrap::wrap(&page)
}

fn heading(dossier: &Dossier) -> String {
    let on = match dossier.server() {
        Some(server) => format!(
            "on {} {} ({})",
            server.product,
            short_version(&server.version),
            server.address
        ),
        None => "on the model of PostgreSQL in memory".into(),
    };
    format!(
        "{BOLD}sim {}{BOLD:#}{DIM} {on}{DIM:#}\n\n",
        dossier.sim_version
    )
}

fn in_short(study: &Study, all: &[&Expectation]) -> String {
    let failed = all.iter().filter(|e| !e.holds).count();
    let verdict = match failed {
        0 => Verdict::Safe,
        _ => Verdict::Oversells,
    };
    let (style, word) = (style(verdict), if failed == 0 { "ok" } else { "FAILS" });
    let name = label(study);
    let mut parts = Vec::new();
    if let Some(load) = &study.load {
        let cells = many(load.cells.len() as u64, "cell");
        let runs = many(load.scenario.runs.into(), "run");
        parts.push(format!(
            "{cells} x {runs} of {}",
            many(load.scenario.buyers.into(), "buyer")
        ));
    }
    if let Some(exploration) = &study.exploration {
        let orders = exploration
            .cells
            .iter()
            .map(|cell| cell.found.covered.schedules);
        parts.push(format!(
            "{} of {}",
            many(orders.sum(), "order"),
            exploration.shape.buyers
        ));
    }
    let thresholds = all.iter().filter(|e| e.of == Of::Threshold).count() as u64;
    if thresholds > 0 {
        parts.push(many(thresholds, "threshold"));
    }
    format!(
        "{style}{word:<5}{style:#}  {BOLD}{name:<18}{BOLD:#}  {}\n",
        parts.join(" · ")
    )
}

/// The thresholds that do not hold; empty where all do.
#[must_use]
pub fn thresholds_to_terminal(results: &Results) -> String {
    let all = expectations(&results.dossier).into_iter();
    let failed = all.filter(|e| e.of == Of::Threshold && !e.holds);
    wrap::wrap(&failed.map(|e| failure(&e)).collect::<String>())
}

/// What is not as expected, what became slower, and the last word.
pub(super) fn gate(results: &Results) -> String {
    let all = expectations(&results.dossier);
    let failed: Vec<&Expectation> = all.iter().filter(|e| !e.holds).collect();
    let mut text = String::new();
    // Of a cell that had no turn there is nothing to tell.
    for expectation in failed.iter().filter(|e| e.found != NOTHING) {
        text.push_str(&failure(expectation));
    }
    if let Some(before) = &results.against {
        text.push_str(&against(&results.dossier, before));
    }
    let idle = results.dossier.idle() as u64;
    if idle > 0 {
        let _ = writeln!(text, "\n{} did not run", many(idle, "cell"));
    }
    let word = match (failed.len(), all.len()) {
        (0, all) => format!("all {} hold", many(all as u64, "expectation")),
        (some, all) => format!("{some} of {} do not hold", many(all as u64, "expectation")),
    };
    let _ = writeln!(text, "\n{word}");
    text
}

fn failure(expectation: &Expectation) -> String {
    let Expectation {
        study,
        of,
        expected,
        found,
        details,
        ..
    } = expectation;
    let style = style(Verdict::Oversells);
    let kind = match of {
        Of::Load => "under load",
        Of::Exploration => "in every order",
        Of::Threshold => "threshold",
    };
    let mut text = format!(
        "\n{style}not as expected{style:#}: {BOLD}{}{BOLD:#}\n    {kind}: expected {expected}, \
         found {found}\n",
        place(study, expectation.cell())
    );
    for detail in details {
        let _ = writeln!(text, "    {detail}");
    }
    text
}

/// What changed since older results.
pub(super) fn against(now: &Dossier, before: &Dossier) -> String {
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
        let _ = writeln!(
            text,
            "  {cells} compared in speed, as a ratio to the reference"
        );
    }
    text + &words
}

/// Empty where it is the same.
fn verdict_changed(change: &Change) -> String {
    match change.before == change.now {
        true => String::new(),
        false => format!(
            "  {}: was {}, is {}\n",
            place(&change.study, change.cell()),
            change.before,
            change.now
        ),
    }
}

/// Empty where it did not change beyond noise.
fn speed_changed(change: &Change) -> String {
    let word = match (change.is_slower(), change.is_faster()) {
        (true, _) => "slower",
        (_, true) => "faster",
        _ => return String::new(),
    };
    let Some(speed) = change.speed else {
        return String::new();
    };
    format!(
        "  {}: {word} beyond noise: {} of its speed then, as a ratio to the reference (95 %: {} to \
         {})\n",
        place(&change.study, change.cell()),
        percent(speed.value),
        percent(speed.low),
        percent(speed.high),
    )
}

/// A cell with the name of its study, where that has one.
fn place(study: &str, cell: String) -> String {
    match study {
        "" => cell,
        name => format!("{name}: {cell}"),
    }
}
