//! How fast a count grows.

use std::time::Duration;

/// How long a count is watched for one rate.
const SPAN: Duration = Duration::from_millis(200);

/// More do not fit side by side on a terminal.
const RATES_MAX: usize = 200;

/// The rates at which a count grew, oldest first.
#[derive(Debug, Default)]
pub(super) struct Pace {
    rates: Vec<f64>,
    /// When the span that goes on began, and the count by then.
    since: Option<(Duration, u64)>,
}

impl Pace {
    /// The count is so much by now; a count that shrank has begun again from 0.
    pub(super) fn note(&mut self, now: Duration, count: u64) {
        let (began, before) = *self.since.get_or_insert((now, count));
        let span = now.saturating_sub(began);
        if count < before {
            self.since = Some((now, 0));
        } else if span >= SPAN {
            self.rates
                .push((count - before) as f64 / span.as_secs_f64());
            let too_many = self.rates.len().saturating_sub(RATES_MAX);
            self.rates.drain(..too_many);
            self.since = Some((now, count));
        }
    }

    /// Events a second, oldest first.
    pub(super) fn rates(&self) -> &[f64] {
        &self.rates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(noted: &[(u64, u64)]) -> Vec<f64> {
        let mut pace = Pace::default();
        for (ms, count) in noted {
            pace.note(Duration::from_millis(*ms), *count);
        }
        pace.rates().to_vec()
    }

    /// A span that took longer than it should, on a busy machine, is no faster for it.
    #[test]
    fn a_rate_is_what_came_by_the_time_it_took() {
        assert!(rates(&[(0, 7), (100, 8), (199, 9)]).is_empty());
        assert_eq!(rates(&[(0, 7), (100, 8), (200, 107)]), [500.0]);
        assert_eq!(
            rates(&[(0, 0), (1_000, 100), (1_200, 100), (1_450, 600)]),
            [100.0, 0.0, 2_000.0]
        );
    }

    /// Each cell of an exploration counts from 0.
    #[test]
    fn a_count_that_begins_again_is_no_rate() {
        assert_eq!(
            rates(&[(0, 0), (200, 1_000), (300, 10), (500, 110)]),
            [5_000.0, 550.0]
        );
    }

    #[test]
    fn old_rates_are_forgotten() {
        let noted: Vec<(u64, u64)> = (0..=1_000).map(|n| (n * 200, n * n)).collect();
        let rates = rates(&noted);
        assert_eq!(rates.len(), RATES_MAX);
        assert_eq!(rates.last(), Some(&(1_999.0 * 5.0)));
    }
}
