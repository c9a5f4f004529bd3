//! What tables say of the cells of a load: which numbers, and in which unit. Pages
//! choose the columns and draw them.

use std::fmt;

use crate::load::Latency;
use crate::oracle::{RULES, Rule};
use crate::report::facts::broken::{in_any, rules};
use crate::report::facts::number::{count, duration, percent, real};
use crate::report::facts::statistics::Interval;
use crate::report::facts::summary::Summary;
use crate::report::facts::words::on_own_tables;

/// A number that a cell has.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) enum Number {
    /// How much of a kind is broken in a run: the mean.
    Broken(&'static Rule),
    /// In a run, as what is broken.
    Sold,
    ConflictsPerSale,
    AttemptsPerSale,
    SalesPerS,
    /// From arrival to answer, whatever the answer was.
    Percentile(f64),
    /// Attempts whose answer could have been another one.
    Signs,
    ClientCores,
    ClientBusy,
    /// Beside the reference, which the cell alone does not know: a page words it.
    Ratio,
}

/// How a number is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Unit {
    Count,
    Real,
    Share,
    /// Microseconds.
    Time,
}

/// A number with its unit. As text, a dash where nothing was measured.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Quantity {
    pub(in crate::report) number: Option<f64>,
    /// Half the width of its 95 % interval; `None` of what is no mean, or of one
    /// run alone.
    pub(in crate::report) spread: Option<f64>,
    pub(in crate::report) unit: Unit,
}

impl Quantity {
    const fn of(number: Option<f64>, unit: Unit) -> Self {
        Self {
            number,
            spread: None,
            unit,
        }
    }

    const fn count(n: u64) -> Self {
        Self::of(Some(n as f64), Unit::Count)
    }

    /// The mean over the runs, as the rates and ratios beside it are means.
    fn of_a_run(n: u64, summary: &Summary<'_>) -> Self {
        let runs = summary.runs.len();
        Self::of((runs > 0).then(|| n as f64 / runs as f64), Unit::Count)
    }

    fn mean(mean: Option<Interval>) -> Self {
        let spread = mean.map(|mean| mean.half_width());
        Self {
            spread: spread.filter(|half| half.is_finite()),
            ..Self::of(mean.map(|mean| mean.value), Unit::Real)
        }
    }
}

impl Quantity {
    /// As an entry of a column whose heading has the unit, milliseconds for times: a bare
    /// number, and nothing for none.
    pub(in crate::report) fn bare(self) -> String {
        match (self.number, self.unit) {
            (Some(0.0), Unit::Count | Unit::Real) => String::new(),
            (Some(us), Unit::Time) => real(us / 1e3),
            (Some(share), Unit::Share) => percent(share).trim_end_matches(" %").to_owned(),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match (self.number, self.unit) {
            (None, _) => "-".into(),
            (Some(n), Unit::Count) if n.fract() == 0.0 => count(n as u64),
            // What occurred is never called zero.
            (Some(mean), Unit::Count) if mean < 0.005 => "<0.01".into(),
            (Some(mean), Unit::Count) => real(mean),
            (Some(x), Unit::Real) => real(x),
            (Some(share), Unit::Share) => percent(share),
            (Some(us), Unit::Time) => duration(us as u64),
        };
        f.write_str(&text)
    }
}

impl Number {
    /// `latency`: of the same cell, whatever the answer was.
    fn of(self, summary: &Summary<'_>, latency: &Latency) -> Quantity {
        match self {
            Self::Broken(rule) => Quantity::of_a_run(summary.findings.count(rule.name), summary),
            Self::Sold => Quantity::of_a_run(summary.outcomes.sold, summary),
            Self::ConflictsPerSale => Quantity::of(summary.conflicts_per_sale(), Unit::Real),
            Self::AttemptsPerSale => Quantity::of(summary.attempts_per_sale(), Unit::Real),
            Self::SalesPerS => Quantity::mean(summary.sales_per_s()),
            Self::Percentile(percentile) => {
                let us = (latency.count() > 0).then(|| latency.percentile_us(percentile) as f64);
                Quantity::of(us, Unit::Time)
            }
            Self::Signs => Quantity::count(summary.evidence.total()),
            Self::ClientCores => Quantity::of(Some(summary.client_cores()), Unit::Share),
            Self::ClientBusy => Quantity::of(summary.client_busy(), Unit::Share),
            Self::Ratio => Quantity::of(None, Unit::Real),
        }
    }
}

/// The columns of numbers of a table: what is broken, then what a page adds to it.
///
/// Of what can be broken there are the units oversold, which every reader looks
/// for, and each kind that occurs in any of the cells. A verdict in such a table
/// never stands beside zeros alone.
pub(in crate::report) struct Columns {
    rules: Vec<&'static Rule>,
    others: &'static [(&'static str, Number)],
    is_own: bool,
}

impl Columns {
    /// For tables of these cells. `others` come behind what is broken, each below
    /// its heading.
    pub(in crate::report) fn of<'s, 'c: 's>(
        summaries: impl Iterator<Item = &'s Summary<'c>>,
        others: &'static [(&'static str, Number)],
    ) -> Self {
        let summaries: Vec<&Summary<'_>> = summaries.collect();
        let is_own = summaries.iter().any(|summary| summary.is_own);
        let all = in_any(summaries.into_iter());
        let mut shown = rules(&all);
        let is_first = shown.first().is_some_and(|it| it.name == RULES[0].name);
        if !is_first && !is_own {
            shown.insert(0, &RULES[0]);
        }
        Self {
            rules: shown,
            others,
            is_own,
        }
    }

    /// Whether the cells are of tables of the user's own.
    pub(in crate::report) const fn is_own(&self) -> bool {
        self.is_own
    }

    /// What is broken, for headings and legends.
    pub(in crate::report) fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// The headings, with those of what is broken as the page calls them.
    pub(in crate::report) fn headings(
        &self,
        of_rule: fn(&Rule) -> &'static str,
    ) -> Vec<&'static str> {
        let rules = self.rules.iter().map(|rule| of_rule(rule));
        rules
            .chain(self.others.iter().map(|(name, _)| match self.is_own {
                true => on_own_tables(name),
                false => name,
            }))
            .collect()
    }

    /// What a cell has in each column.
    pub(in crate::report) fn row(&self, summary: &Summary<'_>) -> Vec<(Number, Quantity)> {
        let latency = summary.latency();
        let rules = self.rules.iter().map(|rule| Number::Broken(rule));
        let all = rules.chain(self.others.iter().map(|(_, number)| *number));
        all.map(|number| (number, number.of(summary, &latency)))
            .collect()
    }
}
