//! Random draws, the same for the same seed on every machine.
//!
//! The generator is xoroshiro128**, seeded by splitmix64, as in PostgreSQL 15:
//! `permute` is defined by it. The distributions are those of pgbench; the draws of one
//! seed are this program's own.

use std::f64::consts::PI;

/// A source of draws.
#[derive(Debug, Clone)]
pub(super) struct Draws(u64, u64);

impl Draws {
    pub(super) fn new(seed: u64) -> Self {
        let mut state = seed;
        let mut mixed = || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let first = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let second = (first ^ (first >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            second ^ (second >> 31)
        };
        let (first, second) = (mixed(), mixed());
        Self(first, second)
    }

    pub(super) fn bits(&mut self) -> u64 {
        let (first, mixed) = (self.0, self.1 ^ self.0);
        self.0 = first.rotate_left(24) ^ mixed ^ (mixed << 16);
        self.1 = mixed.rotate_left(37);
        first.wrapping_mul(5).rotate_left(7).wrapping_mul(9)
    }

    /// From 0 to `max`, each as likely.
    pub(super) fn up_to(&mut self, max: u64) -> u64 {
        if max == 0 {
            return 0;
        }
        let shift = max.leading_zeros();
        loop {
            let drawn = self.bits() >> shift;
            if drawn <= max {
                return drawn;
            }
        }
    }

    /// At least 0, below 1.
    fn unit(&mut self) -> f64 {
        const SCALE: f64 = 1.0 / (1_u64 << 52) as f64;
        (self.bits() >> 12) as f64 * SCALE
    }

    /// From `min` to `max`, each as likely.
    pub(super) fn uniform(&mut self, min: i64, max: i64) -> i64 {
        min.wrapping_add_unsigned(self.up_to(max.abs_diff(min)))
    }

    /// Bell-shaped around the middle; the limits are `parameter` standard deviations
    /// away from it.
    pub(super) fn gaussian(&mut self, min: i64, max: i64, parameter: f64) -> i64 {
        let drawn = loop {
            let (radius, angle) = (1.0 - self.unit(), 1.0 - self.unit());
            let drawn = (-2.0 * radius.ln()).sqrt() * (2.0 * PI * angle).sin();
            if (-parameter..parameter).contains(&drawn) {
                break drawn;
            }
        };
        share_of(min, max, (drawn + parameter) / (parameter * 2.0))
    }

    /// Falling from `min` on; the density at `max` is `exp(-parameter)` of that at
    /// `min`.
    pub(super) fn exponential(&mut self, min: i64, max: i64, parameter: f64) -> i64 {
        let cut = (-parameter).exp();
        let uniform = 1.0 - self.unit();
        let drawn = -(cut + (1.0 - cut) * uniform).ln() / parameter;
        share_of(min, max, drawn)
    }

    /// The `k`-th value with a probability proportional to `k` to the power of
    /// `-parameter` (rejection after Devroye, 1986).
    pub(super) fn zipfian(&mut self, min: i64, max: i64, parameter: f64) -> i64 {
        let values = (max - min + 1) as f64;
        let base = (parameter - 1.0).exp2();
        if max == min {
            return min;
        }
        loop {
            let (u, v) = (self.unit(), self.unit());
            let x = u.powf(-1.0 / (parameter - 1.0)).floor();
            let t = (1.0 + 1.0 / x).powf(parameter - 1.0);
            if v * x * (t - 1.0) / (base - 1.0) <= t / base && x <= values {
                return min - 1 + x as i64;
            }
        }
    }
}

/// The value at a share, from 0 to 1, of a range.
fn share_of(min: i64, max: i64, share: f64) -> i64 {
    let width = (max - min + 1) as f64;
    min.saturating_add((width * share) as i64).min(max)
}

/// The place of `value` in a random permutation of `0 .. size`, as pgbench computes it:
/// six rounds of a multiplication on the lower and on the upper half, and an offset.
pub(super) fn permute(value: i64, size: i64, seed: i64) -> i64 {
    if size < 2 {
        return 0;
    }
    let mut draws = Draws::new(seed.cast_unsigned());
    let size = size.cast_unsigned();
    let mut at = value.cast_unsigned() % size;
    let bits = size.ilog2();
    for _ in 0..6 {
        at = scatter(at, bits, &mut draws);
        at = size - 1 - scatter(size - 1 - at, bits, &mut draws);
        at = (at + draws.up_to(size - 1)) % size;
    }
    at.cast_signed()
}

/// A bijection of the values of so many bits; others stay where they are.
fn scatter(at: u64, bits: u32, draws: &mut Draws) -> u64 {
    let mask = (1_u64 << bits) - 1;
    let factor = (draws.bits() & mask) | 1;
    let flipped = draws.bits() & mask;
    if at > mask {
        return at;
    }
    let moved = (at.wrapping_mul(factor) ^ flipped) & mask;
    ((moved << 1) & mask) | (moved >> (bits - 1))
}

/// The hash FNV-1a of the eight bytes of a number.
pub(super) fn fnv1a(value: i64, seed: i64) -> i64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed.cast_unsigned();
    let bytes = value.to_le_bytes().into_iter();
    let hash = bytes.fold(start, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.cast_signed()
}

/// The hash Murmur2 of a number.
pub(super) fn murmur2(value: i64, seed: i64) -> i64 {
    const FACTOR: u64 = 0xc6a4_a793_5bd1_e995;
    let mix = |hash: u64| hash ^ (hash >> 47);
    let key = mix(value.cast_unsigned().wrapping_mul(FACTOR)).wrapping_mul(FACTOR);
    let hash = seed.cast_unsigned() ^ FACTOR.wrapping_mul(8) ^ key;
    let hash = mix(hash.wrapping_mul(FACTOR)).wrapping_mul(FACTOR);
    mix(hash).cast_signed()
}
