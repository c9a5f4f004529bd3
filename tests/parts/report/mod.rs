//! Reports without a database: pooling over runs, statistics against published
//! values, and the two files that other programs read.

mod annotations;
mod change;
mod comparison;
mod csv_file;
mod dossier;
mod equal;
mod gate;
mod hand;
mod json_file;
mod junit;
mod markdown;
mod pooling;
mod reproduced;
mod statistics;
mod terminal;
mod undone;

use std::collections::BTreeMap;

use checkout_sim::database::Fingerprint;
use checkout_sim::load::{Effort, Faults, Resolved, RunResult, Signs, Timing};
use checkout_sim::oracle::{self, Doubt, Findings, Tally, Verdict, Violations, judge};
use checkout_sim::report::{LoadCell, Report};
use checkout_sim::scenario::{Arrival, Popularity, RetryDelay, Scenario};
use checkout_sim::shop::{Isolation, LockOrder, Retry};
use checkout_sim::subject::Strategy;

/// A clean run in which `overlapping` attempts overlapped.
fn run(number: u32, overlapping: u64) -> RunResult {
    RunResult {
        run: number,
        judgement: judge(
            &Findings::default(),
            Vec::new(),
            oracle::Evidence::Load { signs: overlapping },
        ),
        findings: Findings::default(),
        broken: Vec::new(),
        outcomes: Tally {
            sold: 100,
            sold_out: 400,
            ..Tally::default()
        },
        resolved: Resolved::default(),
        evidence: Signs {
            overlapping,
            ..Signs::default()
        },
        effort: Effort::default(),
        faults: Faults::default(),
        elapsed_us: 500_000,
        client_cpu_us: 100_000,
        client_busy_us: 60_000,
        timing: Timing::default(),
        own: None,
        put_in: None,
    }
}

/// As the driver judges it.
fn judged(mut run: RunResult, doubts: &[Doubt]) -> RunResult {
    run.judgement = judge(&run.findings, doubts.to_vec(), run.evidence.as_of_load());
    run
}

fn cell(runs: Vec<RunResult>) -> LoadCell {
    LoadCell {
        cell: Strategy::Optimistic.at(Isolation::ReadCommitted),
        expected: Some(Verdict::Safe),
        runs,
    }
}

fn scenario() -> Scenario {
    Scenario {
        buyers: 500,
        products: 1,
        stock: 100,
        lines: 1,
        duplicate_lines: false,
        units: 1,
        lock_order: LockOrder::Sorted,
        popularity: Popularity::Uniform,
        connections: 16,
        arrival: Arrival::Burst,
        think_time_us: 0,
        max_tries: 10,
        retry: Retry::default(),
        retry_delay: RetryDelay {
            min_us: 1_000,
            max_us: 50_000,
        },
        runs: 2,
        seed: 42,
        mix: checkout_sim::scenario::Mix::default(),
        key: None,
        faults: Default::default(),
    }
}

fn report(cells: Vec<LoadCell>) -> Report {
    Report {
        sim_version: "1.2.3".into(),
        started_unix_s: 1_700_000_000,
        scenario: scenario(),
        server: Some(Fingerprint {
            product: "PostgreSQL".into(),
            version: "15.18 (Debian, \"stable\")".into(),
            private: true,
            address: "private cluster".into(),
            settings: BTreeMap::from([("fsync".into(), "on".into())]),
        }),
        cells,
        tables: None,
    }
}

/// Makes it break what `set` says.
pub fn broke(run: &mut RunResult, set: impl FnOnce(&mut Violations)) {
    let mut violations = Violations::default();
    set(&mut violations);
    run.findings = violations.findings();
}
