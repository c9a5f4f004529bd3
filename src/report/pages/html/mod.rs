//! The page that people send to each other: one file that asks for nothing
//! else, reads without script, on a phone and on paper.

mod bars;
mod change;
mod comparison;
mod configuration;
mod expected;
mod glossary;
mod goodput;
mod heading;
mod latency;
mod listings;
mod matrix;
mod meaning;
mod overview;
mod picture;
mod plot;
mod provenance;
mod race_picture;
mod raced;
mod ratios;
mod reading;
mod scale;
mod script_lines;
mod section;
mod sequence;
mod steps;
mod study;
mod table_picture;
mod timeline;
mod tries;
mod verdict;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::report::dossier::document::{Dossier, Results, Study};
use crate::report::facts::change::differences;
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
    let sections = sections(results);
    let content = content(results, &sections);
    let reading = reading::render(&sections);
    let words = glossary::render(&[&content, &reading]);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(dossier, &sections))
            body {
                a.skip href="#main" { "Skip to the results" }
                (bar(dossier))
                main #main { (content) }
                footer {
                    (provenance::render(dossier))
                    (reading)
                    (words)
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// Each study with what several of its parts need.
fn sections(results: &Results) -> Vec<Section<'_>> {
    let dossier = &results.dossier;
    let older = results.against.as_ref();
    let older = older.filter(|older| differences(dossier, older).is_empty());
    let before = |study: &Study| {
        let mut studies = older?.studies.iter();
        studies.find(|other| other.name == study.name)
    };
    let studies = dossier.studies.iter().enumerate();
    studies
        .map(|(at, study)| Section::new(study, before(study), at))
        .collect()
}

fn head(dossier: &Dossier, sections: &[Section<'_>]) -> Markup {
    let title = heading::title(sections);
    let description = heading::description(sections);
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            meta name="generator" content={ "sim " (dossier.sim_version) };
            meta name="description" content=(description);
            meta property="og:type" content="article";
            meta property="og:title" content=(title);
            meta property="og:description" content=(description);
            link rel="icon" href="data:,";
            title { (title) }
            style { (PreEscaped(STYLE)) }
        }
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
    let common = html! {
        (expected::render(&results.dossier))
        (change::render(results))
    };
    html! {
        @match sections {
            [] => h1 { "There is nothing to show." }
            [only] => article {
                (heading::render(only, true))
                (common)
                (only.details())
            }
            several => {
                p.kicker { (count(several.len() as u64)) " scenarios" }
                h1 { (heading::total(several)) }
                (overview::render(several))
                (common)
                @for section in several { (folded(section)) }
            }
        }
    }
}

/// One of several studies: closed, or the page is longer than anything can be found on.
fn folded(section: &Section<'_>) -> Markup {
    html! {
        details.study id=(section.id("study")) {
            summary {
                h2.title { (section.study.title) }
                p.answer { (heading::answer(section)) }
            }
            article {
                (heading::render(section, false))
                (section.details())
            }
        }
    }
}
