//! A scenario of which every setting is known: the shop, its buyers and how they
//! come.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::faults::FaultRates;
use super::mix::Mix;
use super::refusal::{Invalid, enough_to_duplicate, invalid, range};
use crate::shop::{LockOrder, Retry, Sku};

/// The most products and buyers of one run: both are `integer` columns, and a
/// mistyped number should not exhaust the machine.
pub const COUNT_MAX: u32 = 10_000_000;

/// The most connections of one run; PostgreSQL starts a process for each.
pub const CONNECTIONS_MAX: u32 = 10_000;

/// The most lines of a cart.
pub const LINES_MAX: u32 = 100;

/// The most lines of all carts of a run together: they are drawn before it begins, and audited after
/// it. A million buyers may have a hundred each.
pub const LINES_OF_ALL_MAX: u64 = 100_000_000;

/// The lowest rate of arrivals a second: at a rate close to nothing the gaps
/// between two buyers go beyond what a clock can hold.
pub const RATE_MIN: f64 = 0.001;

/// The longest that a run may take to let its buyers in, in seconds.
const ARRIVALS_S_MAX: f64 = 24.0 * 3600.0;

/// A shop, its buyers and their manners: everything that does not depend on
/// the strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scenario {
    /// How many buyers make one checkout each.
    pub buyers: u32,
    /// How many products the shop has.
    pub products: u32,
    /// Units on hand of each product before the first buyer.
    pub stock: u32,
    /// Lines of each cart, each of another product but for
    /// [`Scenario::duplicate_lines`].
    pub lines: u32,
    /// Whether all lines of a cart are of one product.
    pub duplicate_lines: bool,
    /// Units on each line.
    pub units: u32,
    /// In which order a checkout touches its lines.
    pub lock_order: LockOrder,
    /// How carts draw their products.
    pub popularity: Popularity,
    /// Connections that the buyers share.
    pub connections: u32,
    /// How buyers come.
    pub arrival: Arrival,
    /// How long an attempt pauses between read and write, in microseconds.
    pub think_time_us: u64,
    /// Attempts of a checkout, the first included.
    pub max_tries: u32,
    /// Whether a script is tried again after a write that it has committed.
    #[serde(default, skip_serializing_if = "Retry::is_default")]
    pub retry: Retry,
    /// Bounds of the pause before another attempt.
    pub retry_delay: RetryDelay,
    /// How often the whole is repeated, with other carts.
    pub runs: u32,
    /// What every random choice comes from.
    pub seed: u64,
    /// On tables of the user's own, the operations that buyers carry out.
    #[serde(default, skip_serializing_if = "Mix::is_empty")]
    pub mix: Mix,
    /// On tables of the user's own, an expression over the variables that a script is given:
    /// buyers with one value are in each other's way. `None`: all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How often each fault comes between a service and its database.
    #[serde(default, skip_serializing_if = "FaultRates::are_none")]
    pub faults: FaultRates,
}

/// How carts draw their products.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Popularity {
    /// All alike.
    Uniform,
    /// The k-th product is drawn in proportion to `k^-exponent`.
    Zipf {
        /// Above 0; 1 is the classical law.
        exponent: f64,
    },
    /// The first product stands on so many of all carts; what else they hold
    /// is drawn alike from the others.
    Hot {
        /// Above 0 and below 1.
        share: f64,
    },
}

/// How buyers come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Arrival {
    /// All at once, when every connection is ready.
    Burst,
    /// One after the other at random, whether or not earlier ones are done
    /// (an open loop).
    Poisson {
        /// Mean arrivals a second; at least [`RATE_MIN`].
        per_second: f64,
    },
}

/// The pause before try `n + 1`: drawn evenly from zero up to `min * 2^(n-1)`,
/// at most `max` (exponential back-off with full jitter).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RetryDelay {
    /// Upper bound of the first pause, in microseconds.
    pub min_us: u64,
    /// Upper bound of every pause, in microseconds.
    pub max_us: u64,
}

impl RetryDelay {
    /// Upper bound of the pause after so many lost attempts, at least one, in
    /// microseconds.
    #[must_use]
    pub fn bound_us(self, tries: u32) -> u64 {
        let doubled = 1_u64.checked_shl(tries - 1).unwrap_or(u64::MAX);
        self.min_us.saturating_mul(doubled).min(self.max_us)
    }
}

impl Scenario {
    /// Refuses settings that make no sense or contradict each other.
    ///
    /// # Errors
    /// The first such setting.
    pub fn validate(&self) -> Result<(), Invalid> {
        range("buyers", self.buyers, 1, COUNT_MAX)?;
        range("products", self.products, 1, COUNT_MAX)?;
        range("lines", self.lines, 1, LINES_MAX)?;
        range("units", self.units, 1, COUNT_MAX)?;
        range("connections", self.connections, 1, CONNECTIONS_MAX)?;
        range("max-tries", self.max_tries, 1, COUNT_MAX)?;
        range("runs", self.runs, 1, COUNT_MAX)?;
        self.fits_in_memory()?;
        enough_to_duplicate(self.duplicate_lines, self.lines)?;
        if self.distinct_lines() > self.products {
            let problem = format!(
                "every line is another product, and there are {} (--products); or set \
                 --duplicate-lines",
                self.products
            );
            return Err(invalid("lines", self.lines, problem));
        }
        if self.retry_delay.min_us > self.retry_delay.max_us {
            let RetryDelay { min_us, max_us } = self.retry_delay;
            let found = format!("{min_us}us..{max_us}us");
            return Err(invalid("retry-delay", found, "MIN is above MAX".into()));
        }
        self.validate_floats()
    }

    /// Refused before anything starts: an allocation that fails aborts the process.
    fn fits_in_memory(&self) -> Result<(), Invalid> {
        let lines = u64::from(self.buyers) * u64::from(self.lines);
        if lines <= LINES_OF_ALL_MAX {
            return Ok(());
        }
        let problem = format!(
            "{} buyers with so many lines each want {lines} lines, of {LINES_OF_ALL_MAX} at most: \
             lower one of the two",
            self.buyers
        );
        Err(invalid("lines", self.lines, problem))
    }

    fn validate_floats(&self) -> Result<(), Invalid> {
        if let Arrival::Poisson { per_second } = self.arrival
            && !(per_second.is_finite() && per_second >= RATE_MIN)
        {
            let problem = format!("must be a number from {RATE_MIN}");
            return Err(invalid("rate", per_second, problem));
        }
        if let Arrival::Poisson { per_second } = self.arrival
            && f64::from(self.buyers) / per_second > ARRIVALS_S_MAX
        {
            let problem = format!("the last of {} buyers would come after a day", self.buyers);
            return Err(invalid("rate", per_second, problem));
        }
        if let Popularity::Zipf { exponent } = self.popularity
            && !(exponent.is_finite() && exponent > 0.0)
        {
            let problem = "the exponent must be above 0, for example zipf:1.1".into();
            return Err(invalid("popularity", format!("zipf:{exponent}"), problem));
        }
        self.validate_hot()
    }

    fn validate_hot(&self) -> Result<(), Invalid> {
        let Popularity::Hot { share } = self.popularity else {
            return Ok(());
        };
        let problem = match self.distinct_lines() >= self.products {
            _ if !(share > 0.0 && share < 1.0) => {
                "the share must be above 0 and below 1, for example hot:0.5".into()
            }
            true => format!(
                "carts without the hot product need as many others as lines: --products is {}",
                self.products
            ),
            false => return Ok(()),
        };
        Err(invalid("popularity", format!("hot:{share}"), problem))
    }

    /// Different products on each cart.
    #[must_use]
    pub const fn distinct_lines(&self) -> u32 {
        if self.duplicate_lines { 1 } else { self.lines }
    }

    /// Units that each cart wants of a product that is on it.
    #[must_use]
    pub fn cart_wants(&self) -> u64 {
        let lines = if self.duplicate_lines { self.lines } else { 1 };
        u64::from(self.units) * u64::from(lines)
    }

    /// The product that most buyers want, where one stands out.
    #[must_use]
    pub fn hot_product(&self) -> Option<Sku> {
        let stands_out = self.products > 1 && self.popularity != Popularity::Uniform;
        stands_out.then_some(Sku(1))
    }
}
