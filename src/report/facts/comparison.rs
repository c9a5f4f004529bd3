//! Cells side by side: what each costs, as a ratio to one of them.

use crate::cell::Cell;
use crate::load::RunResult;
use crate::report::dossier::load::Report;
use crate::report::facts::statistics::{
    Interval, SIGNIFICANT, holm, mean_interval, p_of_zero_mean,
};
use crate::report::facts::summary::{Summary, per_second};

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
    /// The p-value of a ratio of 1, adjusted after Holm for all cells that are
    /// tested against the same reference; `None` for the reference itself, and
    /// where there is no ratio.
    pub p: Option<f64>,
}

impl Compared<'_> {
    /// Whether the difference from the reference is more than noise. A reader
    /// looks through the whole table for marks, so all marks of a table together
    /// are wrong in at most 5 % of tables; the interval is of the cell alone, and
    /// may leave out 1 without a mark.
    #[must_use]
    pub fn is_real(&self) -> bool {
        self.p.is_some_and(|p| p <= SIGNIFICANT)
    }

    /// Whether nothing was broken.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        is_sound(&self.summary)
    }
}

/// Every cell beside the reference, in the order of the report.
#[must_use]
pub fn compare<'r>(report: &'r Report, reference: Option<Cell>) -> Vec<Compared<'r>> {
    let is_reference = |s: &Summary<'_>| Some(s.cell) == reference;
    let summaries = report.summaries();
    let standard = summaries.iter().find(|s| is_reference(s));
    let standard = standard.filter(|s| is_sound(s)).map(|s| s.runs);
    let ratios: Vec<Option<Interval>> = summaries
        .iter()
        .map(|summary| match standard {
            Some(standard) if is_sound(summary) => goodput_ratio(summary.runs, standard),
            _ => None,
        })
        .collect();
    let cells = summaries.into_iter().zip(ratios);
    let compared = cells.map(|(summary, ratio)| Compared {
        is_reference: is_reference(&summary),
        summary,
        ratio,
        p: None,
    });
    let mut compared: Vec<Compared<'r>> = compared.collect();
    if let Some(standard) = standard {
        judge(&mut compared, standard);
    }
    compared
}

/// The same of the cells that ran: of the others there is no number to show.
pub(in crate::report) fn compare_ran<'r>(
    report: &'r Report,
    reference: Option<Cell>,
) -> Vec<Compared<'r>> {
    let mut cells = compare(report, reference);
    cells.retain(|cell| cell.summary.has_run());
    cells
}

/// Fills in the p-values, of one family: every cell against the reference.
fn judge(compared: &mut [Compared<'_>], standard: &[RunResult]) {
    let is_tested = |cell: &&mut Compared<'_>| cell.ratio.is_some() && !cell.is_reference;
    let tested: Vec<&mut Compared<'_>> = compared.iter_mut().filter(is_tested).collect();
    let p: Vec<f64> = tested
        .iter()
        .map(|cell| p_of_equal(cell.summary.runs, standard))
        .collect();
    for (cell, p) in tested.into_iter().zip(holm(&p)) {
        cell.p = Some(p);
    }
}

/// The p-value of two cells being equally fast, run beside run.
fn p_of_equal(a: &[RunResult], b: &[RunResult]) -> f64 {
    log_ratios(a, b).map_or(1.0, |logs| p_of_zero_mean(&logs))
}

/// Of each of `others`, whether it is slower than `best` beyond noise.
///
/// The best of several is known only by the same runs, so any two of them could
/// have come to be compared: the family is all pairs, adjusted after Holm. Of
/// equal cells, any at all is called slower in at most 5 % of sessions; pair by
/// pair it was 14 % of four.
#[must_use]
pub fn slower(best: &[RunResult], others: &[&[RunResult]]) -> Vec<bool> {
    let mut p: Vec<f64> = others.iter().map(|cell| p_of_equal(cell, best)).collect();
    for (n, one) in others.iter().enumerate() {
        p.extend(others[n + 1..].iter().map(|other| p_of_equal(one, other)));
    }
    let adjusted = holm(&p);
    let is_slower = |(cell, p): (&&[RunResult], &f64)| {
        let logs = log_ratios(cell, best).unwrap_or_default();
        *p <= SIGNIFICANT && logs.iter().sum::<f64>() < 0.0
    };
    others.iter().zip(&adjusted).map(is_slower).collect()
}

/// Whether nothing was broken: the speed of a wrong answer is not compared.
pub(in crate::report) fn is_sound(summary: &Summary<'_>) -> bool {
    !summary.verdict().is_broken()
}

/// The goodput of a cell as a ratio to another's: runs of the same round share
/// what the machine did meanwhile, so the logarithms of their ratios are
/// averaged, with Student's t interval. `None` where a run sold nothing.
#[must_use]
pub fn goodput_ratio(cell: &[RunResult], standard: &[RunResult]) -> Option<Interval> {
    mean_interval(&log_ratios(cell, standard)?).map(Interval::exp)
}

/// The logarithm of the ratio of goodputs, round by round.
pub(in crate::report) fn log_ratios(
    cell: &[RunResult],
    standard: &[RunResult],
) -> Option<Vec<f64>> {
    let rounds = cell.iter().filter_map(|run| {
        let other = standard.iter().find(|other| other.run == run.run)?;
        Some((run, other))
    });
    let goodput = |run: &RunResult| {
        let sales = per_second(run.outcomes.sold, run.elapsed_us);
        (sales > 0.0).then_some(sales)
    };
    let logs: Option<Vec<f64>> = rounds
        .map(|(run, other)| Some((goodput(run)? / goodput(other)?).ln()))
        .collect();
    logs.filter(|logs| !logs.is_empty())
}
