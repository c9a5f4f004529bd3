//! From values to places on a plot, with ticks at round values.

/// An axis from its first value to its last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    is_logarithmic: bool,
}

/// Steps of a linear axis are 1, 2 or 5 times a power of ten; so many at most.
const STEPS_MAX: f64 = 6.0;

/// A logarithmic axis of more decades than this has ticks at powers of ten only.
const FINE_DECADES_MAX: f64 = 3.0;

impl Scale {
    /// From zero to `max` at least.
    pub(super) fn linear(max: f64) -> Self {
        let max = if max > 0.0 { max } else { 1.0 };
        let step = step(max);
        Self {
            low: 0.0,
            high: (max / step).ceil() * step,
            is_logarithmic: false,
        }
    }

    /// From `min` or a little below it to `max` or a little above.
    pub(super) fn logarithmic(min: f64, max: f64) -> Self {
        let min = min.max(1.0);
        let max = max.max(min);
        let (low, high) = (round(min, f64::floor), round(max, f64::ceil));
        Self {
            low,
            high: if high > low { high } else { low * 10.0 },
            is_logarithmic: true,
        }
    }

    /// Where a value stands, from 0 to 1; values beyond an end stand at it.
    pub(super) fn share(&self, value: f64) -> f64 {
        let share = match self.is_logarithmic {
            true => (value.max(self.low) / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        };
        share.clamp(0.0, 1.0)
    }

    /// Round values from the first to the last.
    pub(super) fn ticks(&self) -> Vec<f64> {
        if !self.is_logarithmic {
            let step = step(self.high);
            let steps = (self.high / step).round() as u32;
            return (0..=steps).map(|at| f64::from(at) * step).collect();
        }
        let is_fine = (self.high / self.low).log10() <= FINE_DECADES_MAX;
        let mantissas: &[f64] = if is_fine { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let decades = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let all = decades.flat_map(|decade| mantissas.iter().map(move |m| m * 10_f64.powi(decade)));
        // Rounding may put the ends a hair beyond themselves.
        let (low, high) = (self.low * 0.999, self.high * 1.001);
        all.filter(|tick| (low..=high).contains(tick)).collect()
    }
}

fn step(max: f64) -> f64 {
    let power = 10_f64.powf((max / STEPS_MAX).log10().floor());
    let fits = |mantissa: &&f64| max / (**mantissa * power) <= STEPS_MAX;
    power * [1.0, 2.0, 5.0].iter().find(fits).unwrap_or(&10.0)
}

/// The nearest of 1, 2, 5, 10 times a power of ten on one side.
fn round(value: f64, to: fn(f64) -> f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let mantissas = [1.0, 2.0, 5.0, 10.0];
    let mantissa = value / power;
    let is_up = to(0.5) > 0.5;
    let found = match is_up {
        true => mantissas.into_iter().find(|m| *m >= mantissa),
        false => mantissas.into_iter().rev().find(|m| *m <= mantissa),
    };
    power * found.unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn a_linear_axis_ends_at_a_round_value_and_has_few_ticks() {
        let cases: [(f64, &[f64]); 5] = [
            (0.0, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
            (6.0, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            (7.0, &[0.0, 2.0, 4.0, 6.0, 8.0]),
            (450.0, &[0.0, 100.0, 200.0, 300.0, 400.0, 500.0]),
            (1_900.0, &[0.0, 500.0, 1_000.0, 1_500.0, 2_000.0]),
        ];
        for (max, ticks) in cases {
            let found = Scale::linear(max).ticks();
            let near = found.iter().zip(ticks).all(|(a, b)| (a - b).abs() < 1e-9);
            assert!(near && found.len() == ticks.len(), "{max}: {found:?}");
        }
    }

    #[test]
    fn a_logarithmic_axis_reaches_from_round_to_round() {
        let found = Scale::logarithmic(130.0, 9_000.0).ticks();
        let ticks = [100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0];
        let near = found
            .iter()
            .zip(ticks)
            .all(|(a, b)| (a / b - 1.0).abs() < 1e-9);
        assert!(near && found.len() == ticks.len(), "{found:?}");
        let far = Scale::logarithmic(1.0, 1e6).ticks();
        assert_eq!(far.len(), 7, "{far:?}");
    }

    #[test]
    fn places_grow_with_values_and_stay_on_the_plot() {
        for scale in [Scale::linear(50.0), Scale::logarithmic(3.0, 3_000.0)] {
            let places: Vec<f64> = [0.0, 4.0, 40.0, 400.0, 1e9].map(|v| scale.share(v)).into();
            assert!(
                places.windows(2).all(|pair| pair[0] <= pair[1]),
                "{places:?}"
            );
            assert!(places.iter().all(|p| (0.0..=1.0).contains(p)), "{places:?}");
            assert_eq!(places[4], 1.0);
        }
        assert_eq!(Scale::logarithmic(0.0, 0.0).share(0.0), 0.0);
    }
}
