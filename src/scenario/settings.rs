//! Settings, as a scenario file or flags give them: each may be left out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::complete::{Arrival, CONNECTIONS_MAX, Popularity, RetryDelay, Scenario};
use super::faults::FaultRates;
use super::mix::Mix;
use super::refusal::{Invalid, invalid};
use super::shape::Shape;
use super::text::{Micros, written};
use crate::shop::{LockOrder, Retry};

/// Connections where nothing is said of them.
const CONNECTIONS_DEFAULT: u32 = 16;

/// How long a pause is where nothing is said of it.
const PAUSE_TIME: Micros = Micros(10_000);

/// Declares a table of a scenario file. A key that is left out is `None`, and is
/// not written.
macro_rules! table {
    ($(#[$about:meta])* $table:ident { $($(#[$of_key:meta])* $key:ident: $type:ty,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
        pub struct $table {
            $(
                $(#[$of_key])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $key: Option<$type>,
            )+
        }

        impl $table {
            fn over(self, below: Self) -> Self {
                Self { $($key: self.$key.or(below.$key),)+ }
            }
        }
    };
}

table! {
    /// What the shop has, and what a cart wants.
    Shop {
        /// Products in the shop: 1.
        products: u32,
        /// Units on hand of each product: a fifth of what the buyers want, and what
        /// one cart wants at least.
        stock: u32,
        /// Lines of each cart, each of another product: 1.
        lines: u32,
        /// Whether all lines of a cart are of one product: false.
        duplicate_lines: bool,
        /// Units on each line: 1.
        units: u32,
        /// Order in which a checkout touches its lines: "sorted" by product, or
        /// as in the "cart".
        lock_order: LockOrder,
        /// How carts draw their products: "uniform", "zipf", "zipf:EXPONENT", or
        /// "hot:SHARE" for a product that stands on so many of all carts.
        #[serde(with = "written")]
        #[schemars(with = "Option<String>")]
        popularity: Popularity,
        /// What is done with a script that lost a race after it had committed a write: it has
        /// failed ("uncommitted"), or is tried again ("whole-script").
        retry: Retry,
    }
}

table! {
    /// How buyers come and are served, and with what patience.
    Load {
        /// Buyers; each makes one checkout: 500.
        buyers: u32,
        /// Connections that they share: as many as buyers, at most 16.
        connections: u32,
        /// How they come: all at once ("burst"), or at random times ("poisson").
        arrival: ArrivalKind,
        /// Mean arrivals a second, with arrival "poisson".
        rate: f64,
        /// Pause between read and write inside each attempt, such as "5ms".
        #[serde(with = "written")]
        #[schemars(with = "Option<String>")]
        think_time: Micros,
        /// Attempts of a checkout, the first included: 10.
        max_tries: u32,
        /// Bounds of the pause before another attempt: "1ms..50ms".
        #[serde(with = "written")]
        #[schemars(with = "Option<String>")]
        retry_delay: RetryDelay,
        /// Repetitions of each cell, with other carts each time: 1.
        runs: u32,
        /// What every random choice comes from: random.
        seed: u64,
        /// On tables of your own, which operations of a script's directory the buyers carry out, by
        /// weight, such as { checkout = 9, cancel = 1 }: each as often as the others.
        mix: Mix,
        /// On tables of your own, what buyers must share to be in each other's way: an expression,
        /// such as ":item", over the variables that every script is given; all are in each
        /// other's way.
        key: String,
    }
}

table! {
    /// Faults between a service and its database, while many buyers come; each is a share from 0
    /// to 1.
    ServiceFaults {
        /// Of all statements: the connection is cut in place of it.
        cut: f64,
        /// Of all commits, which are COMMIT and a write outside a transaction: the connection is cut
        /// before it reaches the server.
        lose_request: f64,
        /// Of all commits: it is carried out, and the connection is cut in place of its reply.
        lose_reply: f64,
        /// Of all statements: it is held back for the time of a pause.
        pause: f64,
        /// How long a pause is, with pause: "10ms".
        #[serde(with = "written")]
        #[schemars(with = "Option<String>")]
        pause_time: Micros,
    }
}

table! {
    /// The small shop that is explored.
    Explore {
        /// Buyers: 2.
        buyers: u32,
        /// Units on hand of each product: what the largest cart wants of it.
        stock: u32,
        /// Products: as many as a cart holds different ones.
        products: u32,
        /// Units on each line, by buyer: those of the shop.
        units: Vec<u32>,
        /// Attempts of a checkout: 1.
        max_tries: u32,
        /// Which operations of a script's directory meet, such as ["reserve", "confirm"]; "reserve=A"
        /// is the submission of session A again: every pair of them.
        sessions: Vec<String>,
        /// How often sessions on tables of your own are released at the same time where two of
        /// them take several rows of a table with one statement each: 200.
        race: u32,
        /// Whether each connection is cut at each point, one in a schedule.
        #[schemars(with = "bool")]
        crash: bool,
    }
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

/// What a file says of a scenario, or the flags do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// What the shop has, and what a cart wants.
    pub shop: Shop,
    /// How buyers come and are served, and with what patience.
    pub load: Load,
    /// Faults between a service and its database meanwhile.
    pub faults: ServiceFaults,
    /// The small shop that is explored.
    pub explore: Explore,
}

impl Settings {
    /// These settings, with those `below` where nothing is said here.
    #[must_use]
    pub fn over(self, mut below: Self) -> Self {
        // With another way to arrive, the rate below means nothing.
        if self.load.arrival == Some(ArrivalKind::Burst) {
            below.load.rate = None;
        }
        Self {
            shop: self.shop.over(below.shop),
            load: self.load.over(below.load),
            faults: self.faults.over(below.faults),
            explore: self.explore.over(below.explore),
        }
    }

    /// The scenario, with defaults for what was not said, checked.
    ///
    /// # Errors
    /// As [`Scenario::validate`]; and a rate without a Poisson arrival, or such
    /// an arrival without a rate.
    pub fn scenario(&self) -> Result<Scenario, Invalid> {
        let (shop, load) = (&self.shop, &self.load);
        let buyers = load.buyers.unwrap_or(500);
        let scenario = Scenario {
            buyers,
            products: shop.products.unwrap_or(1),
            stock: shop.stock.unwrap_or_else(|| self.a_fifth_of_demand(buyers)),
            lines: shop.lines.unwrap_or(1),
            units: shop.units.unwrap_or(1),
            duplicate_lines: shop.duplicate_lines.unwrap_or(false),
            lock_order: shop.lock_order.unwrap_or(LockOrder::Sorted),
            popularity: shop.popularity.unwrap_or(Popularity::Uniform),
            retry: shop.retry.unwrap_or_default(),
            connections: load
                .connections
                .unwrap_or_else(|| buyers.clamp(1, CONNECTIONS_DEFAULT.min(CONNECTIONS_MAX))),
            arrival: self.how_they_come()?,
            think_time_us: load.think_time.map_or(0, |time| time.0),
            max_tries: load.max_tries.unwrap_or(10),
            retry_delay: load.retry_delay.unwrap_or(RetryDelay {
                min_us: 1_000,
                max_us: 50_000,
            }),
            runs: load.runs.unwrap_or(1),
            // Short enough to be read out and typed again.
            seed: load.seed.unwrap_or_else(|| rand::random::<u32>().into()),
            mix: load.mix.clone().unwrap_or_default(),
            key: load.key.clone(),
            faults: self.fault_rates()?,
        };
        scenario.validate()?;
        Ok(scenario)
    }

    fn how_they_come(&self) -> Result<Arrival, Invalid> {
        let arrival = self.load.arrival.unwrap_or(ArrivalKind::Burst);
        match (arrival, self.load.rate) {
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

    fn fault_rates(&self) -> Result<FaultRates, Invalid> {
        let said = &self.faults;
        let (of, time) = (|share: Option<f64>| share.unwrap_or(0.0), said.pause_time);
        let rates = FaultRates {
            cut: of(said.cut),
            lose_request: of(said.lose_request),
            lose_reply: of(said.lose_reply),
            pause: of(said.pause),
            pause_us: match of(said.pause) {
                0.0 => 0,
                _ => time.unwrap_or(PAUSE_TIME).0,
            },
        };
        rates.validate()?;
        match said.pause_time {
            Some(time) if said.pause.is_none() => {
                let problem = "has no meaning without --pause, a share of all statements".into();
                Err(invalid("pause-time", time, problem))
            }
            _ => Ok(rates),
        }
    }

    /// Five times as many units wanted as there are, spread over the products; and
    /// never less than one cart wants, or no buyer could have anything.
    fn a_fifth_of_demand(&self, buyers: u32) -> u32 {
        let shop = &self.shop;
        let or_one = |n: Option<u32>| u64::from(n.unwrap_or(1));
        let of_cart = or_one(shop.lines).saturating_mul(or_one(shop.units));
        let demand = u64::from(buyers).saturating_mul(of_cart);
        let least = match shop.duplicate_lines {
            Some(true) => of_cart,
            _ => or_one(shop.units),
        };
        let stock = demand / (5 * or_one(shop.products).max(1));
        u32::try_from(stock.max(least).max(1)).unwrap_or(u32::MAX)
    }

    /// The small shop. Where it is not set, carts are those of the shop, there are
    /// products enough for the lines of a cart, and the stock is what the largest
    /// cart wants of a product. Not checked.
    #[must_use]
    pub fn shape(&self) -> Shape {
        let (shop, explore, usual) = (&self.shop, &self.explore, Shape::default());
        let units = explore.units.clone();
        let mut shape = Shape {
            buyers: explore.buyers.unwrap_or(usual.buyers),
            lines: shop.lines.unwrap_or(usual.lines),
            duplicate_lines: shop.duplicate_lines.unwrap_or(usual.duplicate_lines),
            units: units.unwrap_or_else(|| vec![shop.units.unwrap_or(1)]),
            lock_order: shop.lock_order.unwrap_or(usual.lock_order),
            retry: shop.retry.unwrap_or_default(),
            max_tries: explore.max_tries.unwrap_or(usual.max_tries),
            crash: explore.crash.unwrap_or(usual.crash),
            ..usual
        };
        shape.products = explore.products.unwrap_or(shape.distinct_lines());
        shape.stock = explore.stock.unwrap_or(shape.largest_cart());
        shape
    }
}
