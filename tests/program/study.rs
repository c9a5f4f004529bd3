//! Results to draw: a load that is made up, and an exploration that is not.

use std::collections::BTreeMap;

use checkout_sim::database::Fingerprint;
use checkout_sim::load::{Effort, Faults, Latency, Resolved, RunResult, Signs, Timeline, Timing};
use checkout_sim::oracle::{self, Tally, Verdict, Violations, judge};
use checkout_sim::report::{
    Command, Dossier, Exploration, FORMAT, LoadCell, Report, Results, Study,
};
use checkout_sim::scenario::{Arrival, Popularity, RetryDelay, Scenario};
use checkout_sim::shop::{Conflict, Isolation, LockOrder, Outcome, Retry};
use checkout_sim::subject::Strategy;

use crate::fixture::sim;

/// Every strategy and level of the load and of the exploration. One of them has
/// the longest name.
pub const STRATEGIES: [Strategy; 3] = [
    Strategy::CheckThenDecrement,
    Strategy::Optimistic,
    Strategy::RowLock,
];
pub const LEVELS: [Isolation; 2] = [Isolation::ReadCommitted, Isolation::RepeatableRead];

/// One scenario with a load and an exploration.
pub fn results() -> Results {
    Results {
        dossier: dossier(vec![study()]),
        against: None,
    }
}

pub fn dossier(studies: Vec<Study>) -> Dossier {
    Dossier {
        format: FORMAT,
        sim_version: "1.2.3".into(),
        started_unix_s: 1_700_000_000,
        command: Command::Compare,
        call: Some("sim compare last-unit.toml".into()),
        machine: Some("a processor · 2 processors · linux x86_64".into()),
        scripts: Default::default(),
        cut_short: None,
        studies,
    }
}

pub fn study() -> Study {
    Study {
        name: "last-unit".into(),
        title: "The last unit".into(),
        about: "All want it.".into(),
        seen_in: vec!["shop#1".into()],
        reference: Some(Strategy::Optimistic.at(Isolation::ReadCommitted)),
        thresholds: Vec::new(),
        load: Some(load()),
        exploration: Some(exploration()),
    }
}

/// On the model in memory, which needs no database.
pub fn exploration() -> Exploration {
    let names = STRATEGIES.map(Strategy::name).join(",");
    let levels = LEVELS.map(Isolation::name).join(",");
    let call =
        format!("explore --on memory --strategy {names} --isolation {levels} --expect catalogue");
    let done = sim(&call).without_postgres().json().run();
    done.exits(0).exploration()
}

/// Three runs of each cell, as different from each other as sorting needs.
pub fn load() -> Report {
    let cells = STRATEGIES
        .into_iter()
        .enumerate()
        .flat_map(|(cost, strategy)| {
            LEVELS.map(|isolation| {
                let expected = strategy.expected(isolation, 1);
                let slower = isolation as u64 + 1;
                let mut runs: Vec<RunResult> = (1..=3)
                    .map(|number| run(number, (cost as u64 + 1) * slower, expected))
                    .collect();
                // Noise, beside which a little difference is nothing.
                for (number, run) in runs.iter_mut().enumerate() {
                    run.elapsed_us += 15_000 * ((number + cost) as u64 % 3) + 4_000 * cost as u64;
                }
                LoadCell {
                    cell: strategy.at(isolation),
                    expected: Some(expected),
                    runs,
                }
            })
        });
    Report {
        sim_version: "1.2.3".into(),
        started_unix_s: 1_700_000_000,
        scenario: scenario(),
        server: Some(Fingerprint {
            product: "PostgreSQL".into(),
            version: "15.18".into(),
            private: true,
            address: "private cluster".into(),
            settings: BTreeMap::from([("fsync".into(), "on".into())]),
        }),
        cells: cells.collect(),
        tables: None,
    }
}

fn run(number: u32, cost: u64, expected: Verdict) -> RunResult {
    let findings = Violations {
        oversold: if expected == Verdict::Oversells {
            40
        } else {
            0
        },
        ..Violations::default()
    }
    .findings();
    let (sold, slice_us) = (100 + findings.count("oversold"), 10_000);
    let mut latency = BTreeMap::from([(Outcome::Sold, Latency::default())]);
    let mut unrelated = Latency::default();
    for buyer in 1..=sold {
        let us = 1_000 * cost * buyer + u64::from(number);
        latency.get_mut(&Outcome::Sold).unwrap().record_us(us);
        unrelated.record_us(us / 10);
    }
    RunResult {
        run: number,
        judgement: judge(&findings, Vec::new(), oracle::Evidence::Load { signs: 50 }),
        findings,
        broken: Vec::new(),
        outcomes: Tally {
            sold,
            sold_out: 500 - sold,
            ..Tally::default()
        },
        resolved: Resolved::default(),
        evidence: Signs {
            overlapping: 50,
            ..Signs::default()
        },
        effort: Effort {
            attempts: 500 + 9 * cost,
            conflicts: BTreeMap::from([(Conflict::StaleVersion, 9 * cost)]),
            checkouts_by_tries: BTreeMap::from([(1, 500 - 9 * cost), (2, 9 * cost)]),
            ..Effort::default()
        },
        faults: Faults::default(),
        elapsed_us: 100_000 * cost,
        client_cpu_us: 40_000,
        client_busy_us: 30_000,
        timing: Timing {
            latency,
            unrelated,
            timeline: Timeline {
                slice_us,
                sold: vec![sold / 4; 4],
                others: vec![0; 4],
            },
            ..Timing::default()
        },
        own: None,
        put_in: None,
    }
}

fn scenario() -> Scenario {
    Scenario {
        buyers: 500,
        products: 2,
        stock: 100,
        lines: 1,
        duplicate_lines: false,
        units: 1,
        lock_order: LockOrder::Sorted,
        popularity: Popularity::Hot { share: 0.9 },
        connections: 16,
        arrival: Arrival::Burst,
        think_time_us: 0,
        max_tries: 10,
        retry: Retry::default(),
        retry_delay: RetryDelay {
            min_us: 1_000,
            max_us: 50_000,
        },
        runs: 3,
        seed: 42,
        mix: checkout_sim::scenario::Mix::default(),
        key: None,
        faults: Default::default(),
    }
}
