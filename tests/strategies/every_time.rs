//! The catalogue says what each cell shows. Once in the fast tests; fifty times
//! in the slow ones, and then every single time, not on the whole.

use checkout_sim::audit::{EVIDENCE_MIN, Verdict};
use checkout_sim::driver::RunResult;
use checkout_sim::scenario::Scenario;
use checkout_sim::shop::Isolation;
use checkout_sim::strategy::Strategy;

use crate::{cells, common, faults, ledger, run, runtime, three_lines};

const RUNS: u32 = 50;

#[test]
fn every_cell_shows_its_verdict_with_one_line() {
    once(&common::default_scenario());
}

#[test]
fn every_cell_shows_its_verdict_with_three_lines() {
    once(&three_lines());
}

#[test]
#[ignore = "slow: every cell fifty times"]
fn every_cell_shows_its_verdict_every_time_with_one_line() {
    every_time(&common::default_scenario());
}

#[test]
#[ignore = "slow: every cell fifty times"]
fn every_cell_shows_its_verdict_every_time_with_three_lines() {
    every_time(&three_lines());
}

/// Runs every cell once, and asks the tables in plain SQL as well.
fn once(scenario: &Scenario) {
    scenario.validate().expect("a scenario that makes sense");
    let mut wrong = Vec::new();
    runtime().block_on(async {
        let mut schema = common::schema().await;
        let mut look = common::look_into(&schema).await;
        for cell in cells() {
            let result = run(&mut schema, scenario, cell, 1).await;
            ledger::cross_check(&mut look, scenario, cell, &result).await;
            wrong.extend(complaint(cell, scenario, &result));
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs every cell fifty times, interleaved as `--runs` does it, and says for
/// each how often it failed.
fn every_time(scenario: &Scenario) {
    let mut records: Vec<Record> = cells().map(Record::new).collect();
    runtime().block_on(async {
        let mut schema = common::schema().await;
        for number in 1..=RUNS {
            for record in &mut records {
                let result = run(&mut schema, scenario, record.cell, number).await;
                record.note(scenario, &result);
            }
        }
    });
    for record in &records {
        println!("{}", record.line());
    }
    for record in &mut records {
        let (strategy, isolation) = record.cell;
        let expected = strategy.expected(isolation, scenario.lines);
        if record.verdicts[expected as usize] == 0 {
            let never = format!("{strategy} at {isolation}: never {expected}");
            record.complaints.push(never);
        }
    }
    let complaints: Vec<String> = records.into_iter().flat_map(|r| r.complaints).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The one cell that does not show its verdict in every run: where carts have
/// several lines and their products sell out together, an attempt whose first
/// check was stale is often refused at its last line and rolled back. Measured
/// with three lines: 44 of 50 runs oversold.
fn races_by_luck(cell: (Strategy, Isolation), scenario: &Scenario) -> bool {
    cell == (Strategy::CheckThenDecrement, Isolation::ReadCommitted) && scenario.lines > 1
}

/// What a run says that the catalogue does not.
fn complaint(
    cell: (Strategy, Isolation),
    scenario: &Scenario,
    result: &RunResult,
) -> Option<String> {
    let (strategy, isolation) = cell;
    let expected = strategy.expected(isolation, scenario.lines);
    let verdict = result.judgement.verdict;
    let faults = faults(result);
    let expected = match verdict {
        Verdict::Safe if races_by_luck(cell, scenario) => Verdict::Safe,
        _ => expected,
    };
    // `safe` has its evidence by definition; a cell that fails should not do
    // so for want of contention either.
    if verdict == expected && result.evidence.total() >= EVIDENCE_MIN && faults.is_none() {
        return None;
    }
    Some(format!(
        "{strategy} at {isolation}, run {}: {verdict}, not {expected}; {:?}; {:?}; {:?}; {:?}; {}",
        result.run,
        result.violations,
        result.outcomes,
        result.evidence,
        result.judgement.doubts,
        faults.unwrap_or_default(),
    ))
}

/// One cell over all its runs.
struct Record {
    cell: (Strategy, Isolation),
    complaints: Vec<String>,
    verdicts: [u32; Verdict::ALL.len()],
    evidence_min: u64,
    overlapping_min: u64,
    conflicts_min: u64,
    gave_up_max: u64,
    failed: u64,
}

impl Record {
    fn new(cell: (Strategy, Isolation)) -> Self {
        Self {
            cell,
            complaints: Vec::new(),
            verdicts: [0; Verdict::ALL.len()],
            evidence_min: u64::MAX,
            overlapping_min: u64::MAX,
            conflicts_min: u64::MAX,
            gave_up_max: 0,
            failed: 0,
        }
    }

    fn note(&mut self, scenario: &Scenario, result: &RunResult) {
        self.complaints
            .extend(complaint(self.cell, scenario, result));
        self.verdicts[result.judgement.verdict as usize] += 1;
        let evidence = &result.evidence;
        self.evidence_min = self.evidence_min.min(evidence.total());
        self.overlapping_min = self.overlapping_min.min(evidence.overlapping);
        self.conflicts_min = self.conflicts_min.min(evidence.conflicts);
        self.gave_up_max = self.gave_up_max.max(result.outcomes.gave_up);
        self.failed += result.outcomes.failed;
    }

    fn line(&self) -> String {
        let (strategy, isolation) = self.cell;
        let seen = Verdict::ALL.into_iter().zip(self.verdicts);
        let seen: Vec<String> = seen
            .filter(|(_, times)| *times > 0)
            .map(|(verdict, times)| format!("{verdict} x {times}"))
            .collect();
        format!(
            "{strategy:21} {isolation:16} unexpected {:2} of {RUNS}; {}; evidence >= {} \
             (overlapping >= {}, conflicts >= {}); gave up <= {}; failed {} in all",
            self.complaints.len(),
            seen.join(", "),
            self.evidence_min,
            self.overlapping_min,
            self.conflicts_min,
            self.gave_up_max,
            self.failed,
        )
    }
}
