//! Scenario files: strict TOML, and what it means.
//!
//! Every key is known and every value checked before anything starts; a
//! refusal names the line, what was found there and the nearest valid name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::draft::{ArrivalKind, Draft};
use super::expect::Verdicts;
use super::named::{Named, SomeOrAll, by_name};
use super::place::{Places, line_of};
use super::shape::Shape;
use super::text::{Micros, written};
use super::threshold::Threshold;
use super::wording::with_hint;
use super::{Invalid, Popularity, RetryDelay, Scenario};
use crate::shop::{Isolation, LockOrder};
use crate::strategy::Strategy;

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
    #[schemars(with = "crate::scenario::named::Names<Strategy>")]
    pub strategies: SomeOrAll<Strategy>,
    /// Isolation levels: a list of names, or "all".
    #[serde(default)]
    #[schemars(with = "crate::scenario::named::Names<Isolation>")]
    pub isolation: SomeOrAll<Isolation>,
    /// The strategy that the others are compared with, at the first level: the
    /// first that is expected to be safe at every level.
    #[serde(default, with = "by_name", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::scenario::named::Name<Strategy>>")]
    pub reference: Option<Strategy>,
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

/// Why a scenario file is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct Refused {
    /// From 1.
    pub line: usize,
    /// What was found, what is allowed, and the nearest valid name.
    pub problem: String,
}

impl ScenarioFile {
    /// Reads a file and checks everything in it.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let file: Self = toml::from_str(text).map_err(|error| Refused {
            line: error.span().map_or(1, |span| line_of(text, span.start)),
            problem: with_hint(error.message()),
        })?;
        let places = Places::of(text);
        let shape = file.shape().map_err(|invalid| {
            let is_of_load = places.has(&["load", invalid.flag]);
            let table = if is_of_load { "load" } else { "shop" };
            refused(places.line(&[table, invalid.flag]), &invalid)
        })?;
        shape.validate().map_err(|i| refused_case(&places, &i))?;
        file.check_cells(&places)?;
        Ok(file)
    }

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

    /// What is said of a cell that does not run would never be looked at.
    fn check_cells(&self, places: &Places) -> Result<(), Refused> {
        self.check_verdicts("load", &self.expect.load, places)?;
        self.check_verdicts("explore", &self.expect.explore, places)?;
        if let Some(strategy) = self.reference
            && !self.strategies.resolve().contains(&strategy)
        {
            return Err(Refused {
                line: places.line(&["reference"]),
                problem: does_not_run(strategy, "is the reference"),
            });
        }
        for (index, threshold) in self.thresholds.iter().enumerate() {
            self.check_threshold(threshold).map_err(|problem| Refused {
                line: places.line_of_entry("thresholds", index),
                problem,
            })?;
        }
        Ok(())
    }

    fn check_verdicts(
        &self,
        table: &str,
        verdicts: &Verdicts,
        places: &Places,
    ) -> Result<(), Refused> {
        let (strategies, levels) = (self.strategies.resolve(), self.isolation.resolve());
        for strategy in verdicts.strategies() {
            let is_meant = |key: &str| Strategy::named(key) == Some(strategy);
            let key = places.key(&["expect", table], is_meant);
            let key = key.unwrap_or(strategy.name());
            if !strategies.contains(&strategy) {
                return Err(Refused {
                    line: places.line(&["expect", table, key]),
                    problem: does_not_run(strategy, "has a verdict"),
                });
            }
            if let Some(level) = verdicts.levels(strategy).find(|l| !levels.contains(l)) {
                let level = level.name();
                return Err(Refused {
                    line: places.line(&["expect", table, key, level]),
                    problem: format!(
                        "{strategy} has a verdict at {level}, which is not among the isolation \
                         levels"
                    ),
                });
            }
        }
        Ok(())
    }

    /// Refuses a threshold that no cell would be held to.
    fn check_threshold(&self, threshold: &Threshold) -> Result<(), String> {
        let (strategies, levels) = (self.strategies.resolve(), self.isolation.resolve());
        let expected = |strategy: Strategy, level| {
            let said = self.expect.load.of(strategy, level);
            let lines = self.shop.lines.unwrap_or(1);
            Some(said.unwrap_or_else(|| strategy.expected(level, lines)))
        };
        let is_bound = |&strategy: &Strategy| {
            let mut levels = levels.iter();
            levels.any(|level| threshold.binds(strategy, expected(strategy, *level)))
        };
        match (threshold.strategy, strategies.as_slice()) {
            _ if strategies.iter().any(is_bound) => Ok(()),
            (Some(strategy), _) => Err(does_not_run(strategy, "has a threshold")),
            (None, [first, ..]) => Err(format!(
                "\"{threshold}\": no cell is expected to be safe; name a strategy, such as \
                 \"{first}: {threshold}\""
            )),
            (None, []) => Err(format!("\"{threshold}\": no cell runs")),
        }
    }
}

fn refused(line: usize, invalid: &Invalid) -> Refused {
    let Invalid { flag, found, .. } = invalid;
    Refused {
        line,
        problem: format!("{flag} = {found}: {}", invalid.problem),
    }
}

/// Refuses the case that is explored, by what it says itself or follows from.
fn refused_case(places: &Places, invalid: &Invalid) -> Refused {
    let flag = invalid.flag;
    if places.has(&["explore", flag]) {
        return refused(places.line(&["explore", flag]), invalid);
    }
    // A stock that nobody set is what the first buyer wants.
    let key = if flag == "stock" { "units" } else { flag };
    let is_of_carts = matches!(key, "lines" | "units");
    let table = match is_of_carts && !places.has(&["explore", key]) {
        true => "shop",
        false => "explore",
    };
    let mut refused = refused(places.line(&[table, key]), invalid);
    refused.problem.push_str(", in the case that is explored");
    refused
}

fn does_not_run(strategy: Strategy, what: &str) -> String {
    format!("{strategy} {what}, but is not among the strategies")
}
