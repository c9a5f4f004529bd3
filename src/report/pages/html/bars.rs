//! What was broken, and how much of it, as bars.

use maud::{Markup, html};

use super::section::Section;
use crate::oracle::Violations;
use crate::report::facts::broken::{Broken, broken};
use crate::report::facts::number::{count, many};
use crate::report::facts::summary::Summary;

pub(super) fn render(section: &Section<'_>) -> Markup {
    let id = section.id("broken");
    let summaries: Vec<&Summary<'_>> = section.compared.iter().map(|c| &c.summary).collect();
    let mut all = Violations::default();
    summaries.iter().for_each(|s| all.add(&s.violations));
    let kinds = broken(&all).into_iter().enumerate();
    let clean = summaries.iter().filter(|s| s.violations.is_clean()).count();
    html! {
        section aria-labelledby=(id) {
            h3 id=(id) { "What was broken" }
            p.muted {
                "Added up over " (many(runs(&summaries), "run")) " of each cell. In "
                (count(clean as u64)) " of " (many(summaries.len() as u64, "cell"))
                " nothing was broken."
            }
            div.kinds {
                @for (at, kind) in kinds.filter(|(_, kind)| kind.n > 0) {
                    (figure(at, &kind, &summaries))
                }
            }
        }
    }
}

fn runs(summaries: &[&Summary<'_>]) -> u64 {
    let runs = summaries.iter().map(|summary| summary.runs.len());
    runs.max().unwrap_or(0) as u64
}

/// `at`: the place of the kind among all.
fn figure(at: usize, kind: &Broken, summaries: &[&Summary<'_>]) -> Markup {
    let cells: Vec<(&Summary<'_>, u64)> = summaries
        .iter()
        .map(|summary| (*summary, broken(&summary.violations)[at].n))
        .filter(|(_, n)| *n > 0)
        .collect();
    let most = cells.iter().map(|(_, n)| *n).max().unwrap_or(1);
    html! {
        figure {
            figcaption { (kind.name) ", " (kind.unit) "s" }
            ul.bars {
                @for (summary, n) in cells {
                    @let share = n as f64 * 100.0 / most as f64;
                    li {
                        span.of { (summary.cell.subject) " " small { (summary.cell.level) } }
                        span.track aria-hidden="true" {
                            span.fill style=(format!("width:{share:.1}%")) {}
                        }
                        span.number { (many(n, kind.unit)) }
                    }
                }
            }
        }
    }
}
