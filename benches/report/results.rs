//! The results of a comparison that never happened: ten cells, ten runs of each
//! and ten thousand buyers in each run.

use std::collections::BTreeMap;

use anyhow::Result;
use checkout_sim::database::Fingerprint;
use checkout_sim::load::{Effort, Faults, Resolved, RunResult, Signs, Timeline, Timing};
use checkout_sim::oracle::{self, Account, Tally, Verdict, Violations, judge};
use checkout_sim::report::{Command, Dossier, FORMAT, LoadCell, Report, Results, Study, reference};
use checkout_sim::scenario::{Load, Popularity, Scenario, Settings, Shop};
use checkout_sim::shop::{Conflict, Isolation, Outcome, Sku};
use checkout_sim::subject::Strategy;
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution as _, LogNormal};

const STRATEGIES: [Strategy; 5] = [
    Strategy::Naive,
    Strategy::CheckThenUpdate,
    Strategy::Optimistic,
    Strategy::RowLock,
    Strategy::Atomic,
];
const LEVELS: [Isolation; 2] = [Isolation::ReadCommitted, Isolation::RepeatableRead];
const RUNS: u32 = 10;
const BUYERS: u32 = 10_000;
const STOCK: u32 = 2_000;
/// Units sold too many where a strategy oversells.
const OVERSOLD: u64 = 400;

const SLICES: usize = 50;
const SLICE_US: u64 = 50_000;

/// As many checkouts as the results tell of.
pub fn checkouts(dossier: &Dossier) -> u64 {
    let cells = dossier.loads().flat_map(|load| &load.cells);
    let runs = cells.flat_map(|cell| &cell.runs);
    runs.map(|run| run.outcomes.total()).sum()
}

/// The same ones each time.
pub fn results() -> Result<Results> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut cells = Vec::new();
    for strategy in STRATEGIES {
        for isolation in LEVELS {
            let expected = strategy.expected(isolation, 1);
            let runs: Result<Vec<_>> = (1..=RUNS)
                .map(|number| run(number, expected, &mut random))
                .collect();
            cells.push(LoadCell {
                cell: strategy.at(isolation),
                expected: Some(expected),
                runs: runs?,
            });
        }
    }
    let (sim_version, started_unix_s) = ("1.2.3".to_owned(), 1_700_000_000);
    let study = Study {
        reference: reference(&cells, None),
        load: Some(Report {
            sim_version: sim_version.clone(),
            started_unix_s,
            scenario: scenario()?,
            server: Some(server()),
            cells,
            tables: None,
        }),
        ..Study::untitled()
    };
    Ok(Results {
        dossier: Dossier {
            format: FORMAT,
            sim_version,
            started_unix_s,
            command: Command::Compare,
            call: None,
            machine: None,
            scripts: Default::default(),
            cut_short: None,
            studies: vec![study],
        },
        against: None,
    })
}

fn scenario() -> Result<Scenario> {
    let shop = Shop {
        products: Some(2),
        stock: Some(STOCK),
        popularity: Some(Popularity::Hot { share: 0.9 }),
        ..Shop::default()
    };
    let load = Load {
        buyers: Some(BUYERS),
        runs: Some(RUNS),
        seed: Some(7),
        ..Load::default()
    };
    let settings = Settings {
        shop,
        load,
        ..Settings::default()
    };
    Ok(settings.scenario()?)
}

fn server() -> Fingerprint {
    Fingerprint {
        product: "PostgreSQL".into(),
        version: "15.18".into(),
        private: true,
        address: "private cluster".into(),
        settings: BTreeMap::from([("fsync".into(), "on".into())]),
    }
}

fn run(number: u32, expected: Verdict, random: &mut ChaCha8Rng) -> Result<RunResult> {
    let oversold = match expected {
        Verdict::Oversells => OVERSOLD,
        _ => 0,
    };
    let findings = Violations {
        oversold,
        ..Violations::default()
    }
    .findings();
    let told = told(u64::from(STOCK) + oversold);
    let outcomes = Tally::of(&told);
    let timing = timing(&told, random)?;
    let conflicts = 3 * u64::from(number);
    Ok(RunResult {
        run: number,
        judgement: judge(&findings, Vec::new(), oracle::Evidence::Load { signs: 500 }),
        findings,
        broken: broken(oversold),
        outcomes,
        resolved: Resolved::default(),
        evidence: Signs {
            overlapping: outcomes.sold,
            conflicts,
            blocked_waits: 500,
            looks: 50,
            of_own_tables: false,
        },
        effort: Effort {
            attempts: outcomes.total() + conflicts,
            conflicts: [(Conflict::Serialization, conflicts)].into(),
            sqlstates: [("40001".into(), conflicts)].into(),
            checkouts_by_tries: [(1, outcomes.total() - conflicts), (2, conflicts)].into(),
            service_us: 20_000_000,
            wasted_us: 1_000 * conflicts,
        },
        faults: Faults::default(),
        elapsed_us: SLICE_US * SLICES as u64 - 100 * u64::from(number),
        client_cpu_us: 400_000,
        client_busy_us: 300_000,
        timing,
        own: None,
        put_in: None,
    })
}

/// How each checkout ended: a few gave up, and at least one has to buy.
fn told(sold: u64) -> Vec<Outcome> {
    let outcome = |buyer| match u64::from(buyer) {
        early if early < sold => Outcome::Sold,
        _ if buyer % 100 == 0 => Outcome::GaveUp,
        _ => Outcome::SoldOut,
    };
    (0..BUYERS).map(outcome).collect()
}

/// The account of the product that most want, where it breaks something.
fn broken(oversold: u64) -> Vec<Account> {
    let supply = i64::from(STOCK);
    let account = Account {
        sku: Sku(1),
        supply,
        sold: supply + oversold.cast_signed(),
        stock: Some(-oversold.cast_signed()),
        demand: i64::from(BUYERS),
    };
    if oversold > 0 {
        vec![account]
    } else {
        Vec::new()
    }
}

/// Times of every checkout, each drawn for itself: a few milliseconds of
/// service, and far more of waiting for it.
fn timing(told: &[Outcome], random: &mut ChaCha8Rng) -> Result<Timing> {
    let served = LogNormal::new(2_000_f64.ln(), 0.5)?;
    let waited = LogNormal::new(200_000_f64.ln(), 1.0)?;
    let late = LogNormal::new(50_f64.ln(), 0.5)?;
    let mut timing = Timing {
        timeline: Timeline {
            slice_us: SLICE_US,
            sold: vec![0; SLICES],
            others: vec![0; SLICES],
        },
        ..Timing::default()
    };
    for (buyer, outcome) in told.iter().enumerate() {
        let [service, queued, lag] = [served, waited, late].map(|of| of.sample(random) as u64);
        let latency = service + queued + lag;
        timing.service.record_us(service);
        timing.queued.record_us(queued);
        timing.schedule_lag.record_us(lag);
        timing
            .latency
            .entry(*outcome)
            .or_default()
            .record_us(latency);
        // One of ten wants another product than the rest.
        if buyer % 10 == 0 {
            timing.unrelated.record_us(latency);
        }
        let timeline = &mut timing.timeline;
        let ended = match outcome {
            Outcome::Sold => &mut timeline.sold,
            _ => &mut timeline.others,
        };
        let slice = usize::try_from(latency / SLICE_US).unwrap_or(SLICES);
        ended[slice.min(SLICES - 1)] += 1;
    }
    Ok(timing)
}
