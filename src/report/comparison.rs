//! Cells side by side: what each costs, as a ratio to one of them.

use super::statistics::{Interval, mean_interval};
use super::summary::{Summary, per_second};
use super::{Cell, Report};
use crate::audit::Verdict;
use crate::shop::Isolation;
use crate::strategy::Strategy;

/// One cell beside the reference.
#[derive(Debug, Clone)]
pub struct Compared<'r> {
    /// The cell, added up over its runs.
    pub summary: Summary<'r>,
    /// Whether it is the reference itself.
    pub is_reference: bool,
    /// Its goodput as a ratio to the reference's; `None` where either of them
    /// broke something, since the speed of a wrong answer is not compared.
    pub ratio: Option<Interval>,
}

impl Compared<'_> {
    /// Whether the difference from the reference is more than noise: whether
    /// the 95 % interval leaves out 1.
    #[must_use]
    pub fn is_real(&self) -> bool {
        self.ratio
            .is_some_and(|ratio| ratio.low > 1.0 || ratio.high < 1.0)
    }

    /// Whether nothing was broken.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        is_sound(&self.summary)
    }
}

/// Every cell beside the reference, in the order of the report.
#[must_use]
pub fn compare<'r>(
    report: &'r Report,
    reference: Option<(Strategy, Isolation)>,
) -> Vec<Compared<'r>> {
    let is_reference = |cell: &Cell| Some((cell.strategy, cell.isolation)) == reference;
    let summaries = report.summaries();
    let standard = summaries.iter().find(|s| is_reference(s.cell));
    let standard = standard.filter(|s| is_sound(s)).map(|s| s.cell);
    let ratios: Vec<Option<Interval>> = summaries
        .iter()
        .map(|summary| match standard {
            Some(standard) if is_sound(summary) => goodput_ratio(summary.cell, standard),
            _ => None,
        })
        .collect();
    let cells = summaries.into_iter().zip(ratios);
    let compared = cells.map(|(summary, ratio)| Compared {
        is_reference: is_reference(summary.cell),
        summary,
        ratio,
    });
    compared.collect()
}

/// Whether nothing was broken: the speed of a wrong answer is not compared.
pub(super) fn is_sound(summary: &Summary<'_>) -> bool {
    matches!(summary.verdict(), Verdict::Safe | Verdict::Inconclusive)
}

/// The goodput of a cell as a ratio to another's: runs of the same round share
/// what the machine did meanwhile, so the logarithms of their ratios are
/// averaged, with Student's t interval. `None` where a run sold nothing.
#[must_use]
pub fn goodput_ratio(cell: &Cell, standard: &Cell) -> Option<Interval> {
    let logs = log_ratios(cell, standard)?;
    let mean = mean_interval(&logs)?;
    Some(Interval {
        value: mean.value.exp(),
        low: mean.low.exp(),
        high: mean.high.exp(),
    })
}

/// The logarithm of the ratio of goodputs, round by round.
pub(super) fn log_ratios(cell: &Cell, standard: &Cell) -> Option<Vec<f64>> {
    let rounds = cell.runs.iter().filter_map(|run| {
        let other = standard.runs.iter().find(|other| other.run == run.run)?;
        Some((run, other))
    });
    let goodput = |run: &crate::driver::RunResult| {
        let sales = per_second(run.outcomes.sold, run.elapsed_us);
        (sales > 0.0).then_some(sales)
    };
    let logs: Option<Vec<f64>> = rounds
        .map(|(run, other)| Some((goodput(run)? / goodput(other)?).ln()))
        .collect();
    logs.filter(|logs| !logs.is_empty())
}
