//! How sure a number is, against values that others have published.

use checkout_sim::report::{
    Interval, holm, mean_interval, p_of_zero_mean, share_interval, zero_events_bound,
};

#[track_caller]
fn close(found: Option<Interval>, value: f64, low: f64, high: f64) {
    let found = found.expect("an interval");
    let pairs = [(found.value, value), (found.low, low), (found.high, high)];
    for (found, published) in pairs {
        assert!(
            (found - published).abs() < 0.000_1,
            "{found} for {published}"
        );
    }
}

/// Wilson's score interval without continuity correction, 95 %, as Newcombe
/// (1998, Statistics in Medicine 17, table I, method 3) and R's
/// `prop.test(correct = FALSE)` give it.
#[test]
fn shares_have_wilsons_interval() {
    close(share_interval(81, 263), 81.0 / 263.0, 0.2553, 0.3662);
    close(share_interval(15, 148), 15.0 / 148.0, 0.0624, 0.1605);
    close(share_interval(0, 20), 0.0, 0.0, 0.1611);
    close(share_interval(1, 29), 1.0 / 29.0, 0.0061, 0.1718);
    close(share_interval(0, 10), 0.0, 0.0, 0.2775);
    close(share_interval(5, 10), 0.5, 0.2366, 0.7634);
    close(share_interval(10, 10), 1.0, 0.7225, 1.0);
    assert_eq!(share_interval(0, 0), None);
}

/// Student's t from the tables: t(0.975; 4) = 2.776, t(0.975; 1) = 12.706.
#[test]
fn means_have_students_interval() {
    // Mean 3, variance 2.5, standard error sqrt(2.5 / 5) = 0.70711.
    let half = 2.776_445 * 0.5_f64.sqrt();
    close(
        mean_interval(&[1.0, 2.0, 3.0, 4.0, 5.0]),
        3.0,
        3.0 - half,
        3.0 + half,
    );
    // Two values: the standard error is half their distance.
    let half = 12.706_205 * 2.0;
    close(mean_interval(&[8.0, 12.0]), 10.0, 10.0 - half, 10.0 + half);
    close(mean_interval(&[7.0; 9]), 7.0, 7.0, 7.0);
    assert_eq!(mean_interval(&[]), None);
    let alone = mean_interval(&[7.0]).expect("a mean");
    assert_eq!(
        (alone.value, alone.low, alone.high),
        (7.0, f64::NEG_INFINITY, f64::INFINITY)
    );
    assert!(alone.half_width().is_infinite());
}

/// The exact bound solves (1 - p)^n = 0.05; 3/n is a little above it and close
/// from ten runs on (within a seventh, and a fiftieth from a hundred on).
#[test]
fn zero_failures_bound_the_share_of_failures() {
    assert!((zero_events_bound(1) - 0.95).abs() < 1e-12);
    assert!((zero_events_bound(10) - 0.258_866).abs() < 1e-6);
    assert!((zero_events_bound(50) - 0.058_155).abs() < 1e-6);
    for n in [10_u32, 50, 100, 1_000] {
        let bound = zero_events_bound(n.into());
        let chance_of_zero = (1.0 - bound).powi(n.cast_signed());
        assert!((chance_of_zero - 0.05).abs() < 1e-9, "{n}");
        let rule_of_three = 3.0 / f64::from(n);
        let over = rule_of_three / bound - 1.0;
        assert!(
            (0.0..if n < 100 { 1.0 / 6.0 } else { 0.02 }).contains(&over),
            "{n}: {over}"
        );
    }
    assert_eq!(zero_events_bound(0), 1.0, "no run, no bound");
}

/// Two-sided, by the same tables: t(0.975; 4) and t(0.975; 1) lie on 5 %.
#[test]
fn a_mean_of_zero_has_students_p_value() {
    let at = |mean: f64| [1.0, 2.0, 3.0, 4.0, 5.0].map(|v| v - 3.0 + mean);
    let edge = 2.776_445 * 0.5_f64.sqrt();
    for mean in [edge, -edge] {
        assert!((p_of_zero_mean(&at(mean)) - 0.05).abs() < 1e-6, "{mean}");
    }
    let edge = 12.706_205;
    assert!((p_of_zero_mean(&[edge - 1.0, edge + 1.0]) - 0.05).abs() < 1e-6);
    assert_eq!(p_of_zero_mean(&at(0.0)), 1.0);
    assert_eq!(p_of_zero_mean(&[0.5; 3]), 0.0, "without a spread");
    assert_eq!(p_of_zero_mean(&[0.0; 3]), 1.0);
    assert_eq!(p_of_zero_mean(&[0.5]), 1.0, "one run tells nothing");
    assert_eq!(p_of_zero_mean(&[]), 1.0);
}

/// As R's `p.adjust(method = "holm")` has it, worked out by hand: 4 times 0.005,
/// 3 times 0.01, then 2 times 0.03, and the last is raised to what is before it.
#[test]
fn a_family_is_adjusted_after_holm() {
    let close = |found: Vec<f64>, wanted: &[f64]| {
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-12, "{found} for {wanted}");
        }
    };
    close(holm(&[0.01, 0.04, 0.03, 0.005]), &[0.03, 0.06, 0.06, 0.02]);
    close(holm(&[0.9, 0.6]), &[1.0, 1.0]);
    close(holm(&[0.04]), &[0.04]);
    close(holm(&[]), &[]);
}
