//! The frame around every plot.
//!
//! Lines are drawn in a square that is stretched to whatever room there is; all
//! text is HTML on top of it and keeps its size, on a phone as on paper.

use maud::{Markup, html};

use crate::report::facts::number::joined;

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

fn along(share: f64) -> String {
    format!("{:.0}", share * SIDE)
}

/// What is up on a plot is down in a picture.
fn up(share: f64) -> String {
    format!("{:.0}", (1.0 - share) * SIDE)
}
