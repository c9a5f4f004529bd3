//! A script under load, line by line.

use maud::{Markup, html};

use super::section::Section;
use crate::report::facts::number::{count, duration};
use crate::report::facts::script_lines::{ScriptLine, lines, words};

pub(super) fn render(section: &Section<'_>) -> Markup {
    let cells = section.compared.iter();
    let with_lines = cells.map(|cell| (cell.summary.cell, lines(&cell.summary)));
    let with_lines: Vec<_> = with_lines.filter(|(_, lines)| !lines.is_empty()).collect();
    if with_lines.is_empty() {
        return html! {};
    }
    let is_service = with_lines[0].0.subject.is_service();
    let (title, what) = match is_service {
        true => ("Services, request by request", "request"),
        false => ("Scripts, line by line", "statement"),
    };
    html! {
        figure.script-lines {
            figcaption { h4 { (title) } }
            p.muted { "From sending a " (what) " to its answer, in all attempts." }
            @for (cell, lines) in &with_lines {
                div.scroll tabindex="0" role="region" aria-label={ "Lines of " (cell) } {
                    table {
                        caption { (cell) }
                        thead { tr {
                            th scope="col" { (words(*cell)[0]) }
                            th.number scope="col" { "sent" }
                            th.number scope="col" { "lost" }
                            th.number scope="col" { "failed" }
                            th.number scope="col" { "p50" }
                            th.number scope="col" { "p99" }
                            th scope="col" { (words(*cell)[1]) }
                        } }
                        tbody { @for line in lines { (row(line)) } }
                    }
                }
            }
        }
    }
}

fn row(line: &ScriptLine<'_>) -> Markup {
    let timing = line.timing;
    html! {
        tr {
            th scope="row" { (line.place) }
            td.number { (count(timing.latency.count())) }
            td.number { (or_blank(timing.lost)) }
            td.number { (or_blank(timing.failed)) }
            td.number { (duration(timing.latency.percentile_us(50.0))) }
            td.number { (duration(timing.latency.percentile_us(99.0))) }
            td.script-source { code { (line.text) } }
        }
    }
}

fn or_blank(n: u64) -> String {
    match n {
        0 => String::new(),
        n => count(n),
    }
}
