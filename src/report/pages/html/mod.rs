//! The page that people send to each other: one file that asks for nothing
//! else, reads without script, on a phone and on paper.

mod bars;
mod change;
mod comparison;
mod configuration;
mod expected;
mod goodput;
mod latency;
mod matrix;
mod meaning;
mod overview;
mod plot;
mod reading;
mod scale;
mod section;
mod sequence;
mod steps;
mod study;
mod timeline;
mod tries;
mod verdict;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::report::dossier::document::{Dossier, Results, Study};
use crate::report::facts::conclusion::conclusion;
use crate::report::facts::number::{count, moment};
use section::Section;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Nothing may be fetched, by whatever a browser makes of the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data:";

/// Renders one self-contained page; the same results give the same bytes.
#[must_use]
pub fn to_html(results: &Results) -> String {
    let dossier = &results.dossier;
    let sections: Vec<Section<'_>> = dossier
        .studies
        .iter()
        .enumerate()
        .map(|(at, study)| Section::new(study, at))
        .collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(dossier))
            body {
                a.skip href="#main" { "Skip to the results" }
                (bar(dossier))
                main #main { (content(results, &sections)) }
                footer { (reading::render(&sections)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn head(dossier: &Dossier) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            meta name="generator" content={ "sim " (dossier.sim_version) };
            link rel="icon" href="data:,";
            title { (title(dossier)) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

fn title(dossier: &Dossier) -> String {
    match dossier.studies.as_slice() {
        [only] => format!("{}: which checkout oversells", only.title),
        several => format!("{} scenarios: which checkout oversells", several.len()),
    }
}

fn bar(dossier: &Dossier) -> Markup {
    html! {
        header.bar {
            span.brand { "sim" }
            span.muted { (dossier.sim_version) " · " (moment(dossier.started_unix_s)) }
            button.theme type="button" hidden {}
        }
    }
}

/// What concerns all studies stands before their details: behind the heading of
/// the only one, or behind the table of several.
fn content(results: &Results, sections: &[Section<'_>]) -> Markup {
    let dossier = &results.dossier;
    let common = html! {
        (expected::render(dossier))
        (change::render(results))
    };
    html! {
        @match sections {
            [] => p { "There is nothing to show." }
            [only] => article {
                (heading(only.study, true))
                (common)
                (only.details())
            }
            several => {
                h1 { (count(several.len() as u64)) " scenarios" }
                (overview::render(several))
                (common)
                @for section in several {
                    article id=(section.id("study")) {
                        (heading(section.study, false))
                        (section.details())
                    }
                }
            }
        }
    }
}

/// What the study is about, and what came of it.
fn heading(study: &Study, is_first: bool) -> Markup {
    html! {
        div.heading {
            @if is_first { h1 { (study.title) } } @else { h2.title { (study.title) } }
            @if !study.about.is_empty() { p.about { (study.about) } }
            @if !study.seen_in.is_empty() {
                p.muted { "Seen in " (study.seen_in.join(" · ")) }
            }
            p.setting { (configuration::in_short(study)) }
            p.conclusion { (conclusion(study)) }
        }
    }
}
