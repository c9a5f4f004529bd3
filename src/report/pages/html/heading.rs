//! What a study comes to, before anything else is said.

use maud::{Markup, html};

use super::configuration;
use super::section::Section;
use crate::oracle::Verdict;
use crate::report::dossier::document::Study;
use crate::report::facts::conclusion::{conclusion, in_short};
use crate::report::facts::known::Known;
use crate::report::facts::number::{count, joined};
use crate::report::facts::source::address;

/// The answer of a study in one line: how much breaks, and what to use.
pub(super) fn answer(section: &Section<'_>) -> String {
    let ran: Vec<&Known<'_>> = section.known.iter().filter(|k| k.has_run()).collect();
    let n = |is: fn(Verdict) -> bool| ran.iter().filter(|k| is(k.worst())).count() as u64;
    let (broken, holding) = (n(Verdict::is_broken), n(|v| v == Verdict::Safe));
    let of = count(section.known.len() as u64);
    match (ran.as_slice(), broken, section.fix) {
        ([], ..) => "Nothing was tried".into(),
        ([only], ..) if section.known.len() == 1 => format!("{}: {}", only.cell, only.worst()),
        (_, 0, _) if holding == section.known.len() as u64 => format!("All {of} hold"),
        (_, 0, _) => format!("{} of {of} hold, none is broken", count(holding)),
        (_, _, Some(fix)) => format!("{} of {of} break. Use {fix}", count(broken)),
        (_, _, None) => format!("{} of {of} break, {} hold", count(broken), count(holding)),
    }
}

/// Names are not broken at their hyphens.
fn whole(answer: &str) -> Markup {
    html! { @for word in answer.split(' ') { span.whole { (word) } " " } }
}

/// `is_alone`: the answer of the only study is that of the page.
pub(super) fn render(section: &Section<'_>, is_alone: bool) -> Markup {
    let study = section.study;
    html! {
        div.heading {
            @if is_alone {
                h1 { (whole(&answer(section))) }
                h2.kicker { (study.title) }
            }
            @if !study.about.is_empty() { p.about { (study.about) } }
            (points(study))
            p.setting { (configuration::in_short(study)) }
            @if !study.seen_in.is_empty() {
                p.muted { "Seen in " (joined_sources(study)) }
            }
        }
    }
}

/// At most three lines, and everything in one sentence behind them.
fn points(study: &Study) -> Markup {
    html! {
        dl.points {
            @for point in in_short(study) { dt { (point.label) } dd { (point.text) } }
        }
        details.all {
            summary { "Every strategy by name" }
            p.conclusion { (conclusion(study)) }
        }
    }
}

fn joined_sources(study: &Study) -> Markup {
    html! {
        @for (at, source) in study.seen_in.iter().enumerate() {
            @if at > 0 { " · " }
            @match address(source) {
                Some(address) => a href=(address) rel="noreferrer" { (source) },
                None => (source),
            }
        }
    }
}

/// What stands where the page is named: its title, and what is shown of a link to it.
pub(super) fn title(sections: &[Section<'_>]) -> String {
    match sections {
        [] => "sim: nothing was tried".into(),
        [only] => format!("{}: {}", only.study.title, answer(only)),
        several => {
            let n = count(several.len() as u64);
            let of = match are_own(several) {
                true => "races",
                false => "overselling",
            };
            format!("{}: {n} scenarios of {of}", total(several))
        }
    }
}

/// `25 of 96 ways to check out break`; on tables of the user's own a script need be no checkout.
pub(super) fn total(sections: &[Section<'_>]) -> String {
    let all = || sections.iter().flat_map(|section| &section.known);
    let broken = all().filter(|k| k.has_run() && k.worst().is_broken());
    let (broken, of) = (count(broken.count() as u64), count(all().count() as u64));
    match are_own(sections) {
        true => format!("{broken} of {of} scripts at their isolation levels break"),
        false => format!("{broken} of {of} ways to check out break"),
    }
}

/// Whether every study is on tables of the user's own.
fn are_own(sections: &[Section<'_>]) -> bool {
    let is_own = |study: &Study| {
        let load = study.load.as_ref().and_then(|load| load.tables.as_ref());
        let explored = study.exploration.as_ref();
        load.is_some() || explored.is_some_and(|found| found.tables.is_some())
    };
    sections.iter().all(|section| is_own(section.study))
}

/// What the page says, in a few lines of plain text.
pub(super) fn description(sections: &[Section<'_>]) -> String {
    let points = |section: &Section<'_>| {
        let points = in_short(section.study).into_iter();
        joined(
            points.map(|point| format!("{}: {}", point.label, point.text)),
            " · ",
        )
    };
    match sections {
        [only] => points(only),
        several => joined(
            several
                .iter()
                .map(|s| format!("{}: {}", s.study.title, answer(s))),
            " · ",
        ),
    }
}
