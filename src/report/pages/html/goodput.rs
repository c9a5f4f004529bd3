//! What conflicts cost: goodput against conflicts.

use maud::{Markup, html};

use super::plot::{Axis, frame, leader, name, name_places};
use super::scale::Scale;
use super::section::Section;
use crate::cell::Subject;
use crate::report::facts::comparison::Compared;
use crate::report::facts::number::{count, real};
use crate::shop::Isolation;

/// A cell with its place on the plot.
struct Point {
    subject: Subject,
    is_sound: bool,
    along: f64,
    up: f64,
    in_words: String,
}

pub(super) fn render(section: &Section<'_>) -> Markup {
    let panels = section.panels(|level| section.both(level, |cells| panel(section, level, cells)));
    html! {
        @if !panels.0.is_empty() {
            figure.goodput {
                figcaption { h4 { "Goodput against conflicts" } }
                p.muted { "Up is more sales; to the right is more work that was thrown away." }
                (panels)
            }
        }
    }
}

fn values(cell: &Compared<'_>) -> Option<(f64, f64)> {
    let rate = cell.summary.sales_per_s()?;
    Some((cell.summary.conflicts_per_sale()?, rate.value))
}

/// Nothing where all points but one stand on one line: then there is nothing to see that
/// the table does not say.
fn panel(section: &Section<'_>, level: Isolation, cells: &[&Compared<'_>]) -> Markup {
    let values: Vec<(f64, f64)> = cells.iter().filter_map(|cell| values(cell)).collect();
    let most = |of: fn(&(f64, f64)) -> f64| values.iter().map(of).fold(0.0, f64::max);
    let is_apart = |(conflicts, _): &&(f64, f64)| *conflicts > 0.0;
    if values.iter().filter(is_apart).count() < 2 {
        return html! {};
    }
    let (x, y) = (Scale::linear(most(|v| v.0)), Scale::linear(most(|v| v.1)));
    let points: Vec<Point> = cells.iter().filter_map(|cell| point(cell, x, y)).collect();
    let ups: Vec<f64> = points.iter().map(|point| point.up).collect();
    let names = name_places(&ups);
    let named = || points.iter().zip(&names);
    let axis = |name, scale: Scale| Axis {
        name,
        ticks: scale
            .ticks()
            .into_iter()
            .map(|v| (scale.share(v), short(v)))
            .collect(),
    };
    let colour = |point: &Point| section.colour(point.subject);
    let leaders = html! {
        @for (point, up) in named() {
            (leader(&colour(point), point.subject, (point.along, point.up), *up))
        }
    };
    let marks = html! {
        @for (point, up) in named() {
            (mark(&colour(point), point))
            (name(&colour(point), point.subject, *up))
        }
    };
    let label = format!("Sales a second against conflicts a sale at {level}");
    let (x, y) = (axis("conflicts a sale", x), axis("sales a second", y));
    frame(&x, &y, &label, &leaders, &marks)
}

/// A round value without needless digits.
fn short(value: f64) -> String {
    match value {
        v if v.fract() == 0.0 => count(v as u64),
        v => format!("{v:.1}"),
    }
}

fn point(cell: &Compared<'_>, x: Scale, y: Scale) -> Option<Point> {
    let (conflicts, rate) = values(cell)?;
    let subject = cell.summary.cell.subject;
    let (sales, lost) = (real(rate), real(conflicts));
    Some(Point {
        subject,
        is_sound: cell.is_sound(),
        along: x.share(conflicts),
        up: y.share(rate),
        in_words: format!("{subject}: {sales} sales a second, {lost} conflicts a sale"),
    })
}

fn mark(colour: &str, point: &Point) -> Markup {
    let (left, up) = (point.along * 100.0, point.up * 100.0);
    html! {
        span.dot.(colour).broken[!point.is_sound] data-strategy=(point.subject)
            style=(format!("left:{left:.1}%;bottom:{up:.1}%")) title=(point.in_words) {}
    }
}
