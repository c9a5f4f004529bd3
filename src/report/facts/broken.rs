//! The kinds of violation: what each is called, and which of them a table shows.

use crate::oracle::Violations;
use crate::report::facts::number::many;
use crate::report::facts::summary::Summary;

/// How much of one kind is broken.
pub(in crate::report) struct Broken {
    pub(in crate::report) name: &'static str,
    /// The heading of a narrow column.
    pub(in crate::report) short: &'static str,
    pub(in crate::report) n: u64,
    /// What it is counted in.
    pub(in crate::report) unit: &'static str,
    /// What is counted.
    pub(in crate::report) meaning: &'static str,
}

/// Every kind of violation, also those that did not occur.
pub(in crate::report) fn broken(v: &Violations) -> [Broken; 9] {
    let kind = |unit, [name, short, meaning]: [&'static str; 3], n| Broken {
        name,
        short,
        n,
        unit,
        meaning,
    };
    [
        kind("unit", OVERSOLD, v.oversold),
        kind("unit", LOST_UPDATES, v.lost_updates),
        kind("unit", LEAKED, v.leaked_stock),
        kind("unit", NEGATIVE, v.negative_stock),
        kind("order", DUPLICATE, v.duplicate_orders),
        kind("order", PARTIAL, v.partial_orders),
        kind("order", MISSING, v.missing_orders),
        kind("order", UNPROMISED, v.unpromised_orders),
        kind("unit", UNSOLD, v.unsold),
    ]
}

// Name, heading of a narrow column, meaning.
const OVERSOLD: [&str; 3] = [
    "oversold",
    "over",
    "units on order lines beyond what there was to sell",
];
const LOST_UPDATES: [&str; 3] = [
    "lost updates",
    "lost",
    "units by which the stock went down less than was sold",
];
const LEAKED: [&str; 3] = [
    "leaked stock",
    "leak",
    "units by which the stock went down more than was sold",
];
const NEGATIVE: [&str; 3] = [
    "negative stock",
    "below",
    "units below zero in the stock column",
];
const DUPLICATE: [&str; 3] = [
    "duplicate orders",
    "twice",
    "orders beyond the first of one checkout",
];
const PARTIAL: [&str; 3] = [
    "partial orders",
    "partial",
    "orders that hold only some of their cart's lines",
];
const MISSING: [&str; 3] = [
    "missing orders",
    "missing",
    "orders that are not there although a buyer was told \"sold\"",
];
const UNPROMISED: [&str; 3] = [
    "unpromised orders",
    "unasked",
    "orders that no checkout asked for, or whose buyer was told that there is none",
];
const UNSOLD: [&str; 3] = [
    "unsold",
    "unsold",
    "units of buyers who were turned away although their whole cart still fitted",
];

/// The violations that are not zero, each with its number and unit.
pub(in crate::report) fn violations(v: &Violations) -> Vec<(&'static str, String)> {
    let occurring = broken(v).into_iter().filter(|broken| broken.n > 0);
    occurring
        .map(|broken| (broken.name, many(broken.n, broken.unit)))
        .collect()
}

/// Which kinds the tables of some cells have a column for: the units oversold,
/// which every reader looks for, and each kind that occurs in any of the cells.
/// A verdict in such a table never stands beside zeros alone.
pub(in crate::report) struct Columns(Vec<usize>);

impl Columns {
    /// For tables of these cells.
    pub(in crate::report) fn of<'s, 'c: 's>(
        summaries: impl Iterator<Item = &'s Summary<'c>>,
    ) -> Self {
        let mut all = Violations::default();
        for summary in summaries {
            all.add(&summary.violations);
        }
        let kinds = broken(&all).into_iter().enumerate();
        let shown = kinds.filter(|(at, kind)| *at == 0 || kind.n > 0);
        Self(shown.map(|(at, _)| at).collect())
    }

    /// How many there are.
    pub(in crate::report) fn len(&self) -> usize {
        self.0.len()
    }

    /// The kinds with their counts in `v`, in the order of the columns.
    pub(in crate::report) fn cells(
        &self,
        v: &Violations,
    ) -> impl Iterator<Item = Broken> + use<'_> {
        let kinds = broken(v).into_iter().enumerate();
        kinds.filter_map(|(at, kind)| self.0.contains(&at).then_some(kind))
    }

    /// The kinds alone, for headings and legends.
    pub(in crate::report) fn kinds(&self) -> impl Iterator<Item = Broken> {
        self.cells(&Violations::default())
    }

    /// What the narrow columns count, a line each.
    pub(in crate::report) fn legend(&self) -> String {
        let lines = self
            .kinds()
            .map(|k| format!("{}: {}\n", k.short, k.meaning));
        lines.collect()
    }
}
