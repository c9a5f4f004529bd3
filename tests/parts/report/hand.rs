//! Results as a program could have found them, made by hand.

use checkout_sim::cell::Cell;
use checkout_sim::database::Fingerprint;
use checkout_sim::explore::bounds::{Covered, Limits, Policy};
use checkout_sim::explore::ending::Ending;
use checkout_sim::explore::found::Found;
use checkout_sim::explore::reduction::Reduction;
use checkout_sim::explore::trace::Trace;
use checkout_sim::load::{Faults, RunResult};
use checkout_sim::oracle::{Digest, Evidence, Findings, Verdict, Violations, judge};
use checkout_sim::report::{
    Command, Dossier, Exploration, ExploredCell, FORMAT, LoadCell, Report, Results, Study,
    WorldKind,
};
use checkout_sim::scenario::{Shape, Threshold};
use checkout_sim::shop::{self, Isolation, Outcome};
use checkout_sim::subject::Strategy;

use super::{judged, report, run};

/// The cell that others are compared with.
pub const REFERENCE: Cell = Strategy::RowLock.at(Isolation::ReadCommitted);

/// A clean run that sold so many a second.
pub fn paced(number: u32, sales_per_s: u64) -> RunResult {
    let mut run = run(number, 50);
    (run.outcomes.sold, run.elapsed_us) = (sales_per_s, 1_000_000);
    run.effort.attempts = sales_per_s;
    run
}

/// Clean runs, numbered from 1, that sold so many a second.
pub fn paced_runs(sales_per_s: &[u64]) -> Vec<RunResult> {
    let numbered = (1..).zip(sales_per_s);
    numbered
        .map(|(number, sales)| paced(number, *sales))
        .collect()
}

/// A run that sold so many units too many.
pub fn oversold(number: u32, units: u64) -> RunResult {
    let mut run = run(number, 50);
    run.findings = Violations {
        oversold: units,
        ..Violations::default()
    }
    .findings();
    judged(run, &[])
}

/// At read committed, expected to be safe.
pub fn safe_cell(strategy: Strategy, runs: Vec<RunResult>) -> LoadCell {
    LoadCell {
        cell: strategy.at(Isolation::ReadCommitted),
        expected: Some(Verdict::Safe),
        runs,
    }
}

/// At read committed, expected to oversell.
pub fn control(strategy: Strategy, runs: Vec<RunResult>) -> LoadCell {
    LoadCell {
        expected: Some(Verdict::Oversells),
        ..safe_cell(strategy, runs)
    }
}

/// Where a load ran.
pub fn server(load: &mut Report) -> &mut Fingerprint {
    load.server.as_mut().expect("a server")
}

/// The cells, with as many runs planned as the first one has.
pub fn load(cells: Vec<LoadCell>) -> Report {
    let runs = cells.first().map_or(1, |cell| cell.runs.len());
    let mut report = report(cells);
    report.scenario.runs = u32::try_from(runs).expect("few runs");
    report
}

pub fn study(name: &str, load: Report) -> Study {
    Study {
        name: name.into(),
        title: "Flash sale".into(),
        about: "One product, and five times as many buyers as units.".into(),
        reference: Some(REFERENCE),
        load: Some(load),
        ..Study::untitled()
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

/// Two buyers, the last unit, in memory.
pub fn exploration(cells: Vec<ExploredCell>) -> Exploration {
    Exploration {
        sim_version: "1.2.3".into(),
        started_unix_s: 1_700_000_000,
        on: WorldKind::Memory,
        server: None,
        victims_are_fixed: true,
        shape: Shape::default(),
        policy: Policy::Exhaustive,
        reduction: Reduction::Auto,
        switches_max: None,
        tables: None,
        limits: Limits::default(),
        planned: Vec::new(),
        cells,
    }
}

/// A cell of which every schedule was tried, and in one of them `oversold` units
/// were sold too many.
pub fn explored(strategy: Strategy, expected: Verdict, oversold: u64) -> ExploredCell {
    let findings = Violations {
        oversold,
        ..Violations::default()
    }
    .findings();
    let evidence = Evidence::Exploration {
        schedules: 92,
        exhausted: true,
    };
    let judgement = judge(&findings, Vec::new(), evidence);
    let example = (oversold > 0).then(|| Trace {
        schedule: "AABB".parse().expect("a schedule"),
        steps: Vec::new(),
        told: Vec::new(),
        accounts: Vec::new(),
        findings: findings.clone(),
        digest: Digest::of(&shop::state([], [], [])),
        proven: judgement.proven.clone(),
        operations: Vec::new(),
        broken: Vec::new(),
        raised: Vec::new(),
        left: Vec::new(),
        unseen: None,
        contradiction: None,
    });
    ExploredCell {
        cell: strategy.at(Isolation::ReadCommitted),
        expected: Some(expected.into()),
        whole: None,
        found: Found {
            covered: Covered {
                schedules: 92,
                exhausted: true,
                ..Covered::default()
            },
            reduced: false,
            endings: endings(&findings, &judgement.proven, oversold),
            judgement,
            is_simplest: example.is_some(),
            reproduced: None,
            race: None,
            raced: None,
            reaches: Vec::new(),
            without_race: None,
            left: Vec::new(),
            compared: None,
            example,
            elapsed_us: 250_000,
            unfollowed: None,
            time_spent: None,
            fault: None,
        },
    }
}

/// Of 92 schedules, 80 break what is broken.
fn endings(findings: &Findings, proven: &[Verdict], oversold: u64) -> Vec<Ending> {
    let ending = |count, told: [Outcome; 2], findings: &Findings, proven: &[Verdict]| Ending {
        count,
        told: told.into(),
        accounts: Vec::new(),
        findings: findings.clone(),
        digest: Digest::of(&shop::state([], [], [])),
        proven: proven.to_vec(),
        schedules: vec!["AABB".parse().expect("a schedule")],
        contradiction: None,
        example: None,
    };
    let broken = [Outcome::Sold, Outcome::Sold];
    let whole = [Outcome::Sold, Outcome::SoldOut];
    match oversold {
        0 => vec![ending(92, whole, findings, &[])],
        _ => vec![
            ending(80, broken, findings, proven),
            ending(12, whole, &Findings::default(), &[]),
        ],
    }
}

pub fn thresholds(rules: &[&str]) -> Vec<Threshold> {
    let parsed = rules.iter().map(|rule| rule.parse().expect(rule));
    parsed.collect()
}

/// Everything as expected: a control that fails, a cure that does not.
pub fn holding() -> Results {
    let cells = vec![
        control(Strategy::Naive, vec![oversold(1, 80), oversold(2, 75)]),
        safe_cell(Strategy::RowLock, timed(&[1_000, 1_010])),
        safe_cell(Strategy::Optimistic, timed(&[1_500, 1_530])),
    ];
    let explored = vec![
        explored(Strategy::Naive, Verdict::Oversells, 1),
        explored(Strategy::RowLock, Verdict::Safe, 0),
        explored(Strategy::Optimistic, Verdict::Safe, 0),
    ];
    let whole = Study {
        thresholds: thresholds(&["p(99)<50ms", "optimistic: oversold==0"]),
        exploration: Some(exploration(explored)),
        ..study("flash-sale", load(cells))
    };
    Results {
        dossier: dossier(vec![whole]),
        against: None,
    }
}

/// A cure that oversells, another one that got slower and exceeds a threshold,
/// and a study without a name that was only explored; beside an older result in
/// which all was well.
pub fn failing() -> Results {
    let before = holding();
    let mut now = before.clone();
    let study = &mut now.dossier.studies[0];
    study.thresholds = thresholds(&["p(99)<50ms", "optimistic: p(99)<5ms"]);
    if let Some(load) = &mut study.load {
        load.cells[0] = control(Strategy::Naive, timed(&[1_000, 1_010]));
        load.cells[2] = safe_cell(Strategy::Optimistic, timed(&[1_000, 1_020]));
        load.cells[1].runs[0].faults = Faults {
            messages: [("connection reset by peer".into(), 2)].into(),
            ..Faults::default()
        };
    }
    now.dossier.studies.push(Study {
        exploration: Some(exploration(vec![
            explored(Strategy::Atomic, Verdict::Safe, 1),
            explored(Strategy::RowLock, Verdict::Safe, 0),
        ])),
        ..Study::untitled()
    });
    now.against = Some(before.dossier);
    now
}

/// Clean runs that sold so many a second, each checkout within 12 ms.
fn timed(sales_per_s: &[u64]) -> Vec<RunResult> {
    let mut runs = paced_runs(sales_per_s);
    for run in &mut runs {
        let latency = run.timing.latency.entry(Outcome::Sold).or_default();
        (1..=100).for_each(|n| latency.record_us(n * 120));
        run.effort.attempts += 250;
    }
    runs
}
