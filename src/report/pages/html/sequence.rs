//! The simplest failing schedule of every cell that has one.

use maud::{Markup, html};

use super::section::Section;
use super::verdict::badge;
use super::{configuration, provenance, race_picture, raced, steps};
use crate::cell::Cell;
use crate::explore::trace::{Step, Trace};
use crate::oracle::Verdict;
use crate::report::dossier::exploration::{Exploration, ExploredCell};
use crate::report::facts::changed::left_in_words;
use crate::report::facts::known::Known;
use crate::report::facts::number::joined;
use crate::report::facts::{compared, explain, words};

/// Cells that fail in the same way, and how.
struct Group<'s> {
    cells: Vec<&'s ExploredCell>,
    trace: &'s Trace,
}

pub(super) fn render(section: &Section<'_>) -> Markup {
    let Some(exploration) = &section.study.exploration else {
        return html! {};
    };
    let mut groups = groups(exploration);
    // A race first, and the simplest; what fails without one teaches less.
    groups.sort_by_key(|group| (!is_race(group.trace), simplicity(group.trace)));
    let content = html! {
        p { strong { (configuration::ground(exploration)) ": " (configuration::reduced(exploration)) "." } }
        @if exploration.cells.is_empty() {
            p { "It was not run." }
        } @else if groups.is_empty() {
            @if exploration.tables.is_some() {
                p { "No end of a schedule that was tried contradicts a serial order." }
            } @else {
                p { "No schedule of these buyers' statements that was tried breaks anything." }
            }
        } @else {
            p.muted {
                "Of all schedules that fail, the simplest: fewest buyers, then fewest context \
                 switches, then fewest steps. Time goes down; "
                @match exploration.tables {
                    None => { "stock is what is committed, and so what others see." }
                    Some(_) => {
                        "rows that a step commits stand below it: from then on others see them. "
                        "\u{201c}A sees\u{201d} is what the session itself sees where that is not what is committed."
                    }
                }
            }
            @for (at, group) in groups.iter().enumerate() {
                (entry(section, exploration, group, at == 0))
            }
        }
    };
    let content = html! { (content) (raced::render(section, exploration)) (left(exploration)) };
    section.part("schedules", "The race, step by step", &content)
}

/// What scripts leave in their sessions.
fn left(exploration: &Exploration) -> Markup {
    let cells = exploration.cells.iter();
    let cells: Vec<&ExploredCell> = cells.filter(|cell| !cell.found.left.is_empty()).collect();
    html! {
        @if !cells.is_empty() {
            p {
                "What scripts leave in their sessions, which the next user of such a connection "
                "finds there; it is put back before each schedule, and proves nothing:"
            }
            ul {
                @for cell in cells {
                    @for said in left_in_words(&cell.found.left) { li { (cell.cell) ": " (said) } }
                }
            }
        }
    }
}

/// Whether a buyer moves again after another one did.
fn is_race(trace: &Trace) -> bool {
    trace.schedule.switches() >= trace.schedule.sessions().len()
}

fn simplicity(trace: &Trace) -> (usize, usize) {
    (trace.schedule.switches(), trace.steps.len())
}

/// Cells of one strategy whose schedules differ only in the level that they
/// name stand together.
fn groups(exploration: &Exploration) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for cell in &exploration.cells {
        let Some(trace) = &cell.found.example else {
            continue;
        };
        let same = |group: &&mut Group<'_>| {
            let first = group.cells[0];
            first.cell.subject == cell.cell.subject && happens_alike(group.trace, trace)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.cells.push(cell),
            None => groups.push(Group {
                cells: vec![cell],
                trace,
            }),
        }
    }
    groups
}

/// Whether the same happens in two traces of one subject, step by step, whatever their
/// statements say: those that begin a transaction name the level.
fn happens_alike(one: &Trace, other: &Trace) -> bool {
    let step = |(one, other): (&Step, &Step)| {
        (one.buyer, &one.happenings, &one.stock) == (other.buyer, &other.happenings, &other.stock)
    };
    one.schedule == other.schedule
        && one.steps.iter().zip(&other.steps).all(step)
        && (&one.told, &one.findings, &one.digest) == (&other.told, &other.findings, &other.digest)
}

fn entry(
    section: &Section<'_>,
    exploration: &Exploration,
    group: &Group<'_>,
    is_open: bool,
) -> Markup {
    let first = group.cells[0];
    let levels = group.cells.iter().map(|explored| explored.cell.level);
    let label = format!(
        "{}: {} {}",
        section.study.title,
        first.cell,
        first.verdict()
    );
    html! {
        details.schedule open[is_open] {
            summary {
                span.name { (first.cell.subject) } " at " (explain::listed(levels)) " "
                (badge(first.verdict()))
                @if !is_race(group.trace) { " " small { "fails without a race" } }
            }
            @for cell in &group.cells {
                div.anchor id=(section.schedule_id(cell.cell)) {}
            }
            p { "Proven: " (explain::meaning(first.verdict())) "." }
            ul {
                @for cell in &group.cells { li { (frequency(cell)) } }
                @for line in first.found.compared.iter().flat_map(compared::in_lines) { li { (line) } }
            }
            p {
                @if first.found.is_simplest { "The simplest of them: " } @else { "One of them: " }
                (explain::extent(group.trace)) "."
            }
            (steps::contradicted(group.trace))
            (steps::render(group.trace, &label))
            (steps::what_is_wrong(group.trace))
            p { (race_picture::race("race", &label, group.trace)) }
            (in_full(group.trace))
            @if is_race(group.trace) { (under_the_fix(section, first)) }
            @for cell in &group.cells {
                (provenance::command(
                    &format!("To run exactly this again at {}", cell.cell.level),
                    &exploration.replay(cell.cell, &group.trace.schedule),
                ))
            }
        }
    }
}

/// The same race where it is not lost: under the fix to use, or else another one that
/// holds at the same level.
fn under_the_fix(section: &Section<'_>, broken: &ExploredCell) -> Markup {
    let at_level = |known: &&Known<'_>| {
        known.cell.level == broken.cell.level && known.worst() == Verdict::Safe
    };
    let is_to_use = |known: &&Known<'_>| {
        section
            .fix
            .is_some_and(|fix| fix.subject == known.cell.subject)
    };
    let holding = || section.known.iter().filter(at_level);
    let fixes = holding().filter(is_to_use).chain(holding());
    html! {
        @if let Some((cell, trace)) = fixes.filter_map(in_a_race).next() {
            div.contrast {
                h4 { "The same race under " a href={ "#" (section.listing_id(cell.subject)) } { (cell.subject) } }
                p.muted { "A begins and B comes between, as above; the fix holds." }
                (steps::render(trace, &format!("{}: {broken} under {cell}", section.study.title, broken = broken.cell)))
            }
        }
    }
}

fn in_a_race<'s>(known: &Known<'s>) -> Option<(Cell, &'s Trace)> {
    Some((known.cell, known.explored?.found.race.as_ref()?))
}

/// `read-committed: oversells in 80 (87.0 %) of the schedules tried; this one reproduced 10
/// of 10`.
fn frequency(cell: &ExploredCell) -> String {
    let found = &cell.found;
    let of = |verdict: Verdict| match found.reduced || found.proving(verdict) == 0 {
        true => "",
        false => " of the schedules tried",
    };
    let part = |&verdict: &Verdict| {
        let share = explain::proving(found, verdict);
        format!("{verdict} in {share}{}", of(verdict))
    };
    let parts = joined(found.judgement.proven.iter().map(part), ", ");
    let without = found.without_race.iter().flat_map(|shown| &shown.broken);
    let without = joined(
        without.map(|name| format!("; {name} breaks also without a race")),
        "",
    );
    let again = explain::reproduced(found);
    let again = again.map_or_else(String::new, |again| format!("; this one {again}"));
    format!("{}: {parts}{without}{again}", cell.cell.level)
}

/// The statements that the diagram shows in few words, as they are sent.
fn in_full(trace: &Trace) -> Markup {
    let steps = (1..).zip(&trace.steps);
    let shortened = steps.filter_map(|(at, step)| Some((at, words::long_sql(step)?.join("\n"))));
    let all: Vec<(usize, String)> = shortened.collect();
    html! {
        @if !all.is_empty() {
            details.sql {
                summary { "The inserts in full, as they are sent" }
                @for (step, sql) in all {
                    p.muted { "Step " (step) }
                    pre tabindex="0" { code { (sql) } }
                }
            }
        }
    }
}
