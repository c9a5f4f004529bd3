//! Ends that only sessions come to that are released at the same time.

use maud::{Markup, html};

use super::section::Section;
use super::steps;
use crate::report::dossier::exploration::{Exploration, ExploredCell};
use crate::report::facts::raced;

/// Of every cell that was raced what was released together, and the worst end in full.
pub(super) fn render(section: &Section<'_>, exploration: &Exploration) -> Markup {
    html! {
        @for cell in &exploration.cells {
            @if !cell.found.reaches.is_empty() {
                p { (cell.cell) ": what its bodies reach" }
                ul { @for reach in &cell.found.reaches { li { (raced::reach_in_words(reach)) } } }
            }
            @if let Some(raced) = &cell.found.raced {
                div.raced {
                    h4 { "Released at the same time: " (cell.cell) }
                    ul { @for line in raced::lines(raced) { li { (line) } } }
                    (worst(section, cell))
                }
            }
        }
    }
}

fn worst(section: &Section<'_>, cell: &ExploredCell) -> Markup {
    let Some((raced, end)) = raced::worst(&cell.found) else {
        return html! {};
    };
    let label = format!("{}: {} released together", section.study.title, cell.cell);
    html! {
        p.muted {
            "One of " (raced::of_runs(raced, end.count)) ": the statements stand in the sequence of \
             their answers. Those that were released together ran at the same time."
        }
        (steps::render(&end.example, &label))
        (steps::what_is_wrong(&end.example))
        @if !end.changes.is_empty() {
            p { "Rows that were changed in the end:" }
            ul { @for row in raced::rows(end) { li { code { (row) } } } }
        }
    }
}
