//! What a fix costs: sales a second beside the reference, as dots with their intervals.

use maud::{Markup, html};

use super::scale::Scale;
use super::section::Section;
use super::table_picture;
use crate::report::facts::comparison::Compared;
use crate::report::facts::explain::is_telling;
use crate::report::facts::number::real;
use crate::report::facts::statistics::Interval;

pub(super) fn render(section: &Section<'_>) -> Markup {
    let mut all: Vec<(&Compared<'_>, Interval)> = section
        .compared
        .iter()
        .filter_map(|cell| Some((cell, cell.ratio.filter(|ratio| is_telling(*ratio))?)))
        .collect();
    if all.len() < 2 {
        return html! {};
    }
    all.sort_by(|(_, a), (_, b)| b.value.total_cmp(&a.value));
    let most = all.iter().map(|(_, ratio)| ratio.high).fold(1.0, f64::max);
    let scale = Scale::linear(most);
    let reference = section.study.reference.map(|cell| cell.to_string());
    html! {
        figure.ratios {
            figcaption { h4 { "Sales a second, as a multiple of the reference" } }
            p.muted {
                "To the right is faster; 1 is " (reference.unwrap_or_default()) ". The line is the \
                 95 % interval; a filled dot differs from the reference by more than noise. "
                (table_picture::ratios(section, &all, scale))
            }
            ul.whiskers {
                @for (cell, ratio) in &all { (row(section, cell, *ratio, scale)) }
                li.axis aria-hidden="true" {
                    span {} span.track {
                        @for tick in scale.ticks() {
                            span.tick.x style=(format!("left:{:.1}%", scale.share(tick) * 100.0)) { (short(tick)) }
                        }
                    }
                    span {}
                }
            }
        }
    }
}

/// `2`, `0.5`.
fn short(tick: f64) -> String {
    let text = format!("{tick:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

fn row(section: &Section<'_>, cell: &Compared<'_>, ratio: Interval, scale: Scale) -> Markup {
    let of = cell.summary.cell;
    let place = |value: f64| scale.share(value) * 100.0;
    let words = format!(
        "{of}: {} ({} to {})",
        real(ratio.value),
        real(ratio.low),
        real(ratio.high)
    );
    html! {
        li.(section.colour(of.subject)).use[section.fix == Some(of)] title=(words) {
            span.of { (of.subject) " " small { (of.level) } }
            span.track aria-hidden="true" {
                span.one style=(format!("left:{:.1}%", place(1.0))) {}
                span.whisker style=(format!("left:{:.1}%;width:{:.1}%", place(ratio.low), place(ratio.high) - place(ratio.low))) {}
                span.dot.noise[!cell.is_real() && !cell.is_reference]
                    style=(format!("left:{:.1}%", place(ratio.value))) {}
            }
            span.number {
                (real(ratio.value)) " "
                small { @if cell.is_reference { "reference" } @else { (real(ratio.low)) " to " (real(ratio.high)) } }
            }
        }
    }
}
