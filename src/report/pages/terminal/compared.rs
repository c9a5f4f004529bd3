//! One scenario, its strategies side by side, with what each costs.

use std::fmt::Write as _;

use super::heading::{footer, heading};
use super::matrix::{Numbers, notes};
use super::style::{BOLD, DIM, sections, style};
use super::table::{Entry, Painted, Row, meanings};
use super::{results, wrap};
use crate::explore::found::Found;
use crate::oracle::Verdict;
use crate::report::Report;
use crate::report::dossier::document::{Results, Study};
use crate::report::facts::comparison::{Compared, compare};
use crate::report::facts::conclusion::in_short;
use crate::report::facts::explain;
use crate::report::facts::number::{duration, many, percent_at_most, real};
use crate::report::facts::setting::actors;
use crate::report::facts::statistics::zero_events_bound;
use crate::report::facts::summary::Summary;

/// Renders every scenario with its cells side by side: what they break, what
/// they cost beside the reference, and what every schedule of a few buyers shows.
/// `columns`: of the terminal.
#[must_use]
pub fn comparison_to_terminal(results: &Results, columns: usize) -> String {
    let mut page = results::headline(&results.dossier);
    for study in &results.dossier.studies {
        if let Some(load) = &study.load {
            page.push_str(&title(study));
            page.push_str(&heading(load, columns));
            page.push_str(&side_by_side(study, load, columns));
            page.push_str(&footer(load));
        }
    }
    page.push_str(&results::gate(results));
    wrap::wrap(&page, columns)
}

/// What the file says of itself.
fn title(study: &Study) -> String {
    match study.name.as_str() {
        "" => String::new(),
        _ if study.about.is_empty() => format!("{BOLD}{}{BOLD:#}\n\n", study.title),
        _ => format!("{BOLD}{}{BOLD:#}\n{}\n\n", study.title, study.about),
    }
}

fn side_by_side(study: &Study, load: &Report, columns: usize) -> String {
    let compared = compare(load, study.reference);
    let summaries: Vec<Summary<'_>> = compared.iter().map(|one| one.summary.clone()).collect();
    let numbers = Numbers::of(&summaries);
    let row = |one: &Compared<'_>| numbers.row(&one.summary, beside(study, one));
    let rows: Vec<Row> = compared.iter().map(row).collect();
    let more: &[&str] = match study.exploration {
        Some(_) => &["ratio", "proof"],
        None => &["ratio"],
    };
    let table = numbers.table(&rows, more, columns);
    let legend = numbers.legend(&table, &load.scenario) + &legend(study, &compared, &table);
    let mut page = format!("{}{DIM}{legend}{DIM:#}\n", table.text);
    page.push_str(&meanings(&rows, explain::meaning));
    page.push_str(&unrelated(&compared));
    page.push_str(&proofs(study, &compared));
    page.push_str(&notes(&summaries, &load.scenario));
    page.push_str(&certainty(study, &compared));
    let points = in_short(study).into_iter();
    let points = points.map(|point| (point.label, vec![point.text]));
    page.push('\n');
    page + &sections(points, columns)
}

/// What only a comparison has of a cell: the ratio to the reference, and the proof.
fn beside(study: &Study, compared: &Compared<'_>) -> Vec<Entry> {
    let proof = study.exploration.as_ref().map(|_| proof(study, compared));
    let ratio = Entry::plain(ratio(compared));
    [ratio].into_iter().chain(proof).collect()
}

/// `1.23 (1.11-1.36)*`: with its 95 % interval, and a star if the difference is
/// more than noise.
fn ratio(compared: &Compared<'_>) -> String {
    match compared.ratio {
        _ if compared.is_reference => "reference".into(),
        None => String::new(),
        Some(ratio) if explain::is_telling(ratio) => {
            let star = if compared.is_real() { "*" } else { "" };
            let [value, low, high] = [ratio.value, ratio.low, ratio.high].map(real);
            format!("{value} ({low}-{high}){star}")
        }
        Some(_) => explain::TOO_FEW_RUNS.into(),
    }
}

/// What every schedule of a few buyers shows, in the colour of its own verdict.
fn proof(study: &Study, compared: &Compared<'_>) -> Entry {
    match study.explored(compared.summary.cell) {
        None => Entry::plain("-"),
        Some(explored) => Entry {
            text: explain::breaking_of(&explored.found),
            style: style(explored.verdict()),
        },
    }
}

fn legend(study: &Study, compared: &[Compared<'_>], table: &Painted) -> String {
    let mut text = String::new();
    if let Some(reference) = study.reference.filter(|_| table.shows("ratio")) {
        let is_marked = compared.iter().any(Compared::is_real);
        let star = match is_marked {
            true => "; *: more than noise (all stars together at 5 %, after Holm)",
            false => "",
        };
        let is_own = study
            .load
            .as_ref()
            .is_some_and(|load| load.tables.is_some());
        let sales = if is_own { "done" } else { "sales" };
        let _ = writeln!(
            text,
            "ratio: {sales} a second beside {reference}, with its 95 % interval{star}"
        );
    }
    if let Some(exploration) = study.exploration.as_ref().filter(|_| table.shows("proof")) {
        let buyers = actors(exploration);
        let any = |is: fn(&Found) -> bool| exploration.cells.iter().any(|cell| is(&cell.found));
        let few = match any(|found| found.reduced) {
            true => " or of the few that stand for all",
            false => "",
        };
        let more = match any(|found| !found.covered.exhausted) {
            true => "; +: there are more",
            false => "",
        };
        let _ = writeln!(
            text,
            "proof: how many schedules of {buyers} break something, of all{few}{more}"
        );
    }
    text
}

/// Latency of the buyers of other products than the one that most want.
fn unrelated(compared: &[Compared<'_>]) -> String {
    let level = compared.first().map(|one| one.summary.cell.level);
    let is_of_one = compared
        .iter()
        .all(|one| Some(one.summary.cell.level) == level);
    let line = |one: &Compared<'_>| {
        let (cell, latency) = (one.summary.cell, &one.summary.timing.unrelated);
        // The level, where there is more than one.
        let name = match is_of_one {
            true => cell.subject.to_string(),
            false => cell.to_string(),
        };
        let [p50, p99] = [50.0, 99.0].map(|p| duration(latency.percentile_us(p)));
        format!("    {name:<24} p50 {p50:>8}   p99 {p99:>8}\n")
    };
    let waited = compared
        .iter()
        .filter(|one| one.summary.timing.unrelated.count() > 0);
    match waited.map(line).collect::<String>() {
        none if none.is_empty() => none,
        lines => {
            format!("\n  buyers of other products than the most wanted one, from arrival\n{lines}")
        }
    }
}

/// Where every schedule of a few buyers shows something else than the load.
fn proofs(study: &Study, compared: &[Compared<'_>]) -> String {
    let Some(exploration) = &study.exploration else {
        return String::new();
    };
    let buyers = actors(exploration);
    let line = |summary: &Summary<'_>| {
        let (cell, explored) = (summary.cell, study.explored(summary.cell)?.verdict());
        let is_same = summary.has_run() && explored == summary.verdict();
        let meaning = explain::explored(explored, exploration.tables.is_some());
        let line = || format!("  {cell}: every schedule of {buyers}: {explored}: {meaning}\n");
        (!is_same).then(line)
    };
    compared
        .iter()
        .filter_map(|one| line(&one.summary))
        .collect()
}

/// What "nothing was broken" is worth.
fn certainty(study: &Study, compared: &[Compared<'_>]) -> String {
    let is_safe = |one: &Compared<'_>| one.summary.verdict() == Verdict::Safe;
    let runs = compared.iter().map(|one| one.summary.runs.len()).min();
    let runs = runs.unwrap_or(0) as u64;
    if runs == 0 || !compared.iter().any(is_safe) {
        return String::new();
    }
    let proof = match study.exploration {
        Some(_) => "; a proof misses nothing of its few buyers",
        None => "",
    };
    format!(
        "\n  safe under load: nothing broke in {}, which can miss what breaks up to {} of runs{proof}\n",
        many(runs, "run"),
        percent_at_most(zero_events_bound(runs)),
    )
}
