//! The frame around every plot.
//!
//! Lines are drawn in a square that is stretched to whatever room there is; all
//! text is HTML on top of it and keeps its size, on a phone as on paper.

use maud::{Markup, html};

use crate::cell::Subject;
use crate::report::facts::number::joined;

/// Names stand no closer than this share of the plot's height, or they overlap.
const NAME_GAP: f64 = 0.06;

/// The side of the square that lines are drawn in.
const SIDE: f64 = 1_000.0;

/// An axis: its name, and where on it (0 to 1) which text stands.
pub(super) struct Axis {
    pub(super) name: &'static str,
    pub(super) ticks: Vec<(f64, String)>,
}

/// Puts axes around what is drawn. `label` says in words what can be seen.
pub(super) fn frame(x: &Axis, y: &Axis, label: &str, lines: &Markup, marks: &Markup) -> Markup {
    html! {
        div.plot role="group" aria-label=(label) {
            div.y-name { (y.name) }
            div.area {
                svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true" {
                    @for (share, _) in &y.ticks {
                        line.grid x1="0" x2="1000" y1=(up(*share)) y2=(up(*share)) {}
                    }
                    @for (share, _) in &x.ticks {
                        line.grid x1=(along(*share)) x2=(along(*share)) y1="0" y2="1000" {}
                    }
                    (lines)
                }
                @for (share, text) in &y.ticks {
                    span.tick.y style=(format!("bottom:{:.1}%", share * 100.0)) { (text) }
                }
                @for (share, text) in &x.ticks {
                    span.tick.x style=(format!("left:{:.1}%", share * 100.0)) { (text) }
                }
                (marks)
            }
            div.x-name { (x.name) }
        }
    }
}

/// The points of a line, each given as its place along and up, from 0 to 1.
pub(super) fn points(places: impl Iterator<Item = (f64, f64)>) -> String {
    joined(places.map(|(x, y)| format!("{},{}", along(x), up(y))), " ")
}

/// How far up the names of marks stand that are so far up, each a share of the plot's
/// height: as near as can be without overlapping.
pub(super) fn name_places(marks: &[f64]) -> Vec<f64> {
    let mut down: Vec<usize> = (0..marks.len()).collect();
    down.sort_by(|a, b| marks[*b].total_cmp(&marks[*a]));
    let mut places = marks.to_vec();
    let mut free = f64::INFINITY;
    for at in &down {
        places[*at] = places[*at].min(free);
        free = places[*at] - NAME_GAP;
    }
    // A name that was pushed below the axis pushes back.
    let mut taken = 0.0_f64;
    for at in down.iter().rev() {
        places[*at] = places[*at].max(taken);
        taken = places[*at] + NAME_GAP;
    }
    places
}

/// From a mark to its name, beside the plot.
pub(super) fn leader(colour: &str, subject: Subject, mark: (f64, f64), name_up: f64) -> Markup {
    let line = [mark, (1.0, name_up)];
    html! {
        polyline.leader.(colour) data-strategy=(subject) points=(points(line.into_iter())) {}
    }
}

/// The name of a mark, beside the plot.
pub(super) fn name(colour: &str, subject: Subject, name_up: f64) -> Markup {
    html! {
        span.dot-name.(colour) data-strategy=(subject)
            style=(format!("bottom:{:.1}%", name_up * 100.0)) { (subject) }
    }
}

fn along(share: f64) -> String {
    format!("{:.0}", share * SIDE)
}

/// What is up on a plot is down in a picture.
fn up(share: f64) -> String {
    format!("{:.0}", (1.0 - share) * SIDE)
}
