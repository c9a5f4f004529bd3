//! One cell, added up over its runs.

use crate::cell::Cell;
use crate::load::{Effort, Latency, RunResult, Signs, Timing};
use crate::oracle::{Doubt, Findings, Judgement, Tally, Verdict, judge};
use crate::report::dossier::load::{LoadCell, Report};
use crate::report::facts::statistics::{Interval, mean_interval};
use crate::scenario::FaultCounts;

/// One cell under load, added up over its runs.
#[derive(Debug, Clone)]
pub struct Summary<'c> {
    /// Which cell.
    pub cell: Cell,
    /// As [`LoadCell::expected`].
    pub expected: Option<Verdict>,
    /// As [`LoadCell::runs`].
    pub runs: &'c [RunResult],
    /// The verdict over all runs: evidence of all runs counts together.
    pub judgement: Judgement,
    /// What was broken.
    pub findings: Findings,
    /// All outcomes.
    pub outcomes: Tally,
    /// All signs of contention.
    pub evidence: Signs,
    /// All efforts.
    pub effort: Effort,
    /// All times.
    pub timing: Timing,
    /// Runs in which something was broken.
    pub runs_broken: u64,
    /// Runs that were asked for.
    pub planned: u32,
    /// Whether it ran on tables of the user's own.
    pub is_own: bool,
    /// Faults that were put in; `None` where none were asked for.
    pub put_in: Option<FaultCounts>,
}

impl<'c> Summary<'c> {
    /// Adds up `cell`, of which `planned` runs were asked for.
    #[must_use]
    pub fn of(load: &'c LoadCell, planned: u32) -> Self {
        let no_evidence = Signs::default().as_of_load();
        let mut summary = Self {
            cell: load.cell,
            expected: load.expected,
            runs: &load.runs,
            judgement: judge(&Findings::default(), Vec::new(), no_evidence),
            findings: Findings::default(),
            outcomes: Tally::default(),
            evidence: Signs::default(),
            effort: Effort::default(),
            timing: Timing::default(),
            runs_broken: 0,
            planned,
            is_own: load.runs.iter().any(|run| run.own.is_some()),
            put_in: None,
        };
        for run in &load.runs {
            summary.findings.add(&run.findings);
            summary.outcomes.add(&run.outcomes);
            summary.evidence.add(&run.evidence);
            summary.effort.add(&run.effort);
            summary.timing.add(&run.timing);
            if let Some(counts) = &run.put_in {
                summary.put_in.get_or_insert_default().add(counts);
            }
            summary.runs_broken += u64::from(!run.judgement.proven.is_empty());
        }
        let doubts = pooled_doubts(&load.runs, planned);
        let evidence = summary.evidence.as_of_load();
        summary.judgement = judge(&summary.findings, doubts, evidence);
        summary
    }

    /// The headline.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.judgement.verdict
    }

    /// Whether the headline is the expected one, or `safe` where nothing was
    /// expected.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.verdict() == self.expected.unwrap_or(Verdict::Safe)
    }

    /// Whether anything ran.
    #[must_use]
    pub const fn has_run(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Whether runs that were planned were not made, or not by every buyer.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        let is_cut = |run: &RunResult| run.faults.interrupted && run.outcomes.not_started > 0;
        self.is_missing_runs() || self.runs.iter().any(is_cut)
    }

    /// Whether runs that were planned were not made.
    #[must_use]
    pub const fn is_missing_runs(&self) -> bool {
        !self.has_run() || self.runs.len() < self.planned as usize
    }

    /// Whether the harness or the database failed in any run.
    #[must_use]
    pub fn has_faults(&self) -> bool {
        self.runs.iter().any(|run| run.faults.any())
    }

    /// Attempts for each sale; `None` where nothing was sold.
    #[must_use]
    pub fn attempts_per_sale(&self) -> Option<f64> {
        self.per_sale(self.effort.attempts)
    }

    /// Cores that `sim` itself took meanwhile.
    #[must_use]
    pub fn client_cores(&self) -> f64 {
        self.of_elapsed(|run| run.client_cpu_us)
    }

    /// The share of the time in which `sim` may have been what replies had to
    /// wait for: its busiest lane had something to do. `None` where the results
    /// do not tell.
    #[must_use]
    pub fn client_busy(&self) -> Option<f64> {
        let share = self.of_elapsed(|run| run.client_busy_us);
        (share > 0.0).then_some(share)
    }

    fn of_elapsed(&self, part_us: fn(&RunResult) -> u64) -> f64 {
        let runs = self.runs;
        let elapsed: u64 = runs.iter().map(|run| run.elapsed_us).sum();
        let part: u64 = runs.iter().map(part_us).sum();
        part as f64 / elapsed.max(1) as f64
    }

    /// Lost attempts for each sale; `None` where nothing was sold.
    #[must_use]
    pub fn conflicts_per_sale(&self) -> Option<f64> {
        self.per_sale(self.effort.lost_attempts())
    }

    fn per_sale(&self, attempts: u64) -> Option<f64> {
        let sold = self.outcomes.sold;
        (sold > 0).then(|| attempts as f64 / sold as f64)
    }

    /// From arrival to answer, whatever the answer was.
    #[must_use]
    pub fn latency(&self) -> Latency {
        let mut all = Latency::default();
        for latency in self.timing.latency.values() {
            all.add(latency);
        }
        all
    }

    /// Sales a second: the mean over the runs with its 95 % interval.
    #[must_use]
    pub fn sales_per_s(&self) -> Option<Interval> {
        self.rate(|run| run.outcomes.sold)
    }

    /// Attempts a second: the mean over the runs with its 95 % interval.
    #[must_use]
    pub fn attempts_per_s(&self) -> Option<Interval> {
        self.rate(|run| run.effort.attempts)
    }

    fn rate(&self, count: fn(&RunResult) -> u64) -> Option<Interval> {
        let rates = self
            .runs
            .iter()
            .map(|run| per_second(count(run), run.elapsed_us));
        mean_interval(&rates.collect::<Vec<f64>>())
    }
}

impl Report {
    /// Each cell, added up over its runs.
    #[must_use]
    pub fn summaries(&self) -> Vec<Summary<'_>> {
        let cells = self.cells.iter();
        cells
            .map(|cell| Summary::of(cell, self.scenario.runs))
            .collect()
    }
}

/// Events a second, zero where no time passed.
#[must_use]
pub fn per_second(count: u64, elapsed_us: u64) -> f64 {
    if elapsed_us == 0 {
        return 0.0;
    }
    count as f64 * 1e6 / elapsed_us as f64
}

/// The doubts of every run, each once; contention is judged over all of them, a fault that came in
/// one run is not missing, and a run that is missing leaves buyers without their turn.
fn pooled_doubts(runs: &[RunResult], planned: u32) -> Vec<Doubt> {
    let mut doubts: Vec<Doubt> = Vec::new();
    let is_short = runs.is_empty() || runs.len() < planned as usize;
    let missing = is_short.then_some(Doubt::Interrupted);
    let of_runs = runs.iter().flat_map(|run| run.judgement.doubts.clone());
    let has = |run: &RunResult, doubt: &Doubt| run.judgement.doubts.contains(doubt);
    let of_runs = of_runs.filter(|doubt| match doubt {
        Doubt::LittleContention => false,
        Doubt::FaultsMissing => runs.iter().all(|run| has(run, doubt)),
        _ => true,
    });
    for doubt in of_runs.chain(missing) {
        if !doubts.contains(&doubt) {
            doubts.push(doubt);
        }
    }
    doubts
}
