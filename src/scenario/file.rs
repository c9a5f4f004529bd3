//! What a scenario file says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::draft::{ArrivalKind, Draft};
use super::expect::Verdicts;
use super::named::{SomeOrAll, by_name};
use super::refusal::Invalid;
use super::settings::{Popularity, RetryDelay, Scenario};
use super::shape::Shape;
use super::text::{Micros, written};
use super::threshold::Threshold;
use crate::cell::Subject;
use crate::shop::{Isolation, LockOrder};

/// A shop, its buyers, who serves them, and what to expect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScenarioFile {
    /// What it is called, in a few words.
    pub title: String,
    /// What happens in it, in a sentence or two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Where it was seen: bug reports, studies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen_in: Vec<String>,
    /// Ways to write the checkout: a list of names, or "all".
    #[schemars(with = "crate::scenario::named::Names<Subject>")]
    pub strategies: SomeOrAll<Subject>,
    /// Isolation levels: a list of names, or "all".
    #[serde(default)]
    #[schemars(with = "crate::scenario::named::Names<Isolation>")]
    pub isolation: SomeOrAll<Isolation>,
    /// The strategy that the others are compared with, at the first level: the
    /// first that is expected to be safe at every level.
    #[serde(default, with = "by_name", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::scenario::named::Name<Subject>>")]
    pub reference: Option<Subject>,
    /// Bounds that every cell must keep which is expected to be safe, such as
    /// "p(99)<50ms"; or those of one strategy: "naive: sold==500".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Threshold>,
    /// What the shop has, and what a cart wants.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shop: Shop,
    /// Who comes, how, and with what patience.
    #[serde(default, skip_serializing_if = "is_default")]
    pub load: Load,
    /// The small case that is explored. By default two buyers with carts of
    /// this shape, and stock for one of them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub explore: Explore,
    /// The verdicts to expect.
    #[serde(default, skip_serializing_if = "is_default")]
    pub expect: Expect,
}

/// What the shop has, and what a cart wants.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Shop {
    /// Products in the shop: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub products: Option<u32>,
    /// Units on hand of each product: a fifth of what the buyers want.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<u32>,
    /// Lines of each cart, each of another product: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<u32>,
    /// Whether all lines of a cart are of one product: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_lines: Option<bool>,
    /// Units on each line: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<u32>,
    /// Order in which a checkout touches its lines: "sorted" by product, or
    /// as in the "cart".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_order: Option<LockOrder>,
    /// How carts draw their products: "uniform", "zipf", "zipf:EXPONENT", or
    /// "hot:SHARE" for a product that stands on so many of all carts.
    #[serde(with = "written", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub popularity: Option<Popularity>,
}

/// Who comes, how, and with what patience.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Load {
    /// Buyers; each makes one checkout: 500.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyers: Option<u32>,
    /// Connections that they share: as many as buyers, at most 16.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<u32>,
    /// How they come: all at once ("burst"), or at random times ("poisson").
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrival: Option<ArrivalKind>,
    /// Mean arrivals a second, with arrival "poisson".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// Pause between read and write inside each attempt, such as "5ms".
    #[serde(with = "written", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub think_time: Option<Micros>,
    /// Attempts of a checkout, the first included: 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tries: Option<u32>,
    /// Bounds of the pause before another attempt: "1ms..50ms".
    #[serde(with = "written", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub retry_delay: Option<RetryDelay>,
    /// Repetitions of each cell, with other carts each time: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<u32>,
    /// What every random choice comes from: random.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// The small case that is explored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Explore {
    /// Buyers: 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyers: Option<u32>,
    /// Units on hand of each product: what the first buyer wants of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<u32>,
    /// Products: as many as a cart holds different ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub products: Option<u32>,
    /// Units on each line, by buyer: those of the shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<Vec<u32>>,
    /// Attempts of a checkout: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tries: Option<u32>,
    /// Whether each connection is cut at each point, one in a schedule.
    #[serde(skip_serializing_if = "is_default")]
    pub crash: bool,
}

/// The verdicts to expect; what `sim list` says where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Expect {
    /// Of many buyers at full speed.
    #[serde(skip_serializing_if = "is_default")]
    pub load: Verdicts,
    /// Of the small case, explored.
    #[serde(skip_serializing_if = "is_default")]
    pub explore: Verdicts,
}

impl Explore {
    /// The small case, with the carts of a scenario.
    #[must_use]
    pub fn shape(&self, scenario: &Scenario) -> Shape {
        let default = Shape::default();
        let units = self.units.clone().unwrap_or(vec![scenario.units]);
        let (lines, duplicate_lines) = (scenario.lines, scenario.duplicate_lines);
        // What the first buyer wants of one product.
        let wanted = units.first().map(|units| match duplicate_lines {
            true => units.saturating_mul(lines),
            false => *units,
        });
        Shape {
            buyers: self.buyers.unwrap_or(default.buyers),
            products: self.products.unwrap_or(scenario.distinct_lines()),
            stock: self.stock.or(wanted).unwrap_or(default.stock),
            lines,
            duplicate_lines,
            units,
            lock_order: scenario.lock_order,
            max_tries: self.max_tries.unwrap_or(default.max_tries),
            crash: self.crash,
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl ScenarioFile {
    /// The JSON Schema of these files.
    ///
    /// # Panics
    /// Never: a schema is plain data.
    #[must_use]
    pub fn schema() -> String {
        let schema = schemars::schema_for!(Self);
        let mut text = serde_json::to_string_pretty(&schema).expect("plain data serialises");
        text.push('\n');
        text
    }

    /// What it says of shop and load.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let (shop, load) = (&self.shop, &self.load);
        Draft {
            buyers: load.buyers,
            products: shop.products,
            stock: shop.stock,
            lines: shop.lines,
            units: shop.units,
            duplicate_lines: shop.duplicate_lines,
            lock_order: shop.lock_order,
            popularity: shop.popularity,
            connections: load.connections,
            arrival: load.arrival,
            rate: load.rate,
            think_time_us: load.think_time.map(|time| time.0),
            max_tries: load.max_tries,
            retry_delay: load.retry_delay,
            runs: load.runs,
            seed: load.seed,
        }
    }

    /// The small case, with the shop's carts.
    ///
    /// # Errors
    /// As [`Scenario::validate`].
    pub fn shape(&self) -> Result<Shape, Invalid> {
        Ok(self.explore.shape(&self.draft().complete()?))
    }
}
