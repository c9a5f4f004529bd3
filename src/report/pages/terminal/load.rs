//! What `sim run` prints.

use super::heading::{footer, heading};
use super::{detail, matrix, wrap};
use crate::report::dossier::load::Report;

/// Renders a report: one cell in detail, several side by side.
#[must_use]
pub fn to_terminal(report: &Report) -> String {
    let mut page = heading(report);
    let summaries = report.summaries();
    match summaries.as_slice() {
        [only] => page.push_str(&detail::render(only, &report.scenario)),
        several => page.push_str(&matrix::render(several, &report.scenario)),
    }
    page.push_str(&footer(report));
    wrap::wrap(&page)
}
