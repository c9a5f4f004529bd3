//! What was broken, and how much of it, as bars.

use maud::{Markup, html};

use super::section::Section;
use crate::oracle::Rule;
use crate::report::facts::number::{count, many};
use crate::report::facts::summary::Summary;
use crate::report::facts::{broken, own_load};

pub(super) fn render(section: &Section<'_>) -> Markup {
    let summaries: Vec<&Summary<'_>> = section.compared.iter().map(|c| &c.summary).collect();
    let all = broken::in_any(summaries.iter().copied());
    let clean = summaries.iter().filter(|s| s.findings.is_clean()).count();
    let content = html! {
        p.muted {
            "Added up over " (many(runs(&summaries), "run")) " of each cell. In "
            (count(clean as u64)) " of " (many(summaries.len() as u64, "cell"))
            " nothing was broken."
        }
        (shown(&summaries))
        div.kinds { @for rule in broken::rules(&all) { (figure(rule, &summaries)) } }
    };
    section.part("broken", "What was broken", &content)
}

/// Of tables of the user's own, the rows and errors that were found.
fn shown(summaries: &[&Summary<'_>]) -> Markup {
    let found = summaries
        .iter()
        .map(|summary| (summary.cell, own_load::put_in_and_found(summary)));
    html! {
        @for (cell, lines) in found.filter(|(_, lines)| !lines.is_empty()) {
            p { (cell) ":" }
            ul { @for line in lines { li { (line) } } }
        }
    }
}

fn runs(summaries: &[&Summary<'_>]) -> u64 {
    let runs = summaries.iter().map(|summary| summary.runs.len());
    runs.max().unwrap_or(0) as u64
}

fn figure(rule: &Rule, summaries: &[&Summary<'_>]) -> Markup {
    let counted = summaries.iter().map(|s| (*s, s.findings.count(rule.name)));
    let cells: Vec<(&Summary<'_>, u64)> = counted.filter(|(_, n)| *n > 0).collect();
    let most = cells.iter().map(|(_, n)| *n).max().unwrap_or(1);
    html! {
        figure {
            figcaption { (rule.title) ", " (rule.unit) "s" }
            ul.bars {
                @for (summary, n) in cells {
                    @let share = n as f64 * 100.0 / most as f64;
                    li {
                        span.of { (summary.cell.subject) " " small { (summary.cell.level) } }
                        span.track aria-hidden="true" {
                            span.fill style=(format!("width:{share:.1}%")) {}
                        }
                        span.number { (many(n, rule.unit)) }
                    }
                }
            }
        }
    }
}
