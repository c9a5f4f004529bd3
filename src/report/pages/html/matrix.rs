//! Subject x isolation at a glance.

use maud::{Markup, html};

use super::section::Section;
use super::table_picture;
use super::verdict::{badge, not_run, surprise, tone};
use crate::cell::{Cell, Subject};
use crate::report::dossier::exploration::ExploredCell;
use crate::report::facts::explain;
use crate::report::facts::known::{self, Known};
use crate::report::facts::listing::has_listing;
use crate::report::facts::number::count;
use crate::report::facts::unfollowed;
use crate::shop::Isolation;
use crate::subject;

pub(super) fn render(section: &Section<'_>) -> Markup {
    let id = section.id("verdicts");
    html! {
        section aria-label=(section.label("Verdicts")) {
            h3 id=(id) { "Verdicts" }
            p.muted { (caption(section)) " " (table_picture::matrix(section)) }
            table.matrix style={ "--levels:" (section.levels.len()) } role="table"
                aria-labelledby=(id) {
                thead role="rowgroup" {
                    tr role="row" {
                        th scope="col" role="columnheader" { "Strategy" }
                        @for level in &section.levels {
                            th scope="col" role="columnheader" { (level) }
                        }
                    }
                }
                tbody role="rowgroup" {
                    @for subject in &section.subjects { (row(section, *subject)) }
                }
            }
        }
    }
}

fn caption(section: &Section<'_>) -> &'static str {
    match (&section.study.load, &section.study.exploration) {
        (Some(_), Some(_)) => {
            "In large: many buyers at full speed, then the database was audited. Below: every \
             schedule of a small shop's statements. Strong red is what was not expected."
        }
        (Some(_), None) => "Many buyers at full speed, then the database was audited.",
        (None, Some(explored)) if explored.tables.is_some() => {
            "Every schedule of the statements of a few sessions."
        }
        _ => "Every schedule of the statements of a small shop.",
    }
}

fn row(section: &Section<'_>, subject: Subject) -> Markup {
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                (name(section, subject))
                @if let Some(profile) = subject::profile(subject) { span.idea { (profile.idea) } }
            }
            @for level in &section.levels {
                @let known = known::at(&section.known, Cell { subject, level: *level });
                (cell(section, known, *level))
            }
        }
    }
}

/// Leads to how it is written, where that is known.
fn name(section: &Section<'_>, subject: Subject) -> Markup {
    html! {
        @if has_listing(subject) {
            a.name href={ "#" (section.listing_id(subject)) } { (subject) }
        } @else {
            span.name { (subject) }
        }
    }
}

/// Whether it came to what was expected, wherever something was.
fn is_expected(known: &Known<'_>) -> bool {
    let load = known.load;
    let load = load.and_then(|(found, expected)| Some(found == expected?));
    let explored = known.explored.filter(|cell| cell.expected.is_some());
    let explored = explored.map(ExploredCell::holds);
    let mut expected = load.into_iter().chain(explored);
    expected
        .next()
        .is_some_and(|first| first && expected.all(|is| is))
}

fn cell(section: &Section<'_>, known: Option<&Known<'_>>, level: Isolation) -> Markup {
    let Some(known) = known else {
        return html! { td role="cell" data-level=(level) { span.muted { "not tried" } } };
    };
    html! {
        td.(tone(known.worst())).foreseen[is_expected(known)].use[section.fix == Some(known.cell)] role="cell" data-level=(level) {
            @if let Some((found, expected)) = known.load {
                (badge(found))
                (surprise(expected.filter(|expected| *expected != found)))
                @if let Some(reserve) = &known.reserve { span.surprise { (reserve) } }
            } @else if known.is_load_left || known.explored.is_none() {
                (not_run())
            }
            @if let Some(explored) = known.explored {
                (proof(section, explored, known.load.is_some() || known.is_load_left))
            } @else if known.is_exploration_left && known.load.is_some() {
                span.proof { "schedules: not run" }
            }
        }
    }
}

fn proof(section: &Section<'_>, cell: &ExploredCell, is_below: bool) -> Markup {
    let verdict = cell.verdict();
    html! {
        @if !is_below { (badge(verdict)) }
        span.proof {
            @if cell.found.proving(verdict) == 0 { (tried(cell)) ": " }
            @if cell.found.example.is_some() {
                a href={ "#" (section.schedule_id(cell.cell)) } { (verdict) }
            } @else {
                (verdict)
            }
            (explain::share(&cell.found, verdict))
        }
        (surprise(cell.missed()))
        @for line in unfollowed::in_lines(&cell.found) { span.surprise { (line) } }
        @if let Some(fault) = &cell.found.fault {
            span.surprise { "it could not go on: " (fault) }
        }
    }
}

/// How many schedules were tried, and whether these are all.
fn tried(cell: &ExploredCell) -> String {
    let (found, covered) = (&cell.found, &cell.found.covered);
    match (covered.exhausted, found.reduced) {
        (true, false) => format!("every schedule tried ({})", count(covered.schedules)),
        (true, true) => "every schedule tried".into(),
        (false, _) => explain::covered(found)
            .unwrap_or_else(|| format!("{} schedules tried", count(found.different()))),
    }
}
