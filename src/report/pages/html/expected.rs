//! What was expected, what of it does not hold, and what did not run.

use maud::{Markup, html};

use crate::report::dossier::document::{Dossier, Study};
use crate::report::facts::expectation::{Expectation, Status};
use crate::report::facts::gate::{expectations, of_study};
use crate::report::facts::known::known;
use crate::report::facts::number::{capitalised, many};
use crate::report::facts::undone::{ended_early, kinds, left, missed, outcome, tally};

pub(super) fn render(dossier: &Dossier) -> Markup {
    let all = expectations(dossier);
    let early = ended_early(dossier, &all);
    html! {
        @if all.is_empty() {
        } @else if all.iter().all(Expectation::holds) {
            p.callout.good {
                @if all.iter().all(|e| e.expected.is_some()) {
                    "As expected: all " (many(all.len() as u64, "expectation")) " hold ("
                    (kinds(all.iter())) ")."
                } @else {
                    (capitalised(&tally(&all))) "."
                }
                @if breaks(dossier) { " What breaks was expected to break." }
                @if let Some(why) = early { " But it " (why) "." }
            }
        } @else {
            section.callout.bad[is_bad(&all)].open[!is_bad(&all)] aria-labelledby="expected" {
                h2 #expected {
                    (outcome(dossier, &all))
                }
                @if let Some(why) = early { p { "It " (why) "." } }
                ul { @for study in &dossier.studies { (of(dossier, study)) } }
            }
        }
    }
}

/// Whether anything is proven to be broken.
fn breaks(dossier: &Dossier) -> bool {
    let mut all = dossier.studies.iter().flat_map(known);
    all.any(|known| known.has_run() && known.worst().is_broken())
}

/// Whether anything is worse than not done.
fn is_bad(all: &[Expectation]) -> bool {
    all.iter()
        .any(|e| matches!(e.status, Status::Differs | Status::Error))
}

/// What does not hold of one study, and how much of it was not run.
fn of(dossier: &Dossier, study: &Study) -> Markup {
    let all = of_study(dossier, study);
    html! {
        @for expectation in missed(all.iter()) { (entry(expectation)) }
        @for (what, left) in left(all.iter()) {
            li {
                strong { @if !study.name.is_empty() { (study.name) ": " } (what) }
                ": " (left)
            }
        }
    }
}

fn entry(expectation: &Expectation) -> Markup {
    html! {
        li {
            strong {
                @if !expectation.study.is_empty() { (expectation.study) ": " }
                (expectation.cell) ", " (expectation.of.name())
            }
            ": " (expectation.in_short())
            @if !expectation.details.is_empty() {
                ul.muted { @for detail in &expectation.details { li { (detail) } } }
            }
        }
    }
}
