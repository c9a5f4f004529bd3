//! What a scenario draws, and what it refuses.
//!
//! Statistical tests have fixed seeds: they hold or fail, every time alike.
//! Their tolerances are multiples of the standard error, not guesses.

mod defaults;
mod refused;
mod service;
mod threshold;

use std::collections::HashSet;
use std::time::Duration;

use checkout_sim::scenario::{Arrival, COUNT_MAX, Popularity, RetryDelay, Scenario};
use checkout_sim::shop::{Cart, LockOrder, Retry, Sku};
use proptest::prelude::{Just, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy;

fn plain() -> Scenario {
    Scenario {
        buyers: 100,
        products: 10,
        stock: 30,
        lines: 3,
        duplicate_lines: false,
        units: 2,
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
        runs: 1,
        seed: 7,
        mix: checkout_sim::scenario::Mix::default(),
        key: None,
        faults: Default::default(),
    }
}

/// Any valid scenario of a size that a test can afford, carts of every product
/// included.
fn any_scenario() -> impl Strategy<Value = Scenario> {
    let popularity = prop_oneof![
        Just(Popularity::Uniform),
        (0.01..8.0).prop_map(|exponent| Popularity::Zipf { exponent }),
        Just(Popularity::Zipf { exponent: 1.0 }),
    ];
    let arrival = prop_oneof![
        Just(Arrival::Burst),
        (0.5..1e6).prop_map(|per_second| Arrival::Poisson { per_second }),
    ];
    let order = prop_oneof![Just(LockOrder::Sorted), Just(LockOrder::Cart)];
    let size = (1..=60_u32, 1..=12_u32).prop_flat_map(|(b, p)| (Just(b), Just(p), 1..=p));
    (size, 1..=5_u32, order, popularity, arrival, any::<u64>()).prop_map(
        |((buyers, products, lines), units, lock_order, popularity, arrival, seed)| Scenario {
            buyers,
            products,
            lines,
            units,
            lock_order,
            popularity,
            arrival,
            seed,
            ..plain()
        },
    )
}

fn skus(cart: &Cart) -> Vec<u32> {
    cart.lines.iter().map(|line| line.sku.0).collect()
}

proptest! {
    #[test]
    fn carts_are_what_the_scenario_says(scenario in any_scenario(), run in 1..5_u32) {
        scenario.validate().expect("valid by construction");
        let carts = scenario.carts(run);
        prop_assert_eq!(carts.len(), scenario.buyers as usize);
        let keys: HashSet<_> = carts.iter().map(|cart| cart.key).collect();
        prop_assert_eq!(keys.len(), carts.len(), "a key marks one checkout");
        for (buyer, cart) in (0..).zip(&carts) {
            prop_assert_eq!(cart.buyer, buyer);
            let skus = skus(cart);
            let different: HashSet<u32> = skus.iter().copied().collect();
            prop_assert_eq!(skus.len(), scenario.lines as usize);
            prop_assert_eq!(different.len(), skus.len(), "every line is another product");
            prop_assert!(skus.iter().all(|sku| (1..=scenario.products).contains(sku)));
            prop_assert!(cart.lines.iter().all(|line| line.units == scenario.units));
            prop_assert!(scenario.lock_order == LockOrder::Cart || skus.is_sorted());
        }
    }

    /// The seed and the number of the run decide everything; and the order of
    /// the lines, the pauses and the arrivals of one kind change no draw of
    /// another.
    #[test]
    fn the_same_seed_draws_the_same(scenario in any_scenario(), run in 1..5_u32) {
        let again = scenario.clone();
        prop_assert_eq!(scenario.carts(run), again.carts(run));
        let arrivals: Vec<Duration> = scenario.arrivals(run).collect();
        prop_assert_eq!(&arrivals, &again.arrivals(run).collect::<Vec<_>>());
        prop_assert_eq!(scenario.pause(run, 3, 2), again.pause(run, 3, 2));
        let slower = Scenario { arrival: Arrival::Burst, max_tries: 1, connections: 1, ..again };
        prop_assert_eq!(scenario.carts(run), slower.carts(run));
        let in_cart_order = Scenario { lock_order: LockOrder::Cart, ..scenario.clone() };
        for (one, other) in scenario.carts(run).iter().zip(in_cart_order.carts(run)) {
            let (mut one, mut other) = (skus(one), skus(&other));
            one.sort_unstable();
            other.sort_unstable();
            prop_assert_eq!(one, other, "the same products, whatever their order");
        }
    }

    /// Full jitter: from nothing up to the doubled minimum, never beyond the
    /// maximum, however many tries there were.
    #[test]
    fn a_pause_keeps_its_bounds(
        (min_us, max_us) in (0..=20_000_u64).prop_flat_map(|min| (Just(min), min..=100_000)),
        tries in prop_oneof![1..=10_u32, 60..=70_u32, Just(COUNT_MAX)],
        buyer in any::<u32>(),
        seed in any::<u64>(),
    ) {
        let retry_delay = RetryDelay { min_us, max_us };
        let scenario = Scenario { retry_delay, seed, ..plain() };
        let pause = scenario.pause(1, buyer, tries);
        let doubled = u128::from(min_us) << (tries - 1).min(64);
        prop_assert!(pause.as_micros() <= doubled.min(u128::from(max_us)), "{:?}", pause);
    }

    #[test]
    fn arrivals_never_go_back(scenario in any_scenario(), run in 1..5_u32) {
        let arrivals: Vec<Duration> = scenario.arrivals(run).collect();
        prop_assert_eq!(arrivals.len(), scenario.buyers as usize);
        prop_assert!(arrivals.is_sorted());
        if scenario.arrival == Arrival::Burst {
            prop_assert!(arrivals.iter().all(Duration::is_zero));
        }
    }
}

/// Another run, seed or buyer draws something else: a constant would satisfy
/// everything above.
#[test]
fn other_seeds_and_runs_draw_something_else() {
    let scenario = Scenario {
        arrival: Arrival::Poisson { per_second: 100.0 },
        ..plain()
    };
    let other = Scenario {
        seed: 8,
        ..scenario.clone()
    };
    let lines = |carts: Vec<Cart>| -> Vec<Vec<u32>> { carts.iter().map(skus).collect() };
    assert_ne!(lines(scenario.carts(1)), lines(scenario.carts(2)));
    assert_ne!(lines(scenario.carts(1)), lines(other.carts(1)));
    let keys = |carts: &[Cart]| carts.iter().map(|cart| cart.key).collect::<Vec<_>>();
    assert_ne!(keys(&scenario.carts(1)), keys(&scenario.carts(2)));
    assert!(scenario.arrivals(1).ne(scenario.arrivals(2)));
    let pauses: HashSet<_> = (0..100).map(|buyer| scenario.pause(1, buyer, 5)).collect();
    assert!(pauses.len() > 90, "buyers do not come back together");
}

/// A seed that was printed, perhaps by another version on another machine, must
/// bring its run back. These values are the program's own, written down once:
/// a change of them breaks every seed in every report.
#[test]
fn a_published_seed_keeps_its_meaning() {
    let scenario = Scenario {
        arrival: Arrival::Poisson { per_second: 100.0 },
        lock_order: LockOrder::Cart,
        ..plain()
    };
    let carts: Vec<Cart> = scenario.carts(1);
    let drawn: Vec<Vec<u32>> = carts[..3].iter().map(skus).collect();
    let arrivals: Vec<u128> = scenario
        .arrivals(1)
        .take(3)
        .map(|at| at.as_micros())
        .collect();
    let pauses: Vec<u128> = (0..3)
        .map(|b| scenario.pause(1, b, 4).as_micros())
        .collect();
    assert_eq!(drawn, [[10, 8, 1], [9, 10, 1], [7, 6, 2]]);
    assert_eq!(carts[0].key.0, 9_159_091_655_232_232_650);
    assert_eq!(arrivals, [14636, 63671, 72285]);
    assert_eq!(pauses, [7074, 6104, 6344]);
    let zipf = Scenario {
        popularity: Popularity::Zipf { exponent: 1.1 },
        ..scenario
    };
    let drawn: Vec<Vec<u32>> = zipf.carts(1)[..3].iter().map(skus).collect();
    assert_eq!(drawn, [[7, 1, 2], [2, 4, 3], [4, 1, 5]]);
}

/// Half of the bound on average, and close to both ends: jitter is full, not a
/// constant with some noise. Mean of n uniform draws: standard error
/// bound / sqrt(12 n).
#[test]
fn pauses_fill_their_whole_range() {
    let (n, bound) = (10_000_u32, 8_000.0); // 1 ms, doubled three times
    let scenario = plain();
    let pauses = (0..n).map(|buyer| scenario.pause(1, buyer, 4).as_micros() as f64);
    let pauses: Vec<f64> = pauses.collect();
    let mean = pauses.iter().sum::<f64>() / f64::from(n);
    let error = bound / (12.0 * f64::from(n)).sqrt();
    assert!((mean - bound / 2.0).abs() < 4.0 * error, "{mean}");
    assert!(pauses.iter().any(|p| *p < bound * 0.01));
    assert!(pauses.iter().any(|p| *p > bound * 0.99));
}

/// Gaps of a Poisson process are exponential: mean and standard deviation are
/// both 1 / rate, so the mean of n has the standard error 1 / (rate sqrt n).
#[test]
fn poisson_arrivals_keep_their_rate() {
    let (n, rate) = (10_000_u32, 250.0);
    let scenario = Scenario {
        buyers: n,
        arrival: Arrival::Poisson { per_second: rate },
        ..plain()
    };
    let at: Vec<f64> = scenario.arrivals(1).map(|at| at.as_secs_f64()).collect();
    let gaps: Vec<f64> = std::iter::once(at[0])
        .chain(at.windows(2).map(|pair| pair[1] - pair[0]))
        .collect();
    let mean = gaps.iter().sum::<f64>() / f64::from(n);
    let error = 1.0 / (rate * f64::from(n).sqrt());
    assert!((mean - 1.0 / rate).abs() < 4.0 * error, "{mean}");
    // The memoryless law: 1/e of the gaps are longer than the mean.
    let longer = gaps.iter().filter(|gap| **gap > 1.0 / rate).count() as f64;
    let share = longer / f64::from(n);
    let p = (-1.0_f64).exp();
    assert!(
        (share - p).abs() < 4.0 * (p * (1.0 - p) / f64::from(n)).sqrt(),
        "{share}"
    );
}

/// Shares of carts of one line against the law `k^-s / sum`, and against the
/// uniform one; binomial standard error.
#[test]
fn products_are_drawn_by_their_popularity() {
    const N: u32 = 20_000;
    for (popularity, s) in [
        (Popularity::Uniform, 0.0),
        (Popularity::Zipf { exponent: 1.0 }, 1.0),
        (Popularity::Zipf { exponent: 1.5 }, 1.5),
    ] {
        let scenario = Scenario {
            buyers: N,
            lines: 1,
            popularity,
            ..plain()
        };
        let carts = scenario.carts(1);
        let total: f64 = (1..=10).map(|k| f64::from(k).powf(-s)).sum();
        for k in 1..=10_u32 {
            let drawn = carts
                .iter()
                .filter(|cart| cart.lines[0].sku == Sku(k))
                .count();
            let share = drawn as f64 / f64::from(N);
            let p = f64::from(k).powf(-s) / total;
            let error = (p * (1.0 - p) / f64::from(N)).sqrt();
            assert!(
                (share - p).abs() < 4.0 * error,
                "{popularity:?}, {k}: {share} for {p}"
            );
        }
    }
}

/// A cart of all products exists under the steepest law too, and in cart order
/// the popular ones are drawn first.
#[test]
fn a_cart_of_every_product_can_be_drawn() {
    let scenario = Scenario {
        lines: 10,
        lock_order: LockOrder::Cart,
        popularity: Popularity::Zipf { exponent: 20.0 },
        ..plain()
    };
    for cart in scenario.carts(1) {
        assert_eq!(skus(&cart), (1..=10).collect::<Vec<u32>>());
    }
}

/// Uniform carts come in both orders where the buyer's own order counts: else
/// nothing would ever deadlock.
#[test]
fn carts_in_cart_order_come_in_both_orders() {
    let scenario = Scenario {
        buyers: 1_000,
        products: 2,
        lines: 2,
        lock_order: LockOrder::Cart,
        ..plain()
    };
    let carts = scenario.carts(1);
    let reversed = carts.iter().filter(|cart| skus(cart) == [2, 1]).count() as f64;
    // Binomial with p = 1/2: standard error sqrt(n) / 2.
    assert!(
        (reversed - 500.0).abs() < 4.0 * 1_000.0_f64.sqrt() / 2.0,
        "{reversed}"
    );
}

#[test]
fn every_product_is_supplied_once() {
    let supply: Vec<(u32, i64)> = plain()
        .supply()
        .iter()
        .map(|s| (s.sku.0, s.units))
        .collect();
    assert_eq!(supply, (1..=10).map(|sku| (sku, 30)).collect::<Vec<_>>());
}
