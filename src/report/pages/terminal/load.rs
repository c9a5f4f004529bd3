//! What `sim run` prints.

use super::heading::{footer, heading};
use super::{detail, lines, matrix, wrap};
use crate::report::dossier::load::Report;

/// Renders a report: one cell in detail, several side by side. `columns`: of the
/// terminal.
#[must_use]
pub fn to_terminal(report: &Report, columns: usize) -> String {
    let mut page = heading(report, columns);
    let summaries = report.summaries();
    match summaries.as_slice() {
        [only] => page.push_str(&detail::render(only, &report.scenario, columns)),
        several => page.push_str(&matrix::render(several, &report.scenario, columns)),
    }
    page.push_str(&lines::render(&summaries, columns));
    page.push_str(&footer(report));
    wrap::wrap(&page, columns)
}
