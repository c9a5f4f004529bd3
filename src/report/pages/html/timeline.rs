//! What ended when, in the first run of each cell.

use maud::{Markup, html};

use super::plot::points;
use super::section::Section;
use crate::cell::{Cell, Subject};
use crate::load::Timeline;
use crate::report::facts::number::{real, round_duration};
use crate::report::facts::summary::per_second;
use crate::shop::Isolation;

/// Sales a second in slices of time.
struct Sales<'c> {
    subject: Subject,
    level: Isolation,
    is_sound: bool,
    rates: Vec<f64>,
    timeline: &'c Timeline,
}

/// What all small plots of a study have in common.
struct Reach {
    slice_us: u64,
    slices: usize,
    sales_per_s: f64,
}

pub(super) fn render(section: &Section<'_>) -> Markup {
    let all = sales(section);
    let reach = Reach {
        slice_us: common_slice_us(section),
        slices: all.iter().map(|sales| sales.rates.len()).max().unwrap_or(0),
        sales_per_s: all.iter().map(Sales::peak).fold(0.0, f64::max),
    };
    let elapsed_us = reach.slice_us * reach.slices as u64;
    html! {
        @if reach.sales_per_s > 0.0 {
            figure.timeline {
                figcaption { h4 { "Sales over time" } }
                p.muted {
                    "Sales a second in the first run of each cell, in slices of "
                    (round_duration(reach.slice_us)) ". Every plot reaches from the first arrival \
                     to " (round_duration(elapsed_us)) ", and up to "
                    (real(reach.sales_per_s)) " sales/s."
                }
                (section.panels(|level| html! {
                    ul.small-plots {
                        @for sales in all.iter().filter(|sales| sales.level == level) {
                            (small(section, sales, &reach))
                        }
                    }
                }))
            }
        }
    }
}

/// The timeline of the first run of every cell that has one.
fn timelines<'s>(section: &'s Section<'_>) -> impl Iterator<Item = (Cell, &'s Timeline)> {
    let cells = section.compared.iter().map(|one| &one.summary);
    let first = cells.filter_map(|s| Some((s.cell, &s.runs.first()?.timing.timeline)));
    first.filter(|(_, timeline)| timeline.slice_us > 0 && !timeline.sold.is_empty())
}

/// Runs that took longer have longer slices, which are less noisy; all are shown
/// in the shortest slices that every cell's can be put together to.
fn common_slice_us(section: &Section<'_>) -> u64 {
    let slices = timelines(section).map(|(_, timeline)| timeline.slice_us);
    slices.fold(1, |common, slice| common / divisor(common, slice) * slice)
}

/// The greatest common divisor.
const fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

fn sales<'s>(section: &'s Section<'_>) -> Vec<Sales<'s>> {
    let common_us = common_slice_us(section);
    let sales = timelines(section).map(|(cell, timeline)| {
        let together = usize::try_from(common_us / timeline.slice_us).unwrap_or(1);
        let slices = timeline.sold.chunks(together);
        Sales {
            subject: cell.subject,
            level: cell.level,
            is_sound: section
                .compared
                .iter()
                .any(|c| c.summary.cell == cell && c.is_sound()),
            rates: slices
                .map(|n| per_second(n.iter().sum(), common_us))
                .collect(),
            timeline,
        }
    });
    sales.collect()
}

impl Sales<'_> {
    fn peak(&self) -> f64 {
        self.rates.iter().copied().fold(0.0, f64::max)
    }

    fn in_words(&self) -> String {
        let length_us = self.timeline.slice_us * self.timeline.sold.len() as u64;
        let (subject, peak) = (self.subject, real(self.peak()));
        let length = round_duration(length_us);
        format!("{subject}: at most {peak} sales a second, over after {length}")
    }
}

fn small(section: &Section<'_>, sales: &Sales<'_>, reach: &Reach) -> Markup {
    let words = sales.in_words();
    html! {
        li.(section.colour(sales.subject)).unsound[!sales.is_sound] data-strategy=(sales.subject) {
            span.of { (sales.subject) }
            svg viewBox="0 0 1000 1000" preserveAspectRatio="none" role="img" aria-label=(words) {
                title { (words) }
                polygon.fill points=(steps(&sales.rates, reach)) {}
            }
            span.number { "peak " (real(sales.peak())) "/s" }
        }
    }
}

/// A slice is as wide as it is long: a step for each.
fn steps(rates: &[f64], reach: &Reach) -> String {
    let along = |slice: usize| slice as f64 / reach.slices as f64;
    let steps = rates.iter().enumerate().flat_map(|(slice, rate)| {
        let up = rate / reach.sales_per_s;
        [(along(slice), up), (along(slice + 1), up)]
    });
    let ends = [(0.0, 0.0), (along(rates.len()), 0.0)];
    let [first, last] = ends.map(std::iter::once);
    points(first.chain(steps).chain(last))
}
