//! What is broken: in words, and which rules a table has a column for.

use crate::oracle::{Findings, RULES, Rule};
use crate::report::facts::number::many;
use crate::report::facts::summary::Summary;

/// What is broken, each with its number and unit, in the order of the columns.
pub(in crate::report) fn in_words(findings: &Findings) -> Vec<(&'static str, String)> {
    rules(findings)
        .map(|rule| (rule.title, many(findings.count(rule.name), rule.unit)))
        .collect()
}

/// The rules that are broken, in the order of the columns.
pub(in crate::report) fn rules(findings: &Findings) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().filter(|rule| findings.count(rule.name) > 0)
}

/// What is broken in any of these cells.
pub(in crate::report) fn in_any<'s, 'c: 's>(
    summaries: impl Iterator<Item = &'s Summary<'c>>,
) -> Findings {
    let mut all = Findings::default();
    summaries.for_each(|summary| all.add(&summary.findings));
    all
}

/// Which kinds the tables of some cells have a column for: the units oversold,
/// which every reader looks for, and each kind that occurs in any of the cells.
/// A verdict in such a table never stands beside zeros alone.
pub(in crate::report) struct Columns(Vec<&'static Rule>);

impl Columns {
    /// For tables of these cells.
    pub(in crate::report) fn of<'s, 'c: 's>(
        summaries: impl Iterator<Item = &'s Summary<'c>>,
    ) -> Self {
        let all = in_any(summaries);
        let rules = RULES.iter().enumerate();
        let shown = rules.filter(|(at, rule)| *at == 0 || all.count(rule.name) > 0);
        Self(shown.map(|(_, rule)| rule).collect())
    }

    /// The rules, for headings and legends.
    pub(in crate::report) fn rules(&self) -> impl ExactSizeIterator<Item = &'static Rule> {
        self.0.iter().copied()
    }

    /// How much of each is broken.
    pub(in crate::report) fn counts(&self, findings: &Findings) -> impl Iterator<Item = u64> {
        self.0.iter().map(|rule| findings.count(rule.name))
    }

    /// What the narrow columns count, a line each.
    pub(in crate::report) fn legend(&self) -> String {
        let line = |rule: &Rule| format!("{}: {}\n", rule.short, rule.meaning);
        self.rules().map(line).collect()
    }
}
