//! How many tries checkouts took.

use maud::{Markup, html};

use super::section::Section;
use crate::report::facts::comparison::Compared;
use crate::report::facts::number::{count, real};
use crate::shop::Isolation;

/// The first number of tries of each group; a group ends before the next.
const GROUPS: [(u32, &str); 6] = [
    (1, "1 try"),
    (2, "2"),
    (3, "3"),
    (4, "4 to 6"),
    (7, "7 to 10"),
    (11, "more"),
];

pub(super) fn render(section: &Section<'_>) -> Markup {
    let all = section.compared.iter();
    let is_retried = |(group, _): &(usize, &(u32, &str))| {
        *group == 0 || all.clone().any(|cell| grouped(cell)[*group] > 0)
    };
    let groups = GROUPS.iter().enumerate().filter(is_retried);
    let panels = section.panels(|level| panel(section, level));
    if panels.0.is_empty() {
        return panels;
    }
    html! {
        figure.tries {
            figcaption { h4 { "Tries of a checkout" } }
            p.muted {
                "Share of the checkouts by the number of attempts they took. "
                span.key {
                    @for (group, (_, name)) in groups {
                        span { span class={ "t" (group) } aria-hidden="true" {} (name) }
                    }
                }
            }
            (panels)
        }
    }
}

/// Bars that are all alike, but for one, say nothing.
fn panel(section: &Section<'_>, level: Isolation) -> Markup {
    let cells: Vec<&Compared<'_>> = section.at_level(level).collect();
    let is_retried = |cell: &&&Compared<'_>| grouped(cell)[1..].iter().any(|n| *n > 0);
    if cells.iter().filter(is_retried).count() < 2 {
        return html! {};
    }
    html! { ul.bars { @for cell in cells { (row(cell)) } } }
}

/// Checkouts in each group.
fn grouped(cell: &Compared<'_>) -> [u64; GROUPS.len()] {
    let mut groups = [0; GROUPS.len()];
    for (tries, checkouts) in &cell.summary.effort.checkouts_by_tries {
        let group = GROUPS.iter().rposition(|(first, _)| first <= tries);
        groups[group.unwrap_or(0)] += checkouts;
    }
    groups
}

fn row(cell: &Compared<'_>) -> Markup {
    let groups = grouped(cell);
    let all: u64 = groups.iter().sum();
    let subject = cell.summary.cell.subject;
    html! {
        li.unsound[!cell.is_sound()] data-strategy=(subject) {
            span.of { (subject) }
            span.track {
                @for (group, n) in groups.into_iter().enumerate().filter(|(_, n)| *n > 0) {
                    @let share = n as f64 * 100.0 / all as f64;
                    @let words = format!("{}: {}", GROUPS[group].1, count(n));
                    span class={ "fill t" (group) } style=(format!("width:{share:.1}%"))
                        role="img" aria-label=(words) title=(words) {}
                }
            }
            span.number {
                (cell.summary.attempts_per_sale().map_or("-".into(), real)) " a sale"
            }
        }
    }
}
