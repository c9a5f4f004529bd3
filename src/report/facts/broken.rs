//! What is broken, in words.

use crate::oracle::{self, Findings, RULES, Rule};
use crate::report::facts::number::many;
use crate::report::facts::summary::Summary;

/// What is broken, each with its number and unit, in the order of the columns.
pub(in crate::report) fn in_words(findings: &Findings) -> Vec<(&'static str, String)> {
    rules(findings)
        .into_iter()
        .map(|rule| (rule.title, many(findings.count(rule.name), rule.unit)))
        .collect()
}

/// What one schedule breaks: `oversold 1 unit`, `not serializable`. It has one end.
pub(in crate::report) fn by_schedule(findings: &Findings) -> Vec<String> {
    let said = |rule: &Rule| match rule.unit {
        "end" => rule.title.to_owned(),
        unit => format!("{} {}", rule.title, many(findings.count(rule.name), unit)),
    };
    rules(findings).into_iter().map(said).collect()
}

/// The rules that are broken, in the order of the columns: those of the shop, then any
/// other.
pub(in crate::report) fn rules(findings: &Findings) -> Vec<&'static Rule> {
    let mut rules: Vec<&Rule> = findings.iter().map(oracle::rule).collect();
    let place = |rule: &&Rule| RULES.iter().position(|known| known.name == rule.name);
    rules.sort_by_key(|rule| place(rule).unwrap_or(RULES.len()));
    rules
}

/// What is broken in any of these cells.
pub(in crate::report) fn in_any<'s, 'c: 's>(
    summaries: impl Iterator<Item = &'s Summary<'c>>,
) -> Findings {
    let mut all = Findings::default();
    summaries.for_each(|summary| all.add(&summary.findings));
    all
}
