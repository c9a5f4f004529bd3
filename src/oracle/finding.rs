//! What an oracle found broken: a rule, and how much of it.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verdict::Verdict;

/// A rule that a database must keep, with the words for it.
#[derive(Debug)]
pub struct Rule {
    /// Its name in files and CSV columns.
    pub name: &'static str,
    /// Its name to readers.
    pub title: &'static str,
    /// The heading of a narrow column.
    pub short: &'static str,
    /// What is counted, in the singular.
    pub unit: &'static str,
    /// What a breach proves; `None` where another rule proves it already.
    pub verdict: Option<Verdict>,
    /// What is counted, as a clause.
    pub meaning: &'static str,
}

/// How much of one rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule, by its name.
    pub rule: Cow<'static, str>,
    /// How much of it; at least 1.
    pub count: u64,
    /// What is counted, in the singular.
    pub unit: Cow<'static, str>,
    /// What it proves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// All that an oracle found broken, each rule once. Empty where nothing is.
///
/// Counts add up what each part of the database breaks; they never net one part
/// against another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// These breaches of these rules, those of zero left out.
    pub fn of<'r>(breaches: impl IntoIterator<Item = (&'r Rule, u64)>) -> Self {
        let mut findings = Self::default();
        for (rule, count) in breaches {
            findings.note(&Finding {
                rule: Cow::Borrowed(rule.name),
                count,
                unit: Cow::Borrowed(rule.unit),
                verdict: rule.verdict,
            });
        }
        findings
    }

    /// These, each rule once, those of zero left out.
    pub fn collect(all: impl IntoIterator<Item = Finding>) -> Self {
        let mut findings = Self::default();
        all.into_iter().for_each(|finding| findings.note(&finding));
        findings
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    /// How much of a rule is broken.
    #[must_use]
    pub fn count(&self, rule: &str) -> u64 {
        let found = self.0.iter().find(|finding| finding.rule == rule);
        found.map_or(0, |finding| finding.count)
    }

    /// Adds what another run or another part of the database breaks.
    pub fn add(&mut self, other: &Self) {
        other.iter().for_each(|finding| self.note(finding));
    }

    fn note(&mut self, new: &Finding) {
        if new.count == 0 {
            return;
        }
        // Worst first, so that equal findings are equal lists.
        let place = |f: &Finding| (f.verdict.is_none(), f.verdict, f.rule.clone());
        match self.0.binary_search_by_key(&place(new), place) {
            Ok(at) => self.0[at].count += new.count,
            Err(at) => self.0.insert(at, new.clone()),
        }
    }

    /// Whether nothing is broken.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.0.is_empty()
    }

    /// Every verdict that they prove, worst first.
    #[must_use]
    pub fn proven(&self) -> Vec<Verdict> {
        let mut proven: Vec<Verdict> = self.0.iter().filter_map(|found| found.verdict).collect();
        proven.sort_unstable();
        proven.dedup();
        proven
    }
}
