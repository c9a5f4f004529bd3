//! How to read the page.

use maud::{Markup, html};

use super::section::Section;
use crate::oracle::{EVIDENCE_MIN, Verdict};
use crate::report::facts::number::{count, many, percent_at_most};
use crate::report::facts::statistics::zero_events_bound;

pub(super) fn render(sections: &[Section<'_>]) -> Markup {
    let is_compared = sections.iter().any(|section| !section.compared.is_empty());
    html! {
        section aria-labelledby="reading" {
            h2 #reading { "How to read this page" }
            dl.words {
                dt { "Where verdicts come from" }
                dd { p {
                    "From the database after the run: order lines, stock, and what buyers were \
                     told. Nothing that a checkout counted itself is believed."
                } }
                dt { "What " q { "safe" } " is worth" }
                dd {
                    p {
                        "Under load it needs evidence of contention: at least "
                        (count(EVIDENCE_MIN)) " attempts that were refused or lost although \
                         what they lacked was still there when they first looked: their answer \
                         hung on the race for the last units."
                    }
                    @for section in sections { (bound(section)) }
                    p {
                        "Over every schedule it is a proof, but of the small shop only, and of \
                         statements that run one after the other."
                    }
                }
                @if is_compared {
                dt { "Intervals" }
                dd { p {
                    "Are 95 % intervals over runs (Student's t). A ratio is taken run by run, so \
                     that both share what the machine did meanwhile. Each interval is of its cell \
                     alone; a difference is called real, and a fix slower than the best one, only \
                     after Holm's correction for all comparisons of its kind in the table (every \
                     cell with the reference; every fix with every other), so that of equal cells \
                     any is told apart in at most 5 % of tables. One run alone has no spread."
                } }
                }
            }
        }
    }
}

/// What a load that broke nothing leaves possible.
fn bound(section: &Section<'_>) -> Markup {
    let summaries = section.compared.iter().map(|cell| &cell.summary);
    let safe = summaries.filter(|summary| summary.verdict() == Verdict::Safe);
    let runs = safe.map(|summary| summary.runs.len() as u64).min();
    html! {
        @if let Some(runs) = runs.filter(|runs| *runs > 0) {
            p {
                (section.study.title) ": 0 of " (many(runs, "run")) " broken still allows (at 95 %) \
                 that up to " (percent_at_most(zero_events_bound(runs))) " of all such runs break something."
            }
        }
    }
}
