//! The matrix of verdicts and the chart of costs as pictures.

use maud::{Markup, html};

use super::heading::answer;
use super::picture::{INK, MUTED, RULE, colours, line, link, rectangle, text};
use super::scale::Scale;
use super::section::Section;
use crate::cell::Cell;
use crate::report::facts::comparison::Compared;
use crate::report::facts::known;
use crate::report::facts::number::real;
use crate::report::facts::statistics::Interval;

const NAMES: usize = 210;
const LEVEL: usize = 170;
const ROW: usize = 34;
/// Where the letters of a row stand.
const BASE: usize = 21;

/// A link that saves the matrix.
pub(super) fn matrix(section: &Section<'_>) -> Markup {
    let levels = || section.levels.iter().enumerate();
    let left = |at: usize| NAMES + at * LEVEL;
    let drawn = html! {
        @for (at, level) in levels() { (text(left(at), 14, MUTED, "strong", level.name())) }
        @for (row, subject) in (1..).zip(&section.subjects) {
            @let top = row * ROW - 8;
            (text(0, top + BASE, INK, "strong", subject.name()))
            @for (at, level) in levels() {
                @if let Some(known) = known::at(&section.known, Cell { subject: *subject, level: *level }) {
                    @let (colour, wash) = colours(known.worst());
                    @let said = if known.has_run() { known.worst().to_string() } else { "not run".into() };
                    (rectangle((left(at), top), (LEVEL - 6, ROW - 4), wash, "none"))
                    (text(left(at) + 12, top + BASE, colour, "strong", &said))
                }
            }
        }
    };
    let size = (
        NAMES + section.levels.len() * LEVEL,
        (section.subjects.len() + 1) * ROW,
    );
    let title = format!("{}: {}", section.study.title, answer(section));
    link("verdicts", &title, size, &drawn)
}

const CHART: usize = 420;
const VALUES: usize = 160;

/// A link that saves the chart of these cells, sorted.
pub(super) fn ratios(
    section: &Section<'_>,
    all: &[(&Compared<'_>, Interval)],
    scale: Scale,
) -> Markup {
    let left = 2 * NAMES - 90;
    // Places are not negative.
    let place = |value: f64| left + (scale.share(value) * CHART as f64).round() as usize;
    let bottom = all.len() * ROW;
    let drawn = html! {
        (line((place(1.0), 0), (place(1.0), bottom), MUTED, 1))
        (line((left, bottom), (left + CHART, bottom), RULE, 1))
        @for tick in scale.ticks() { (text(place(tick) - 4, bottom + 18, MUTED, "small", &real(tick))) }
        @for (row, (cell, ratio)) in all.iter().enumerate() {
            @let middle = row * ROW + BASE - 4;
            (text(0, row * ROW + BASE, INK, "strong", &cell.summary.cell.to_string()))
            (line((place(ratio.low), middle), (place(ratio.high), middle), "#1d5fd1", 2))
            circle cx=(place(ratio.value)) cy=(middle) r="5" fill="#1d5fd1" {}
            (text(left + CHART + 16, row * ROW + BASE, INK, "", &in_words(*ratio, cell.is_reference)))
        }
    };
    let size = (left + CHART + VALUES, bottom + ROW);
    let title = format!(
        "{}: sales a second as a multiple of the reference",
        section.study.title
    );
    link("costs", &title, size, &drawn)
}

fn in_words(ratio: Interval, is_reference: bool) -> String {
    match is_reference {
        true => "1 (reference)".into(),
        false => format!(
            "{} ({} to {})",
            real(ratio.value),
            real(ratio.low),
            real(ratio.high)
        ),
    }
}
