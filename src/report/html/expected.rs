//! What was expected, and what of it does not hold.

use maud::{Markup, html};

use crate::report::dossier::Dossier;
use crate::report::gate::{Expectation, Of, expectations};
use crate::report::number::{count, many};

pub(super) fn render(dossier: &Dossier) -> Markup {
    let all = expectations(dossier);
    let broken: Vec<&Expectation> = all.iter().filter(|e| !e.holds).collect();
    html! {
        @if broken.is_empty() && !all.is_empty() {
            p.callout.good {
                "As expected: all " (many(all.len() as u64, "expectation")) " hold (" (kinds(&all))
                ")."
            }
        } @else if !all.is_empty() {
            section.callout.bad aria-labelledby="expected" {
                h2 #expected {
                    (count(broken.len() as u64)) " of " (many(all.len() as u64, "expectation"))
                    @if broken.len() == 1 { " does" } @else { " do" } " not hold"
                }
                ul { @for expectation in broken { (entry(expectation)) } }
            }
        }
    }
}

/// `33 verdicts under load, 12 thresholds`.
fn kinds(all: &[Expectation]) -> String {
    let kinds = [
        (Of::Load, "verdict", " under load"),
        (Of::Exploration, "verdict", " over every order"),
        (Of::Threshold, "threshold", ""),
    ];
    let counts = kinds.map(|(of, one, place)| {
        let n = all.iter().filter(|e| e.of == of).count() as u64;
        (n, format!("{}{place}", many(n, one)))
    });
    let occurring = counts.into_iter().filter(|(n, _)| *n > 0);
    let texts: Vec<String> = occurring.map(|(_, text)| text).collect();
    texts.join(", ")
}

fn entry(expectation: &Expectation) -> Markup {
    html! {
        li {
            strong {
                @if !expectation.study.is_empty() { (expectation.study) ": " }
                (expectation.cell()) ", " (expectation.of.name())
            }
            ": expected " (expectation.expected) ", found " (expectation.found)
            @if !expectation.details.is_empty() {
                ul.muted { @for detail in &expectation.details { li { (detail) } } }
            }
        }
    }
}
