//! Two results against each other.

use checkout_sim::oracle::Verdict;
use checkout_sim::report::{Change, Dossier, Report, changes, differences, welch};
use checkout_sim::scenario::{Arrival, Popularity};
use checkout_sim::shop::Isolation;
use checkout_sim::subject::Strategy;

use super::hand::{control, dossier, load, oversold, paced_runs, safe_cell, server, study};

#[track_caller]
fn close(found: f64, published: f64, tolerance: f64) {
    assert!(
        (found - published).abs() < tolerance,
        "{found} for {published}"
    );
}

/// Student's sleep data (Biometrika 1908) as R's manual has it: the example
/// `t.test(extra ~ group, data = sleep)` of `?t.test` prints 17.776 degrees of
/// freedom and the 95 % interval -3.3654832 to 0.2054832.
#[test]
fn welch_gives_rs_interval_of_students_sleep() {
    let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    let found = welch(&first, &second).expect("ten values each");
    close(found.value, -1.58, 1e-9);
    close(found.low, -3.365_483_2, 1e-6);
    close(found.high, 0.205_483_2, 1e-6);
}

/// Wikipedia, "Student's t-test", worked example with unequal variances: the
/// means differ by 0.095, the standard error is 0.04849, and there are 7.031
/// degrees of freedom, for which t(0.975) is 2.3625 (between 2.3646 for 7 and
/// 2.3060 for 8 in the tables).
#[test]
fn welch_gives_the_interval_of_a_published_example() {
    let first = [30.02, 29.99, 30.11, 29.97, 30.01, 29.99];
    let second = [29.89, 29.93, 29.72, 29.98, 30.02, 29.98];
    let found = welch(&first, &second).expect("six values each");
    close(found.value, 0.095, 1e-9);
    // 0.04849 stands for what is up to 0.000005 larger, times 2.3625.
    close(found.half_width(), 2.3625 * 0.048_49, 2e-5);
    close(found.low + found.high, 2.0 * 0.095, 1e-9);
    // The other way round it is the same with the other sign.
    let turned = welch(&second, &first).expect("six values each");
    close(turned.low, -found.high, 1e-9);
}

#[test]
fn welch_needs_two_values_on_either_side() {
    assert_eq!(welch(&[1.0], &[1.0, 2.0]), None);
    assert_eq!(welch(&[1.0, 2.0], &[]), None);
    let exact = welch(&[3.0, 3.0], &[1.0, 1.0]).expect("two values each");
    assert_eq!((exact.value, exact.low, exact.high), (2.0, 2.0, 2.0));
}

/// The reference at 1,000 sales a second, and another strategy.
fn result(sales_per_s: &[u64]) -> Dossier {
    beside(1_000, sales_per_s)
}

fn beside(standard: u64, sales_per_s: &[u64]) -> Dossier {
    let standard = vec![standard; sales_per_s.len()];
    let cells = vec![
        safe_cell(Strategy::RowLock, paced_runs(&standard)),
        safe_cell(Strategy::Optimistic, paced_runs(sales_per_s)),
    ];
    dossier(vec![study("flash-sale", load(cells))])
}

fn change(now: &Dossier, before: &Dossier) -> Change {
    let all = changes(now, before);
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].speed, None, "the reference is the measure itself");
    all[1].clone()
}

#[track_caller]
fn judged(now: &[u64], before: &[u64], slower: bool, faster: bool) {
    let change = change(&result(now), &result(before));
    let found = (change.is_slower(), change.is_faster());
    assert_eq!(found, (slower, faster), "{:?}", change.speed);
}

/// Slower counts beyond a tenth, and beyond noise: of the same size, one change
/// is seen and another one is not.
#[test]
fn slower_and_faster_are_beyond_tolerance_and_noise() {
    let before = [999, 1_000, 1_001];
    judged(&[849, 850, 851], &before, true, false);
    judged(&[949, 950, 951], &before, false, false);
    judged(&[600, 850, 1_200], &before, false, false);
    judged(&[849, 850, 851], &[600, 1_000, 1_600], false, false);
    judged(&before, &before, false, false);
    judged(&before, &[849, 850, 851], false, true);
    judged(&before, &[949, 950, 951], false, false);
    judged(&before, &[600, 850, 1_200], false, false);
    // Not even a great change is seen with one run on a side.
    judged(&[100], &[1_000], false, false);
    judged(&[100, 100], &[1_000], false, false);
}

/// What one cell alone shows is not enough among others that did not change:
/// exit 98 is about any of them. A change that is plain is seen among them too.
#[test]
fn several_cells_are_one_family() {
    let others = [
        Strategy::Atomic,
        Strategy::Autocommit,
        Strategy::CheckConstraint,
    ];
    let among = |changed: &[u64], others: &[Strategy]| {
        let mut result = result(changed);
        let load = result.studies[0].load.as_mut().expect("a load");
        let same = |strategy: &Strategy| safe_cell(*strategy, paced_runs(&[990, 1_000, 1_012]));
        load.cells.extend(others.iter().map(same));
        result
    };
    let is_slower = |now: &[u64], others: &[Strategy]| {
        let before = among(&[990, 1_000, 1_012], others);
        let all = changes(&among(now, others), &before);
        assert_eq!(all.len(), 2 + others.len());
        all[1].is_slower()
    };
    let (little, plain) = ([790, 818, 846], [498, 500, 502]);
    assert!(is_slower(&little, &[]));
    assert!(!is_slower(&little, &others));
    assert!(is_slower(&plain, &others));
}

/// A ratio of ratios: 850 is now beside 1,000, and 1,000 was.
#[test]
fn speed_is_measured_beside_the_reference() {
    let now = result(&[850; 3]);
    let speed = change(&now, &result(&[1_000; 3]))
        .speed
        .expect("three runs");
    for bound in [speed.value, speed.low, speed.high] {
        close(bound, 0.85, 1e-9);
    }
    // A machine of half the speed slows both down.
    let elsewhere = change(&beside(500, &[500; 3]), &result(&[1_000; 3]));
    close(elsewhere.speed.expect("three runs").value, 1.0, 1e-9);
    assert!(!elsewhere.is_slower());
}

/// The speed of a wrong answer is not compared, as within one result.
#[test]
fn what_broke_something_has_no_speed() {
    let whole = result(&[1_000; 2]);
    for broken in [0, 1] {
        let mut other = whole.clone();
        if let Some(load) = &mut other.studies[0].load {
            load.cells[broken].runs = vec![oversold(1, 1), oversold(2, 1)];
        }
        assert_eq!(change(&other, &whole).speed, None);
        assert_eq!(change(&whole, &other).speed, None);
    }
}

/// Verdicts are compared cell by cell, whatever else differs; a cell that only
/// one result has is no change.
#[test]
fn verdicts_are_told_before_and_now() {
    let cells = |optimistic| {
        vec![
            control(Strategy::Naive, vec![oversold(1, 1)]),
            safe_cell(Strategy::Optimistic, optimistic),
        ]
    };
    let mut now = cells(vec![oversold(1, 1)]);
    now.push(safe_cell(Strategy::Atomic, paced_runs(&[1])));
    let before = cells(paced_runs(&[100]));
    let of = |cells| dossier(vec![study("flash-sale", load(cells))]);
    let all = changes(&of(now), &of(before));
    let told: Vec<_> = all
        .iter()
        .map(|c| (c.cell.subject, c.before, c.now))
        .collect();
    let expected = [
        (
            Strategy::Naive.subject(),
            Verdict::Oversells,
            Verdict::Oversells,
        ),
        (
            Strategy::Optimistic.subject(),
            Verdict::Safe,
            Verdict::Oversells,
        ),
    ];
    assert_eq!(told, expected);
    assert!(all.iter().all(|change| change.study == "flash-sale"));
}

fn differ(set: impl FnOnce(&mut Report)) -> Vec<String> {
    let (mut now, before) = (result(&[1_000; 2]), result(&[1_000; 2]));
    set(now.studies[0].load.as_mut().expect("a load"));
    differences(&now, &before)
}

/// Other carts, and more of the same, may be compared.
#[test]
fn the_seed_and_the_runs_may_differ() {
    let found = differ(|load| {
        (load.scenario.seed, load.scenario.runs) = (43, 9);
        load.sim_version = "9.9.9".into();
        load.started_unix_s += 1;
        server(load).address = "elsewhere".into();
    });
    assert_eq!(found, <[String; 0]>::default());
}

#[test]
fn what_differs_is_named() {
    let found = differ(|load| load.scenario.buyers = 400);
    assert_eq!(found, ["flash-sale: scenario: buyers is 400, and was 500"]);
    let found = differ(|load| {
        load.scenario.arrival = Arrival::Poisson { per_second: 5.0 };
        load.scenario.popularity = Popularity::Zipf { exponent: 1.5 };
    });
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found
            .iter()
            .any(|what| what.starts_with("flash-sale: scenario: arrival is "))
    );
    assert!(
        found
            .iter()
            .any(|what| what.starts_with("flash-sale: scenario: popularity is "))
    );

    let found = differ(|load| server(load).version = "16.1".into());
    let version = "\"16.1\", and was \"15.18 (Debian, \\\"stable\\\")\"";
    assert_eq!(found, [format!("flash-sale: server version is {version}")]);
    let found = differ(|load| server(load).product = "YugabyteDB".into());
    let product = "\"YugabyteDB\", and was \"PostgreSQL\"";
    assert_eq!(found, [format!("flash-sale: server is {product}")]);
    let found = differ(|load| {
        server(load).settings.insert("fsync".into(), "off".into());
        server(load).settings.insert("jit".into(), "on".into());
    });
    let expected = [
        "flash-sale: server setting fsync is off, and was on",
        "flash-sale: server setting jit is on, and was unknown",
    ];
    assert_eq!(found, expected);
}

/// A setting that only the older result knows is a difference too.
#[test]
fn a_setting_that_is_gone_is_named() {
    let found = differ(|load| server(load).settings.clear());
    assert_eq!(
        found,
        ["flash-sale: server setting fsync is unknown, and was on"]
    );
}

#[test]
fn another_reference_and_a_missing_study_are_named() {
    let (mut now, before) = (result(&[1_000; 2]), result(&[1_000; 2]));
    now.studies[0].reference = Some(Strategy::Atomic.at(Isolation::Serializable));
    let found = differences(&now, &before);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("flash-sale: reference is "),
        "{found:?}"
    );

    let mut more = result(&[1_000; 2]);
    let mut other = more.studies[0].clone();
    other.name = "restock".into();
    more.studies.push(other);
    assert_eq!(
        differences(&more, &before),
        ["restock: not in the older result"]
    );
    // The other way round, nothing is missing from what is to be shown.
    assert_eq!(differences(&before, &more), <[String; 0]>::default());
    // One without a name goes by its title; one that was only explored has no
    // time to compare.
    more.studies[1].name = String::new();
    assert_eq!(
        differences(&more, &before),
        ["Flash sale: not in the older result"]
    );
    more.studies[1].load = None;
    assert_eq!(differences(&more, &before), <[String; 0]>::default());
}
