//! The CSV file: fixed columns, every value in its own.

use std::collections::{BTreeMap, BTreeSet};

use checkout_sim::load::{Latency, RunResult};
use checkout_sim::oracle::{Findings, Tally, Verdict, Violations};
use checkout_sim::report::{self, Report, Study};
use checkout_sim::scenario::{Arrival, FaultCounts, FaultRates, Popularity, RetryDelay, Scenario};
use checkout_sim::shop::{Conflict, LockOrder, Outcome, Retry};
use checkout_sim::subject::Strategy;

use super::hand::{dossier, exploration, explored, study};
use super::{cell, judged, report, run};

/// The columns that other programs rely on, in order: an interface, so a change
/// must be made here too, on purpose.
const COLUMNS: &str = "scenario,strategy,isolation,run,verdict,expected,\
    oversold,lost_updates,leaked_stock,negative_stock,duplicate_orders,partial_orders,\
    missing_orders,unpromised_orders,unsold,sold,sold_out,gave_up,failed,unknown,not_started,\
    overlapping_attempts,blocked_waits_seen,attempts,conflicts_serialization,\
    conflicts_deadlock,conflicts_lock_timeout,conflicts_stale_version,attempts_per_sale,\
    faults,interrupted,connections_cut,requests_lost,replies_lost,statements_paused,\
    elapsed_us,client_cpu_us,client_busy_us,service_us,wasted_us,sales_per_s,attempts_per_s,\
    sold_p50_us,sold_p90_us,sold_p95_us,sold_p99_us,sold_p99_9_us,sold_max_us,\
    sold_out_p50_us,sold_out_p90_us,sold_out_p95_us,sold_out_p99_us,sold_out_p99_9_us,\
    sold_out_max_us,\
    gave_up_p50_us,gave_up_p90_us,gave_up_p95_us,gave_up_p99_us,gave_up_p99_9_us,\
    gave_up_max_us,\
    service_p50_us,service_p90_us,service_p95_us,service_p99_us,service_p99_9_us,\
    service_max_us,\
    queued_p50_us,queued_p90_us,queued_p95_us,queued_p99_us,queued_p99_9_us,queued_max_us,\
    schedule_lag_p50_us,schedule_lag_p90_us,schedule_lag_p95_us,schedule_lag_p99_us,\
    schedule_lag_p99_9_us,schedule_lag_max_us,\
    unrelated_p50_us,unrelated_p90_us,unrelated_p95_us,unrelated_p99_us,unrelated_p99_9_us,\
    unrelated_max_us,\
    buyers,products,stock,lines,units,duplicate_lines,lock_order,popularity,zipf_exponent,\
    hot_share,connections,\
    arrival,rate_per_s,think_time_us,max_tries,retry_delay_min_us,retry_delay_max_us,seed,\
    cut_share,lose_request_share,lose_reply_share,pause_share,pause_us,\
    server,server_version,sim_version,explored,explored_says";

fn to_csv(report: &Report) -> Result<String, csv::Error> {
    report::to_csv(&dossier(vec![study("sale", report.clone())]))
}

/// The table as other programs see it: one map a row.
fn table(report: &Report) -> Vec<BTreeMap<String, String>> {
    let text = to_csv(report).expect("plain data");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader
        .deserialize()
        .map(|row| row.expect("a whole row"))
        .collect()
}

/// The same columns whatever there is to say, one row a run, in order.
#[test]
fn csv_has_fixed_columns_and_a_row_for_each_run() {
    let mut rich = run(1, 50);
    rich.effort.conflicts = BTreeMap::from([(Conflict::Deadlock, 9)]);
    rich.timing
        .latency
        .entry(Outcome::GaveUp)
        .or_default()
        .record_us(77);
    let mut poor = run(2, 0);
    poor.outcomes = Tally::default();
    poor.elapsed_us = 0;
    let mut other = cell(vec![run(1, 1)]);
    other.cell.subject = Strategy::Naive.subject();
    for cells in [
        vec![cell(vec![rich.clone(), poor]), other],
        vec![cell(vec![rich])],
    ] {
        let report = report(cells);
        let text = to_csv(&report).expect("plain data");
        let expected: Vec<&str> = COLUMNS.split(',').collect();
        let header = text.lines().next().expect("a header");
        assert_eq!(header.split(',').collect::<Vec<_>>(), expected);
        let runs = report
            .cells
            .iter()
            .flat_map(|c| c.runs.iter().map(move |run| (c, run.run)));
        let runs: Vec<String> = runs
            .map(|(c, run)| format!("{} {run}", c.cell.subject))
            .collect();
        let rows = table(&report);
        let rows: Vec<String> = rows
            .iter()
            .map(|r| format!("{} {}", r["strategy"], r["run"]))
            .collect();
        assert_eq!(rows, runs);
    }
    assert_eq!(
        to_csv(&report(vec![cell(Vec::new())])).expect("plain data"),
        ""
    );
}

/// What the exploration of a cell found stands beside its runs, and alone where it has none.
#[test]
fn csv_says_what_was_explored() {
    let found = exploration(vec![
        explored(Strategy::Optimistic, Verdict::Safe, 0),
        explored(Strategy::Naive, Verdict::Safe, 1),
    ]);
    let mut both = study("sale", report(vec![cell(vec![run(1, 50)])]));
    both.exploration = Some(found);
    let alone = Study {
        load: None,
        ..both.clone()
    };
    let broken = "more units were promised than there were";
    let safe = "no schedule of these buyers breaks anything";
    for (study, runs) in [(both, ["1", ""]), (alone, ["", ""])] {
        let text = report::to_csv(&dossier(vec![study])).expect("plain data");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows = reader.deserialize();
        let rows: Vec<BTreeMap<String, String>> = rows.map(|row| row.expect("whole")).collect();
        let at = |name: &str| -> Vec<&str> {
            let all = rows.iter();
            all.map(|row| row.get(name).map_or("", String::as_str))
                .collect()
        };
        assert_eq!(at("strategy"), ["optimistic", "naive"]);
        assert_eq!(at("explored"), ["safe", "oversells"]);
        assert_eq!(at("explored_says"), [safe, broken]);
        assert_eq!(at("run"), runs);
        // Nothing was counted of a cell that has no run.
        assert_eq!(
            at("oversold"),
            runs.map(|run| if run.is_empty() { "" } else { "0" })
        );
    }
}

fn all_different() -> Findings {
    Violations {
        oversold: 21,
        lost_updates: 22,
        leaked_stock: 23,
        negative_stock: 24,
        duplicate_orders: 25,
        partial_orders: 26,
        missing_orders: 27,
        unpromised_orders: 29,
        unsold: 28,
    }
    .findings()
}

/// Every value stands in its own column, 0 or empty where it does not apply.
#[test]
fn csv_values_stand_in_their_columns() {
    let mut run = run(7, 11);
    run.findings = all_different();
    run.effort.attempts = 250;
    run.effort.conflicts = BTreeMap::from([(Conflict::LockTimeout, 31)]);
    run.timing
        .latency
        .entry(Outcome::Sold)
        .or_default()
        .record_us(77);
    run.faults.messages = BTreeMap::from([("a".into(), 2), ("b".into(), 3)]);
    let row = &table(&report(vec![cell(vec![judged(run, &[])])]))[0];
    let expected = [
        ("scenario", "sale"),
        ("verdict", "oversells"),
        ("expected", "safe"),
        ("oversold", "21"),
        ("lost_updates", "22"),
        ("leaked_stock", "23"),
        ("negative_stock", "24"),
        ("duplicate_orders", "25"),
        ("partial_orders", "26"),
        ("missing_orders", "27"),
        ("unpromised_orders", "29"),
        ("unsold", "28"),
        ("sold", "100"),
        ("sold_out", "400"),
        ("overlapping_attempts", "11"),
        ("conflicts_lock_timeout", "31"),
        ("conflicts_deadlock", "0"),
        ("attempts_per_sale", "2.500"),
        ("faults", "5"),
        ("interrupted", "false"),
        ("replies_lost", "0"),
        ("lose_reply_share", "0"),
        ("sales_per_s", "200.0"),
        ("sold_max_us", "77"),
        ("gave_up_p99_us", "0"),
        ("rate_per_s", ""),
        ("zipf_exponent", ""),
        ("seed", "42"),
        ("server_version", "15.18 (Debian, \"stable\")"),
        ("sim_version", "1.2.3"),
    ];
    for (column, value) in expected {
        assert_eq!(row[column], value, "{column}");
    }
}

/// A thousand durations, from one step to a thousand of them, and one that is
/// twice as long as the longest of these.
fn latency(step_us: u64) -> Latency {
    let mut latency = Latency::default();
    let steps = (1..=1_000).chain([2_000]);
    steps.for_each(|at| latency.record_us(at * step_us));
    latency
}

/// The histograms of a run by the name of their columns, each with a step that
/// gives it values that no other one has.
const LATENCIES: [(&str, u64); 7] = [
    ("sold", 101),
    ("sold_out", 223),
    ("gave_up", 347),
    ("service", 461),
    ("queued", 577),
    ("schedule_lag", 691),
    ("unrelated", 809),
];

/// A run in which every number is another one, and none is zero.
fn full_run() -> RunResult {
    let mut run = run(1, 2);
    run.findings = all_different();
    run.outcomes = Tally {
        sold: 401,
        sold_out: 402,
        gave_up: 403,
        failed: 404,
        unknown: 405,
        not_started: 406,
    };
    run.evidence.overlapping = 51;
    run.evidence.blocked_waits = 52;
    run.effort.attempts = 3_000;
    run.effort.service_us = 61;
    run.effort.wasted_us = 62;
    let kinds = Conflict::ALL.into_iter().zip(71..);
    run.effort.conflicts = kinds.collect();
    run.faults.messages = BTreeMap::from([("a".into(), 81)]);
    run.faults.interrupted = true;
    run.put_in = Some(FaultCounts {
        statements: 1,
        commits: 1,
        cut: 82,
        lost_requests: 83,
        lost_replies: 84,
        pauses: 85,
    });
    (run.elapsed_us, run.client_cpu_us, run.client_busy_us) = (2_000_000, 92, 93);
    let [sold, sold_out, gave_up, service, queued, lag, unrelated] =
        LATENCIES.map(|(_, step)| latency(step));
    run.timing.latency = BTreeMap::from([
        (Outcome::Sold, sold),
        (Outcome::SoldOut, sold_out),
        (Outcome::GaveUp, gave_up),
    ]);
    run.timing.service = service;
    run.timing.queued = queued;
    run.timing.schedule_lag = lag;
    run.timing.unrelated = unrelated;
    judged(run, &[])
}

fn full_report(popularity: Popularity) -> Report {
    let mut report = report(vec![cell(vec![full_run()])]);
    report.scenario = Scenario {
        buyers: 101,
        products: 102,
        stock: 103,
        lines: 104,
        duplicate_lines: false,
        units: 105,
        lock_order: LockOrder::Cart,
        popularity,
        connections: 106,
        arrival: Arrival::Poisson { per_second: 107.5 },
        think_time_us: 108,
        max_tries: 109,
        retry: Retry::default(),
        retry_delay: RetryDelay {
            min_us: 110,
            max_us: 111,
        },
        runs: 1,
        seed: 112,
        mix: checkout_sim::scenario::Mix::default(),
        key: None,
        faults: FaultRates {
            cut: 0.11,
            lose_request: 0.12,
            lose_reply: 0.13,
            pause: 0.14,
            pause_us: 115,
        },
    };
    report
}

/// Each column that has a number of its own, with that number.
const NUMBERS: &str = "run 1, oversold 21, lost_updates 22, leaked_stock 23, negative_stock 24, \
    duplicate_orders 25, partial_orders 26, missing_orders 27, unpromised_orders 29, unsold 28, \
    sold 401, sold_out 402, gave_up 403, failed 404, unknown 405, not_started 406, \
    overlapping_attempts 51, blocked_waits_seen 52, attempts 3000, conflicts_serialization 71, \
    conflicts_deadlock 72, conflicts_lock_timeout 73, conflicts_stale_version 74, \
    attempts_per_sale 7.481, faults 81, elapsed_us 2000000, client_cpu_us 92, client_busy_us 93, \
    service_us 61, wasted_us 62, sales_per_s 200.5, attempts_per_s 1500.0, buyers 101, \
    products 102, stock 103, lines 104, units 105, connections 106, rate_per_s 107.5, \
    think_time_us 108, max_tries 109, retry_delay_min_us 110, retry_delay_max_us 111, seed 112, \
    connections_cut 82, requests_lost 83, replies_lost 84, statements_paused 85, cut_share 0.11, \
    lose_request_share 0.12, lose_reply_share 0.13, pause_share 0.14, pause_us 115";

/// Each column that has a word of its own.
const WORDS: &str = "scenario sale, strategy optimistic, isolation read-committed, \
    verdict oversells, expected safe, interrupted true, duplicate_lines false, lock_order cart, \
    arrival poisson, server PostgreSQL, sim_version 1.2.3";

/// No two columns have the same value here, and none is zero or empty: any two
/// that are exchanged are noticed, as is one that is taken from elsewhere.
#[test]
fn no_two_columns_can_be_exchanged() {
    let pairs = NUMBERS.split(", ").chain(WORDS.split(", "));
    let mut expected: BTreeMap<String, String> = pairs
        .filter_map(|pair| pair.split_once(' '))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    expected.insert("server_version".into(), "15.18 (Debian, \"stable\")".into());
    for (name, step) in LATENCIES {
        // The histogram keeps three digits; what it tells is asked of it.
        let of = latency(step);
        for (percentile, share) in [
            ("p50", 50.0),
            ("p90", 90.0),
            ("p95", 95.0),
            ("p99", 99.0),
            ("p99_9", 99.9),
        ] {
            let exact = (10.0 * share) as u64 * step;
            let told = of.percentile_us(share);
            assert!(told.abs_diff(exact) <= exact / 50, "{name} {percentile}");
            expected.insert(format!("{name}_{percentile}_us"), told.to_string());
        }
        expected.insert(format!("{name}_max_us"), of.max_us().to_string());
    }
    let values: BTreeSet<&String> = expected.values().collect();
    assert_eq!(values.len(), expected.len(), "a value stands twice");
    assert!(
        !values
            .iter()
            .any(|value| ["", "0"].contains(&value.as_str()))
    );
    // It was not explored.
    let explored = ["explored", "explored_says"].map(|name| (name.to_owned(), String::new()));
    expected.extend(explored);
    for (popularity, of_it) in [
        (Popularity::Zipf { exponent: 1.25 }, ["zipf", "1.25", ""]),
        (Popularity::Hot { share: 0.35 }, ["hot", "", "0.35"]),
    ] {
        let names = ["popularity", "zipf_exponent", "hot_share"];
        expected.extend(
            names
                .map(str::to_owned)
                .into_iter()
                .zip(of_it.map(str::to_owned)),
        );
        assert_eq!(table(&full_report(popularity))[0], expected);
    }
    assert_eq!(expected.len(), COLUMNS.split(',').count());
}

/// A spreadsheet carries out a cell that begins like a formula.
#[test]
fn no_text_is_a_formula() {
    for (name, cell) in [
        ("=1+1", "'=1+1"),
        ("@sum", "'@sum"),
        ("-1", "'-1"),
        ("+1", "'+1"),
        ("a=1", "a=1"),
    ] {
        let studies = vec![super::hand::study(name, full_report(Popularity::Uniform))];
        let text = checkout_sim::report::to_csv(&super::hand::dossier(studies)).unwrap();
        let row = text.lines().nth(1).expect("a row");
        assert!(row.starts_with(&format!("{cell},")), "{row}");
    }
}
