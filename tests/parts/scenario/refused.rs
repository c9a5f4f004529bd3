//! Settings that make no sense are refused by the flag that sets them.

use std::time::Duration;

use checkout_sim::scenario::{
    Arrival, CONNECTIONS_MAX, COUNT_MAX, LINES_MAX, Popularity, RetryDelay, Scenario,
};

use super::plain;

/// Puts one setting into a scenario that is otherwise valid: it must be refused
/// by its flag, and the message must say what was found.
fn refuses(flag: &str, found: &str, set: impl Fn(&mut Scenario)) {
    let mut scenario = plain();
    scenario.validate().expect("valid before");
    set(&mut scenario);
    let refused = scenario.validate().expect_err(flag);
    assert_eq!((refused.flag, refused.found.as_str()), (flag, found));
    let said = refused.to_string();
    assert!(said.starts_with(&format!("--{flag} {found}: ")), "{said}");
}

#[test]
fn counts_out_of_range() {
    refuses("buyers", "0", |s| s.buyers = 0);
    refuses("buyers", "10000001", |s| s.buyers = COUNT_MAX + 1);
    refuses("products", "0", |s| s.products = 0);
    refuses("products", "10000001", |s| s.products = COUNT_MAX + 1);
    refuses("lines", "0", |s| s.lines = 0);
    refuses("lines", "101", |s| {
        (s.lines, s.products) = (LINES_MAX + 1, 1_000)
    });
    // An allocation that fails would end the process.
    refuses("lines", "100", |s| {
        (s.lines, s.products, s.buyers) = (100, 1_000, 1_000_001);
    });
    // There are ten products, and every line is another one.
    refuses("lines", "11", |s| s.lines = 11);
    refuses("units", "0", |s| s.units = 0);
    refuses("units", "10000001", |s| s.units = COUNT_MAX + 1);
    refuses("connections", "0", |s| s.connections = 0);
    refuses("connections", "10001", |s| {
        s.connections = CONNECTIONS_MAX + 1
    });
    refuses("max-tries", "0", |s| s.max_tries = 0);
    refuses("runs", "0", |s| s.runs = 0);
}

#[test]
fn numbers_that_are_none() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let rate = Arrival::Poisson { per_second: bad };
        refuses("rate", &bad.to_string(), |s| s.arrival = rate);
        let law = Popularity::Zipf { exponent: bad };
        refuses("popularity", &format!("zipf:{bad}"), |s| s.popularity = law);
    }
    // So rare that the last buyer would come after the end of the clock.
    let rare = Arrival::Poisson { per_second: 1e-300 };
    refuses("rate", &1e-300.to_string(), |s| s.arrival = rare);
}

#[test]
fn a_range_the_wrong_way_round() {
    let (min_us, max_us) = (2, 1);
    let wrong = RetryDelay { min_us, max_us };
    refuses("retry-delay", "2us..1us", |s| s.retry_delay = wrong);
}

/// Of one line all lines are of one product anyhow.
#[test]
fn duplicate_lines_are_two_or_more() {
    refuses("duplicate-lines", "true", |s| {
        (s.duplicate_lines, s.lines) = (true, 1)
    });
    let two = Scenario {
        duplicate_lines: true,
        lines: 2,
        ..plain()
    };
    assert_eq!(two.validate(), Ok(()));
}

/// The ends of every range are inside it.
#[test]
fn the_limits_themselves_are_allowed() {
    let largest = Scenario {
        buyers: COUNT_MAX,
        products: COUNT_MAX,
        stock: u32::MAX,
        lines: 10,
        units: COUNT_MAX,
        connections: CONNECTIONS_MAX,
        max_tries: COUNT_MAX,
        runs: COUNT_MAX,
        ..plain()
    };
    assert_eq!(largest.validate(), Ok(()));
    let longest = Scenario {
        buyers: 1_000_000,
        lines: LINES_MAX,
        ..largest
    };
    assert_eq!(longest.validate(), Ok(()));
    let smallest = Scenario {
        buyers: 1,
        products: 1,
        stock: 0,
        lines: 1,
        units: 1,
        connections: 1,
        max_tries: 1,
        retry_delay: RetryDelay {
            min_us: 0,
            max_us: 0,
        },
        ..plain()
    };
    assert_eq!(smallest.validate(), Ok(()));
    assert_eq!(smallest.pause(1, 0, 1), Duration::ZERO);
}
