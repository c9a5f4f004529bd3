//! Several studies in short.

use maud::{Markup, html};

use super::section::Section;
use super::verdict::{badge, not_run};
use crate::cell::Subject;
use crate::oracle::Verdict;
use crate::report::facts::explain::listed;
use crate::report::facts::known::Known;
use crate::report::facts::number::count;

pub(super) fn render(sections: &[Section<'_>]) -> Markup {
    html! {
        section aria-label="Overview" {
            div.scroll tabindex="0" role="region" aria-label="Every scenario" {
                table.overview {
                    thead {
                        tr {
                            th scope="col" { "Scenario" }
                            th scope="col" { "Strategies at isolation levels" }
                            th scope="col" { "Hold wherever they were tried" }
                        }
                    }
                    tbody { @for section in sections { (row(section)) } }
                }
            }
        }
    }
}

fn row(section: &Section<'_>) -> Markup {
    let is_fix = |subject: &&Subject| {
        let mut cells = section.known.iter().filter(|k| k.cell.subject == **subject);
        cells.all(|cell| cell.worst() == Verdict::Safe)
    };
    let fixes = listed(section.subjects.iter().filter(is_fix));
    html! {
        tr {
            th scope="row" { a href={ "#" (section.id("study")) } { (section.study.title) } }
            td.tally { (tally(section)) }
            td {
                @if !section.known.iter().any(Known::has_run) { "not run" }
                @else if fixes.is_empty() { "none" }
                @else { (fixes) }
            }
        }
    }
}

/// How many cells came to which verdict, worst first.
fn tally(section: &Section<'_>) -> Markup {
    let cells = |verdict| {
        let ran = section.known.iter().filter(|known| known.has_run());
        ran.filter(|known| known.worst() == verdict).count() as u64
    };
    let left = section.known.iter().filter(|known| !known.has_run());
    let left = left.count() as u64;
    html! {
        @for verdict in Verdict::ALL {
            @let n = cells(verdict);
            @if n > 0 { span { (badge(verdict)) " × " (count(n)) } }
        }
        @if left > 0 { span { (not_run()) " × " (count(left)) } }
    }
}
