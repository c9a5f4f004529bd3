//! Colours, and what every page says in the same way.

use anstyle::{AnsiColor, Style};

use crate::oracle::Verdict;
use crate::report::facts::explain;
use crate::report::facts::summary::Summary;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// Green holds, red is proven to fail, yellow is not known.
pub(super) const fn style(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Safe => AnsiColor::Green,
        Verdict::Inconclusive => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    };
    Style::new()
        .bold()
        .fg_color(Some(anstyle::Color::Ansi(colour)))
}

/// Whether the verdict is the expected one, and what takes from its worth, in
/// words. Where all is well it is not said `aloud`.
pub(super) fn expectation(summary: &Summary<'_>, aloud: bool) -> String {
    let expected = match (summary.holds(), summary.expected) {
        (_, None) | (true, Some(Verdict::Safe)) => None,
        (true, Some(_)) => aloud.then(|| "as expected".into()),
        (false, Some(expected)) => Some(format!("expected: {expected}")),
    };
    let all: Vec<String> = expected
        .into_iter()
        .chain(explain::reserve(summary))
        .collect();
    match summary.has_run() {
        true => all.join(", "),
        false => String::new(),
    }
}

/// As many parts on a line as fit.
pub(super) fn join_in_lines(parts: &[String]) -> String {
    const COLUMNS: usize = 100;
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 3 + part.chars().count() <= COLUMNS => {
                line.push_str(" · ");
                line.push_str(part);
            }
            _ => lines.push(part.clone()),
        }
    }
    lines.join("\n")
}
