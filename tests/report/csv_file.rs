//! The CSV file: fixed columns, every value in its own.

use std::collections::BTreeMap;

use checkout_sim::audit::{Tally, Violations};
use checkout_sim::report::{self, Report};
use checkout_sim::shop::{Conflict, Outcome};
use checkout_sim::strategy::Strategy;

use crate::hand::{dossier, study};
use crate::{cell, judged, report, run};

/// The columns that other programs rely on, in order: an interface, so a change
/// must be made here too, on purpose.
const COLUMNS: &str = "scenario,strategy,isolation,run,verdict,expected,\
    oversold,lost_updates,leaked_stock,negative_stock,duplicate_orders,partial_orders,\
    missing_orders,unpromised_orders,unsold,sold,sold_out,gave_up,failed,unknown,not_started,\
    overlapping_attempts,blocked_waits_seen,attempts,conflicts_serialization,\
    conflicts_deadlock,conflicts_lock_timeout,conflicts_stale_version,attempts_per_sale,\
    faults,interrupted,elapsed_us,client_cpu_us,client_busy_us,service_us,wasted_us,sales_per_s,attempts_per_s,\
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
    server,server_version,sim_version";

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
    other.strategy = Strategy::Naive;
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
            .map(|(c, run)| format!("{} {run}", c.strategy))
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

fn all_different() -> Violations {
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
}

/// Every value stands in its own column, 0 or empty where it does not apply.
#[test]
fn csv_values_stand_in_their_columns() {
    let mut run = run(7, 11);
    run.violations = all_different();
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
