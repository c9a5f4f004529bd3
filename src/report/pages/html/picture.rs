//! Pictures to be posted, as files of their own: they know no style of the page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};

use crate::oracle::Verdict;

pub(super) const INK: &str = "#1c1f24";
pub(super) const MUTED: &str = "#5a616b";
pub(super) const RULE: &str = "#d5d8dd";
pub(super) const BAD: &str = "#b3261e";

/// The space around everything.
pub(super) const MARGIN: usize = 24;

/// A shape drawn so far down, and its colour and wash where it has one.
pub(super) const fn colours(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Safe => ("#17663a", "#eaf5ee"),
        Verdict::Unsupported | Verdict::Inconclusive => ("#805300", "#fdf3df"),
        _ => (BAD, "#fcedeb"),
    }
}

/// Text whose first letter is at a place.
pub(super) fn text(x: usize, y: usize, colour: &str, style: &str, said: &str) -> Markup {
    html! { text x=(x) y=(y) fill=(colour) class=(style) { (said) } }
}

pub(super) fn rectangle(
    place: (usize, usize),
    size: (usize, usize),
    fill: &str,
    stroke: &str,
) -> Markup {
    html! {
        rect x=(place.0) y=(place.1) width=(size.0) height=(size.1) rx="5" fill=(fill) stroke=(stroke) {}
    }
}

pub(super) fn line(from: (usize, usize), to: (usize, usize), stroke: &str, width: usize) -> Markup {
    html! { line x1=(from.0) y1=(from.1) x2=(to.0) y2=(to.1) stroke=(stroke) stroke-width=(width) {} }
}

/// What fits into so many letters.
pub(super) fn clipped(said: &str, letters_max: usize) -> String {
    match said.chars().count() > letters_max {
        true => said.chars().take(letters_max - 1).chain(['…']).collect(),
        false => said.to_owned(),
    }
}

/// A link that saves a picture with a title above it, `size` wide and high without the
/// title. What is drawn begins at the origin.
pub(super) fn link(name: &str, title: &str, size: (usize, usize), drawn: &Markup) -> Markup {
    const TITLE: usize = 44;
    let (width, height) = (size.0 + 2 * MARGIN, size.1 + 2 * MARGIN + TITLE);
    let picture = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height)
            viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(title) {
            style { (STYLE) }
            rect width="100%" height="100%" fill="#fff" {}
            (text(MARGIN, MARGIN + 16, INK, "title", title))
            g transform=(format!("translate({MARGIN} {})", MARGIN + TITLE)) { (drawn) }
        }
    };
    let data = STANDARD.encode(picture.into_string());
    html! {
        a.save href={ "data:image/svg+xml;base64," (data) } download={ (name) ".svg" } {
            "Save as a picture" span.unseen { ": " (title) }
        }
    }
}

const STYLE: &str = "text{font:13px system-ui,sans-serif}.title{font-size:18px;font-weight:700}\
                     .strong{font-weight:700}.small{font-size:11px}.code{font:12px monospace}";
