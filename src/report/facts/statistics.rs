//! How sure a number is.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A value with the bounds of its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The point estimate.
    pub value: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Interval {
    /// From `half` below a value to as much above it.
    pub(in crate::report) fn around(value: f64, half: f64) -> Self {
        let (low, high) = (value - half, value + half);
        Self { value, low, high }
    }

    /// Of logarithms of ratios, the interval of the ratio.
    pub(in crate::report) fn exp(self) -> Self {
        let Self { value, low, high } = self;
        let [value, low, high] = [value, low, high].map(f64::exp);
        Self { value, low, high }
    }

    /// Half the interval's width.
    #[must_use]
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

/// The mean, and the square of its standard error; not a number of fewer than two
/// values, which have no spread.
pub(in crate::report) fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, variance / n)
}

/// The mean of independent runs with Student's t interval; `None` without
/// runs. One run alone says nothing of the spread: its interval is infinite.
#[must_use]
pub fn mean_interval(values: &[f64]) -> Option<Interval> {
    if values.is_empty() {
        return None;
    }
    let (mean, error) = mean_and_error(values);
    let t = StudentsT::new(0.0, 1.0, values.len() as f64 - 1.0);
    let half = t.map_or(f64::INFINITY, |t| t.inverse_cdf(0.975) * error.sqrt());
    Some(Interval::around(mean, half))
}

/// A difference with a p-value of at most this much is more than noise.
pub const SIGNIFICANT: f64 = 0.05;

/// The two-sided p-value of Student's t test that the mean of independent runs
/// is zero. 1 of fewer than two runs: without a spread nothing can be told.
#[must_use]
pub fn p_of_zero_mean(values: &[f64]) -> f64 {
    let Ok(t) = StudentsT::new(0.0, 1.0, values.len() as f64 - 1.0) else {
        return 1.0;
    };
    let (mean, error) = mean_and_error(values);
    match (mean == 0.0, error == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => 2.0 * t.cdf(-mean.abs() / error.sqrt()),
    }
}

/// The p-values of a family of tests, adjusted after Holm: the smallest is
/// multiplied by the number of tests, the next one by one less, and so on, and
/// none falls below a smaller one's. Whatever is equal, and however the tests
/// depend on each other, a difference is claimed where there is none in at most
/// 5 % of all families.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut least = 0.0_f64;
    for (rank, test) in order.into_iter().enumerate() {
        least = least.max(p[test] * (p.len() - rank) as f64).min(1.0);
        adjusted[test] = least;
    }
    adjusted
}

/// The share of `hits` in `n` independent runs with Wilson's score interval,
/// which stays within 0 and 1 and does not collapse at the ends.
#[must_use]
pub fn share_interval(hits: u64, n: u64) -> Option<Interval> {
    if n == 0 {
        return None;
    }
    const Z: f64 = 1.959_963_984_540_054;
    let (hits, n) = (hits as f64, n as f64);
    let share = hits / n;
    let scale = 1.0 + Z * Z / n;
    let centre = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z / scale * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some(Interval {
        value: share,
        low: (centre - half).max(0.0),
        high: (centre + half).min(1.0),
    })
}

/// The largest share of failing runs that `n` runs without a failure still
/// allow at 95 %: `1 - 0.05^(1/n)`, close to 3/n from n = 10 on (the rule of
/// three).
#[must_use]
pub fn zero_events_bound(n: u64) -> f64 {
    1.0 - 0.05_f64.powf(1.0 / n as f64)
}
