//! What a run draws at random: carts, arrivals and pauses, each from the seed.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::seq::index;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp, Zipf};

use super::complete::{Arrival, Popularity, Scenario};
use crate::shop::{Cart, CheckoutKey, Line, LockOrder, Sku, Supply};

impl Scenario {
    /// What the shop has on hand before the first buyer.
    #[must_use]
    pub fn supply(&self) -> Vec<Supply> {
        (1..=self.products)
            .map(|id| Supply {
                sku: Sku(id),
                units: i64::from(self.stock),
            })
            .collect()
    }

    /// Every buyer's cart in run number `run`, the same for every strategy.
    #[must_use]
    pub fn carts(&self, run: u32) -> Vec<Cart> {
        let mut random = self.random(run, Stream::Carts);
        let keys = self.keys(run);
        let numbers = (0..self.buyers).zip(keys);
        numbers
            .map(|(buyer, key)| Cart {
                buyer,
                key,
                lines: self.lines_of_one_cart(&mut random).into(),
                operation: 0,
            })
            .collect()
    }

    /// Every buyer on tables of the user's own in run number `run`, the same for every
    /// subject that has as many operations: each carries out one, drawn by their weights.
    ///
    /// # Panics
    /// If no operation has a weight.
    #[must_use]
    pub fn actors(&self, run: u32, weights: &[u32]) -> Vec<Cart> {
        let mut random = self.random(run, Stream::Operations);
        let ends: Vec<u64> = weights
            .iter()
            .scan(0, |end, weight| {
                *end += u64::from(*weight);
                Some(*end)
            })
            .collect();
        let all = *ends.last().expect("an operation");
        let nothing: Arc<[Line]> = [].into();
        let numbers = (0..self.buyers).zip(self.keys(run));
        let actor = |(buyer, key)| {
            let drawn = random.random_range(0..all);
            let operation = ends.partition_point(|end| *end <= drawn);
            Cart {
                buyer,
                key,
                lines: Arc::clone(&nothing),
                operation: u32::try_from(operation).unwrap_or(u32::MAX),
            }
        };
        numbers.map(actor).collect()
    }

    /// The key of every buyer in run number `run`.
    fn keys(&self, run: u32) -> impl Iterator<Item = CheckoutKey> + use<> {
        let first = self.random(run, Stream::Keys).random::<u64>();
        // An odd factor permutes the 64-bit numbers: keys look arbitrary and never
        // collide within a run.
        (0..).map(move |buyer: u64| {
            let key = buyer.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            CheckoutKey(key.wrapping_add(first).cast_signed())
        })
    }

    fn lines_of_one_cart(&self, random: &mut ChaCha8Rng) -> Vec<Line> {
        let wanted = self.distinct_lines() as usize;
        let mut skus = self.products_of_one_cart(wanted, random);
        if self.duplicate_lines {
            skus = vec![skus[0]; self.lines as usize];
        }
        if self.lock_order == LockOrder::Sorted {
            skus.sort_unstable();
        }
        skus.into_iter()
            .map(|sku| Line {
                sku: Sku(sku),
                units: self.units,
            })
            .collect()
    }

    fn products_of_one_cart(&self, wanted: usize, random: &mut ChaCha8Rng) -> Vec<u32> {
        let products = self.products as usize;
        match self.popularity {
            _ if products == 1 => vec![1],
            Popularity::Uniform => distinct(1, products, wanted, random).collect(),
            Popularity::Zipf { exponent } => distinct_zipf(products, exponent, wanted, random),
            Popularity::Hot { share } => {
                let hot = random.random_bool(share).then_some(1);
                let others = distinct(2, products, wanted - usize::from(hot.is_some()), random);
                hot.into_iter().chain(others).collect()
            }
        }
    }

    /// When each buyer arrives in run number `run`, counted from the start.
    pub fn arrivals(&self, run: u32) -> impl Iterator<Item = Duration> + use<> {
        let mut random = self.random(run, Stream::Arrivals);
        let gaps = match self.arrival {
            Arrival::Burst => None,
            Arrival::Poisson { per_second } => Exp::new(per_second).ok(),
        };
        let mut at = 0.0;
        (0..self.buyers).map(move |_| {
            if let Some(gaps) = &gaps {
                at += gaps.sample(&mut random);
            }
            Duration::from_secs_f64(at)
        })
    }

    /// How long `buyer` waits in run number `run` after `tries` lost attempts.
    #[must_use]
    pub fn pause(&self, run: u32, buyer: u32, tries: u32) -> Duration {
        let bound = self.retry_delay.bound_us(tries);
        let stream = Stream::Pauses { buyer, tries };
        Duration::from_micros(self.random(run, stream).random_range(0..=bound))
    }

    /// A source of randomness for one purpose, so that adding a draw in one
    /// place moves no draw in another.
    fn random(&self, run: u32, stream: Stream) -> ChaCha8Rng {
        let (purpose, a, b) = match stream {
            Stream::Carts => (0, 0, 0),
            Stream::Keys => (1, 0, 0),
            Stream::Arrivals => (2, 0, 0),
            Stream::Pauses { buyer, tries } => (3, buyer, tries),
            Stream::Operations => (4, 0, 0),
        };
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        for (part, word) in [run, purpose, a, b].into_iter().enumerate() {
            seed[8 + 4 * part..12 + 4 * part].copy_from_slice(&word.to_le_bytes());
        }
        ChaCha8Rng::from_seed(seed)
    }
}

enum Stream {
    Carts,
    Keys,
    Arrivals,
    Pauses { buyer: u32, tries: u32 },
    Operations,
}

/// Draws `wanted` different products alike from `first` to `last`.
fn distinct(
    first: usize,
    last: usize,
    wanted: usize,
    random: &mut ChaCha8Rng,
) -> impl Iterator<Item = u32> {
    let drawn = index::sample(random, last + 1 - first, wanted);
    let product = move |index| u32::try_from(index + first).unwrap_or(u32::MAX);
    drawn.into_iter().map(product)
}

/// Draws until `wanted` different products are found. A cart that wants almost
/// every product of a steep law would draw for long, so after a while the most
/// popular ones that are missing fill it up.
fn distinct_zipf(
    products: usize,
    exponent: f64,
    wanted: usize,
    random: &mut ChaCha8Rng,
) -> Vec<u32> {
    let mut skus: Vec<u32> = Vec::with_capacity(wanted);
    let Ok(law) = Zipf::new(products as f64, exponent) else {
        return skus;
    };
    for _ in 0..100 * wanted {
        if skus.len() == wanted {
            break;
        }
        let sku = law.sample(random) as u32;
        if !skus.contains(&sku) {
            skus.push(sku);
        }
    }
    for sku in 1.. {
        if skus.len() == wanted {
            break;
        }
        if !skus.contains(&sku) {
            skus.push(sku);
        }
    }
    skus
}
