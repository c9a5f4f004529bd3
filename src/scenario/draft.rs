//! A scenario in the making: what a file or the flags say of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::refusal::{Invalid, invalid};
use super::settings::{Arrival, CONNECTIONS_MAX, Popularity, RetryDelay, Scenario};
use crate::shop::LockOrder;

/// Connections where nothing is said of them.
const CONNECTIONS_DEFAULT: u32 = 16;

/// What is said of a scenario; what is left open has a default.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of a scenario")]
pub struct Draft {
    pub buyers: Option<u32>,
    pub products: Option<u32>,
    pub stock: Option<u32>,
    pub lines: Option<u32>,
    pub units: Option<u32>,
    pub duplicate_lines: Option<bool>,
    pub lock_order: Option<LockOrder>,
    pub popularity: Option<Popularity>,
    pub connections: Option<u32>,
    pub arrival: Option<ArrivalKind>,
    /// Mean arrivals a second of a Poisson arrival.
    pub rate: Option<f64>,
    pub think_time_us: Option<u64>,
    pub max_tries: Option<u32>,
    pub retry_delay: Option<RetryDelay>,
    pub runs: Option<u32>,
    pub seed: Option<u64>,
}

/// How buyers come, apart from the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArrivalKind {
    /// [`Arrival::Burst`].
    Burst,
    /// [`Arrival::Poisson`].
    Poisson,
}

impl Draft {
    /// This draft, with `below` where it says nothing.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        // With another way to arrive, the rate below means nothing.
        let rate = match self.arrival {
            Some(ArrivalKind::Burst) => None,
            _ => below.rate,
        };
        Self {
            buyers: self.buyers.or(below.buyers),
            products: self.products.or(below.products),
            stock: self.stock.or(below.stock),
            lines: self.lines.or(below.lines),
            units: self.units.or(below.units),
            duplicate_lines: self.duplicate_lines.or(below.duplicate_lines),
            lock_order: self.lock_order.or(below.lock_order),
            popularity: self.popularity.or(below.popularity),
            connections: self.connections.or(below.connections),
            arrival: self.arrival.or(below.arrival),
            rate: self.rate.or(rate),
            think_time_us: self.think_time_us.or(below.think_time_us),
            max_tries: self.max_tries.or(below.max_tries),
            retry_delay: self.retry_delay.or(below.retry_delay),
            runs: self.runs.or(below.runs),
            seed: self.seed.or(below.seed),
        }
    }

    /// The scenario, with defaults for what was not said, checked.
    ///
    /// # Errors
    /// As [`Scenario::validate`]; and a rate without a Poisson arrival, or such
    /// an arrival without a rate.
    pub fn complete(self) -> Result<Scenario, Invalid> {
        let buyers = self.buyers.unwrap_or(500);
        let scenario = Scenario {
            buyers,
            products: self.products.unwrap_or(1),
            stock: self.stock.unwrap_or_else(|| self.a_fifth_of_demand()),
            lines: self.lines.unwrap_or(1),
            units: self.units.unwrap_or(1),
            duplicate_lines: self.duplicate_lines.unwrap_or(false),
            lock_order: self.lock_order.unwrap_or(LockOrder::Sorted),
            popularity: self.popularity.unwrap_or(Popularity::Uniform),
            connections: self
                .connections
                .unwrap_or_else(|| buyers.clamp(1, CONNECTIONS_DEFAULT.min(CONNECTIONS_MAX))),
            arrival: self.how_they_come()?,
            think_time_us: self.think_time_us.unwrap_or(0),
            max_tries: self.max_tries.unwrap_or(10),
            retry_delay: self.retry_delay.unwrap_or(RetryDelay {
                min_us: 1_000,
                max_us: 50_000,
            }),
            runs: self.runs.unwrap_or(1),
            // Short enough to be read out and typed again.
            seed: self.seed.unwrap_or_else(|| rand::random::<u32>().into()),
        };
        scenario.validate()?;
        Ok(scenario)
    }

    fn how_they_come(&self) -> Result<Arrival, Invalid> {
        match (self.arrival.unwrap_or(ArrivalKind::Burst), self.rate) {
            (ArrivalKind::Burst, None) => Ok(Arrival::Burst),
            (ArrivalKind::Poisson, Some(per_second)) => Ok(Arrival::Poisson { per_second }),
            (ArrivalKind::Burst, Some(rate)) => {
                let problem = "has no meaning with a burst: say --arrival poisson".into();
                Err(invalid("rate", rate, problem))
            }
            (ArrivalKind::Poisson, None) => {
                let problem = "needs a --rate, in arrivals a second".into();
                Err(invalid("arrival", "poisson", problem))
            }
        }
    }

    /// Five times as many units wanted as there are, spread over the products.
    fn a_fifth_of_demand(&self) -> u32 {
        let or_one = |n: Option<u32>| u64::from(n.unwrap_or(1));
        let buyers = u64::from(self.buyers.unwrap_or(500));
        let demand = buyers * or_one(self.lines) * or_one(self.units);
        let stock = demand / (5 * or_one(self.products).max(1));
        u32::try_from(stock.max(1)).unwrap_or(u32::MAX)
    }
}
