//! What conflicts cost: goodput against conflicts.

use maud::{Markup, html};

use super::plot::{Axis, frame, points};
use super::scale::Scale;
use super::section::Section;
use crate::cell::Subject;
use crate::report::facts::comparison::Compared;
use crate::report::facts::number::{count, real};
use crate::shop::Isolation;

/// Names stand no closer than this share of the plot's height, or they overlap.
const NAME_GAP: f64 = 0.06;

/// A cell with its place on the plot.
struct Point {
    subject: Subject,
    is_sound: bool,
    along: f64,
    up: f64,
    /// How far up its name stands.
    name_up: f64,
    in_words: String,
}

pub(super) fn render(section: &Section<'_>) -> Markup {
    let values: Vec<(f64, f64)> = section.compared.iter().filter_map(values).collect();
    let most = |of: fn(&(f64, f64)) -> f64| values.iter().map(of).fold(0.0, f64::max);
    let (x, y) = (Scale::linear(most(|v| v.0)), Scale::linear(most(|v| v.1)));
    html! {
        @if !values.is_empty() {
            figure.goodput {
                figcaption { h4 { "Goodput against conflicts" } }
                p.muted { "Up is more sales; to the right is more work that was thrown away." }
                (section.panels(|level| panel(section, level, x, y)))
            }
        }
    }
}

fn values(cell: &Compared<'_>) -> Option<(f64, f64)> {
    let rate = cell.summary.sales_per_s()?;
    Some((cell.summary.conflicts_per_sale()?, rate.value))
}

fn panel(section: &Section<'_>, level: Isolation, x: Scale, y: Scale) -> Markup {
    let points = places(section, level, x, y);
    let axis = |name, scale: Scale| Axis {
        name,
        ticks: scale
            .ticks()
            .into_iter()
            .map(|v| (scale.share(v), short(v)))
            .collect(),
    };
    let leaders = html! { @for point in &points { (leader(section, point)) } };
    let marks = html! { @for point in &points { (mark(section, point)) } };
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

/// Points from the top down, with names that keep their distance.
fn places(section: &Section<'_>, level: Isolation, x: Scale, y: Scale) -> Vec<Point> {
    let point = |cell: &Compared<'_>| {
        let (conflicts, rate) = values(cell)?;
        Some(Point {
            subject: cell.summary.cell.subject,
            is_sound: cell.is_sound(),
            along: x.share(conflicts),
            up: y.share(rate),
            name_up: y.share(rate),
            in_words: format!(
                "{}: {} sales a second, {} conflicts a sale",
                cell.summary.cell.subject,
                real(rate),
                real(conflicts)
            ),
        })
    };
    let mut points: Vec<Point> = section.at_level(level).filter_map(point).collect();
    points.sort_by(|a, b| b.up.total_cmp(&a.up));
    let mut free = f64::INFINITY;
    for point in &mut points {
        point.name_up = point.up.min(free);
        free = point.name_up - NAME_GAP;
    }
    // A name that was pushed below the axis pushes back.
    let mut taken = 0.0_f64;
    for point in points.iter_mut().rev() {
        point.name_up = point.name_up.max(taken);
        taken = point.name_up + NAME_GAP;
    }
    points
}

/// From a point to its name, beside the plot.
fn leader(section: &Section<'_>, point: &Point) -> Markup {
    let line = [(point.along, point.up), (1.0, point.name_up)];
    html! {
        polyline.leader.(section.colour(point.subject)) data-strategy=(point.subject)
            points=(points(line.into_iter())) {}
    }
}

fn mark(section: &Section<'_>, point: &Point) -> Markup {
    let colour = section.colour(point.subject);
    let (left, up) = (point.along * 100.0, point.up * 100.0);
    html! {
        span.dot.(colour).broken[!point.is_sound] data-strategy=(point.subject)
            style=(format!("left:{left:.1}%;bottom:{up:.1}%")) title=(point.in_words) {}
        span.dot-name.(colour) data-strategy=(point.subject)
            style=(format!("bottom:{:.1}%", point.name_up * 100.0)) {
            (point.subject)
        }
    }
}
