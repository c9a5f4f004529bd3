//! What can be seen of a run while it goes.
//!
//! Each lane counts for itself, in a place of memory that no other lane writes to: an
//! attempt costs a few additions that wait for nothing. The display adds the lanes up
//! when it draws, a few times a second.

use std::iter;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::shelves::Sale;

/// Latencies are sorted into classes, so many to each doubling: the percentile of a
/// glimpse is at most a 32nd too long.
const CLASSES_A_DOUBLING: u64 = 32;

/// Bits of the number of a class within its doubling.
const CLASS_BITS: u32 = CLASSES_A_DOUBLING.trailing_zeros();

/// Nineteen hours: what took longer is in the last class.
const LATENCY_BITS_MAX: u32 = 36;

const CLASSES: usize = ((LATENCY_BITS_MAX - CLASS_BITS + 1) as usize) << CLASS_BITS;

/// The counters of one run, for the display of progress.
#[derive(Debug, Default)]
pub struct Progress(Mutex<Vec<Arc<LaneCounts>>>);

/// How far a run is. The counters go on while they are read, so one may be ahead of
/// another by what happened meanwhile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Glimpse {
    /// Buyers who have left the shop.
    pub finished: u64,
    /// Attempts that have ended.
    pub attempts: u64,
    /// Attempts that were lost to concurrency.
    pub conflicts: u64,
    /// Units of sales whose COMMIT was confirmed.
    pub sold_units: u64,
    /// Such units above what was in stock of their product: a lower bound of what the
    /// audit will find oversold.
    pub oversold_units: u64,
    /// The latency, in microseconds from the scheduled arrival, that 99 of 100 checkouts
    /// with an attempt do not exceed; `None` before the first one has ended.
    pub p99_us: Option<u64>,
}

impl Progress {
    /// Buyers who have left the shop.
    #[must_use]
    pub fn finished(&self) -> u64 {
        sum(&self.lanes(), |lane| &lane.finished)
    }

    /// How far the run is now.
    #[must_use]
    pub fn glimpse(&self) -> Glimpse {
        let lanes = self.lanes();
        Glimpse {
            finished: sum(&lanes, |lane| &lane.finished),
            attempts: sum(&lanes, |lane| &lane.attempts),
            conflicts: sum(&lanes, |lane| &lane.conflicts),
            sold_units: sum(&lanes, |lane| &lane.sold_units),
            oversold_units: sum(&lanes, |lane| &lane.oversold_units),
            p99_us: percentile_us(&lanes, 99),
        }
    }

    /// The counters of one more lane.
    pub(super) fn of_lane(&self) -> Arc<LaneCounts> {
        let lane = Arc::<LaneCounts>::default();
        self.lanes().push(Arc::clone(&lane));
        lane
    }

    fn lanes(&self) -> MutexGuard<'_, Vec<Arc<LaneCounts>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The counters of one lane, which no other one writes to; they begin a line of the
/// processor's cache, or lanes would slow each other down.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct LaneCounts {
    finished: AtomicU64,
    attempts: AtomicU64,
    conflicts: AtomicU64,
    sold_units: AtomicU64,
    oversold_units: AtomicU64,
    latencies: [AtomicU64; CLASSES],
}

impl Default for LaneCounts {
    fn default() -> Self {
        Self {
            finished: AtomicU64::default(),
            attempts: AtomicU64::default(),
            conflicts: AtomicU64::default(),
            sold_units: AtomicU64::default(),
            oversold_units: AtomicU64::default(),
            latencies: [const { AtomicU64::new(0) }; CLASSES],
        }
    }
}

impl LaneCounts {
    /// An attempt has ended, and sold so much.
    pub(super) fn attempted(&self, sale: Sale, is_conflict: bool) {
        add(&self.attempts, 1);
        if is_conflict {
            add(&self.conflicts, 1);
        }
        if sale.units > 0 {
            add(&self.sold_units, sale.units);
        }
        if sale.oversold > 0 {
            add(&self.oversold_units, sale.oversold);
        }
    }

    /// A checkout with an attempt has ended, so long after its scheduled arrival.
    pub(super) fn took_us(&self, latency_us: u64) {
        add(&self.latencies[class(latency_us)], 1);
    }

    /// A buyer has left the shop.
    pub(super) fn left(&self) {
        add(&self.finished, 1);
    }
}

/// Nothing is read by this order: it is a count.
fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}

fn sum(lanes: &[Arc<LaneCounts>], counter: impl Fn(&LaneCounts) -> &AtomicU64) -> u64 {
    let counts = lanes.iter().map(|lane| counter(lane));
    counts.map(|count| count.load(Ordering::Relaxed)).sum()
}

/// The upper bound of the class in which the percentile is.
fn percentile_us(lanes: &[Arc<LaneCounts>], percentile: u64) -> Option<u64> {
    let counts: Vec<u64> = (0..CLASSES)
        .map(|class| sum(lanes, |lane| &lane.latencies[class]))
        .collect();
    let all: u64 = counts.iter().sum();
    let mut missing = (all * percentile).div_ceil(100);
    for (class, &count) in iter::zip(0.., &counts).filter(|(_, count)| **count > 0) {
        if count >= missing {
            return Some(longest_us(class));
        }
        missing -= count;
    }
    None
}

/// The class of a latency: below 32 µs its own, above that one of 32 of its doubling.
fn class(us: u64) -> usize {
    let us = us.min((1 << LATENCY_BITS_MAX) - 1);
    let shift = (u64::BITS - us.leading_zeros()).saturating_sub(CLASS_BITS + 1);
    let class = u64::from(shift) * CLASSES_A_DOUBLING + (us >> shift);
    usize::try_from(class).expect("a few thousand at most")
}

/// The longest latency of a class.
fn longest_us(class: u64) -> u64 {
    let shift = (class / CLASSES_A_DOUBLING).saturating_sub(1);
    let within = class - shift * CLASSES_A_DOUBLING;
    ((within + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Latency;

    /// Each latency is in a class that ends at most a 32nd above it, the classes are in
    /// the order of what is in them, and none lies outside.
    #[test]
    fn a_class_tells_how_long() {
        let spots = (0..36).flat_map(|bit| {
            let power = 1_u64 << bit;
            [power - 1, power, power + 1, power + power / 3]
        });
        let mut spots: Vec<u64> = spots.filter(|us| *us < 1 << LATENCY_BITS_MAX).collect();
        spots.sort_unstable();
        let mut before = 0;
        for us in spots {
            let class = class(us);
            assert!(class >= before && class < CLASSES, "{us}");
            let longest = longest_us(class as u64);
            assert!(us <= longest && longest - us <= us / 32, "{us} {longest}");
            before = class;
        }
        assert_eq!(class(u64::MAX), CLASSES - 1);
        assert_eq!(class((1 << 36) - 1), CLASSES - 1);
    }

    /// Beside the histogram of the results, over two lanes.
    #[test]
    fn p99_is_that_of_the_results() {
        let (progress, mut exact) = (Progress::default(), Latency::default());
        assert_eq!(progress.glimpse().p99_us, None, "nothing has ended");
        let lanes = [progress.of_lane(), progress.of_lane()];
        let mut us = 1;
        for number in 0..1_000 {
            us = us * 48_271 % 2_147_483_647;
            let latency_us = us % 1_000_000;
            lanes[number % 2].took_us(latency_us);
            exact.record_us(latency_us);
        }
        let (seen, exact) = (
            progress.glimpse().p99_us.unwrap(),
            exact.percentile_us(99.0),
        );
        assert!(seen >= exact - exact / 500 && seen <= exact + exact / 30);
        // One outlier in a hundred is beyond it, and two are not.
        let outliers = |n: u64| {
            let progress = Progress::default();
            let lane = progress.of_lane();
            (0..100 - n).for_each(|_| lane.took_us(10));
            (0..n).for_each(|_| lane.took_us(20));
            progress.glimpse().p99_us
        };
        assert_eq!((outliers(1), outliers(2)), (Some(10), Some(20)));
    }

    /// Everything is added up over the lanes, each to its own counter.
    #[test]
    fn lanes_are_added_up() {
        let progress = Progress::default();
        let (one, other) = (progress.of_lane(), progress.of_lane());
        let none = Sale::default();
        let sale = |units, oversold| Sale { units, oversold };
        one.attempted(none, true);
        one.attempted(sale(3, 0), false);
        one.left();
        other.attempted(sale(4, 2), false);
        other.attempted(none, true);
        other.attempted(none, true);
        other.attempted(none, false);
        other.left();
        let expected = Glimpse {
            finished: 2,
            attempts: 6,
            conflicts: 3,
            sold_units: 7,
            oversold_units: 2,
            p99_us: None,
        };
        assert_eq!(progress.glimpse(), expected);
        assert_eq!(progress.finished(), 2);
    }
}
