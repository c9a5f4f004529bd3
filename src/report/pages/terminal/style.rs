//! Colours, and what every page says in the same way.

use anstyle::{AnsiColor, Style};

use super::wrap::fill;
use crate::cell::Cell;
use crate::oracle::{Claim, Verdict};
use crate::report::facts::explain;
use crate::report::facts::number::joined;
use crate::report::facts::summary::Summary;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// Green holds, red is proven to fail, yellow is not known.
pub(super) const fn style(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Safe => AnsiColor::Green,
        Verdict::Unsupported | Verdict::Inconclusive => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    };
    Style::new()
        .bold()
        .fg_color(Some(anstyle::Color::Ansi(colour)))
}

/// Whether the verdict is the expected one, and what takes from its worth, in
/// words. Where all is well it is not said `aloud`.
pub(super) fn expectation(summary: &Summary<'_>, aloud: bool) -> String {
    let expected = summary.expected.map(Claim::Verdict);
    let expected = compared(expected, summary.holds(), aloud);
    match summary.has_run() {
        true => joined(expected.into_iter().chain(explain::reserve(summary)), ", "),
        false => String::new(),
    }
}

/// Whether what was expected holds. Where all is well it is not said `aloud`.
pub(super) fn compared(expected: Option<Claim>, holds: bool, aloud: bool) -> Option<String> {
    match expected? {
        Claim::Verdict(Verdict::Safe) if holds => None,
        claim @ Claim::SafeWithin(_) if holds => aloud.then(|| format!("as expected: {claim}")),
        _ if holds => aloud.then(|| "as expected".into()),
        expected => Some(format!("expected: {expected}")),
    }
}

/// A verdict, and what it means.
pub(super) fn explained(verdict: Verdict, meaning: &str) -> String {
    let style = style(verdict);
    format!("  {style}{verdict:<13}{style:#} {meaning}\n")
}

/// Lines behind their label, section by section. What is too long for a line goes on
/// two blanks further in.
pub(super) fn sections<'l>(
    sections: impl IntoIterator<Item = (&'l str, Vec<String>)>,
    columns: usize,
) -> String {
    const LABEL: usize = 14;
    let mut text = String::new();
    for (label, lines) in sections {
        let words = lines.iter().map(|line| line.split(' ').collect::<Vec<_>>());
        let lines = words.flat_map(|words| fill(&words, " ", columns - LABEL, "  "));
        for (position, line) in lines.enumerate() {
            let label = if position == 0 { label } else { "" };
            text.push_str(&format!("  {BOLD}{label:<11}{BOLD:#} {line}\n"));
        }
    }
    text
}

/// The word for what one cell came to, the cell, a note on what was expected, and
/// what the word means.
pub(super) fn headline(
    word: &str,
    verdict: Verdict,
    cell: Cell,
    note: &str,
    meaning: &str,
) -> String {
    let style = style(verdict);
    let (subject, place) = (cell.subject, cell.place());
    let note = match note {
        "" => String::new(),
        note => format!(" {DIM}({note}){DIM:#}"),
    };
    format!("{style}{word}{style:#}  {BOLD}{subject}{BOLD:#} {place}{note}\n  {meaning}\n")
}
