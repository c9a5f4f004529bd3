//! Bounds that a result must keep: `p(99)<50ms`, `sold==100`.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::hint::nearest;
use super::named::Named;
use super::text::{duration, from_text, set_duration};
use crate::cell::Subject;
use crate::oracle::{RULES, Verdict};
use crate::shop::{Conflict, Outcome};

/// A bound that every cell must keep which is expected to be safe, or the cells
/// of one strategy, whatever they are expected to show.
///
/// Written `[STRATEGY:] METRIC OP BOUND`, such as `sold==100` or
/// `optimistic: p(99)<50ms`.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// The strategy that it is for, if for one alone.
    pub subject: Option<Subject>,
    /// What is measured.
    pub metric: Metric,
    /// How it is held against the bound.
    pub relation: Relation,
    /// In the metric's unit: microseconds for latencies.
    pub bound: f64,
}

/// What a threshold bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Metric {
    /// `p(99)`: the latency from arrival that so many per cent of the checkouts
    /// of all runs do not exceed, in microseconds.
    Percentile(f64),
    /// `max`: the longest of these latencies.
    LatencyMax,
    /// A count, which must be kept in every single run.
    Count(Count),
    /// `attempts_per_sale`, over all runs.
    AttemptsPerSale,
    /// `sales_per_s`, the mean of all runs.
    SalesPerS,
    /// `attempts_per_s`, the mean of all runs.
    AttemptsPerS,
}

/// What can be counted in one run, by its column in the CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of the CSV")]
pub enum Count {
    Outcome(Outcome),
    Conflict(Conflict),
    Conflicts,
    Attempts,
    /// How far a rule is broken, by its name.
    Broken(&'static str),
    /// `rows(NAME)`: what an invariant of the user's answers.
    Rows(&'static str),
}

/// How a value is held against its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    Above,
}

/// The longer signs first, so that `<=` is not taken for `<`.
const RELATIONS: [(&str, Relation); 5] = [
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("==", Relation::Equal),
    ("<", Relation::Below),
    (">", Relation::Above),
];

const COUNTS: [(&str, Count); 12] = [
    ("sold", Count::Outcome(Outcome::Sold)),
    ("sold_out", Count::Outcome(Outcome::SoldOut)),
    ("gave_up", Count::Outcome(Outcome::GaveUp)),
    ("failed", Count::Outcome(Outcome::Failed)),
    ("unknown", Count::Outcome(Outcome::Unknown)),
    ("not_started", Count::Outcome(Outcome::NotStarted)),
    ("conflicts", Count::Conflicts),
    (
        "conflicts_serialization",
        Count::Conflict(Conflict::Serialization),
    ),
    ("conflicts_deadlock", Count::Conflict(Conflict::Deadlock)),
    (
        "conflicts_lock_timeout",
        Count::Conflict(Conflict::LockTimeout),
    ),
    (
        "conflicts_stale_version",
        Count::Conflict(Conflict::StaleVersion),
    ),
    ("attempts", Count::Attempts),
];

const OTHERS: [(&str, Metric); 4] = [
    ("max", Metric::LatencyMax),
    ("attempts_per_sale", Metric::AttemptsPerSale),
    ("sales_per_s", Metric::SalesPerS),
    ("attempts_per_s", Metric::AttemptsPerS),
];

/// Every metric that is a name alone.
fn plain() -> impl Iterator<Item = (&'static str, Metric)> {
    let counts = COUNTS.iter().copied();
    let rules = RULES
        .iter()
        .map(|rule| (rule.name, Count::Broken(rule.name)));
    let counts = counts
        .chain(rules)
        .map(|(name, count)| (name, Metric::Count(count)));
    counts.chain(OTHERS)
}

impl Threshold {
    /// Whether a value keeps the bound.
    #[must_use]
    pub fn is_kept_by(&self, value: f64) -> bool {
        match self.relation {
            Relation::Below => value < self.bound,
            Relation::AtMost => value <= self.bound,
            // Counts are whole numbers, and a bound is compared as written.
            Relation::Equal => (value - self.bound).abs() < f64::EPSILON,
            Relation::AtLeast => value >= self.bound,
            Relation::Above => value > self.bound,
        }
    }

    /// Whether it is for a cell of this strategy that is expected to show this
    /// verdict: one that names no strategy is for those expected to be safe,
    /// and for those of which nothing is expected.
    #[must_use]
    pub fn binds(&self, subject: Subject, expected: Option<Verdict>) -> bool {
        match self.subject {
            Some(named) => named == subject,
            None => matches!(expected, None | Some(Verdict::Safe)),
        }
    }

    /// The invariant of the user's that it bounds, if it bounds one.
    #[must_use]
    pub const fn invariant(&self) -> Option<&'static str> {
        match self.metric {
            Metric::Count(Count::Rows(name)) => Some(name),
            _ => None,
        }
    }

    /// The bound without the strategy: `p(99)<50ms`.
    #[must_use]
    pub fn rule(&self) -> String {
        let sign = RELATIONS.iter().find(|(_, r)| *r == self.relation);
        let bound = match self.metric.is_latency() {
            true => set_duration(self.bound as u64),
            false => self.bound.to_string(),
        };
        format!(
            "{}{}{bound}",
            self.metric,
            sign.map_or("", |(sign, _)| sign)
        )
    }
}

impl Metric {
    /// Whether it is a duration, in microseconds.
    #[must_use]
    pub const fn is_latency(self) -> bool {
        matches!(self, Self::Percentile(_) | Self::LatencyMax)
    }

    const fn is_count(self) -> bool {
        matches!(self, Self::Count(_))
    }

    fn parse(text: &str) -> Result<Self, String> {
        if let Some(percentile) = text.strip_prefix("p(").and_then(|p| p.strip_suffix(')')) {
            if let Some(percentile) = percentile_of(percentile) {
                return Ok(Self::Percentile(percentile));
            }
            let hint = meant_percentile(text).map_or(String::new(), |p| format!("; {p}"));
            return Err(format!(
                "\"{text}\": a percentile is p(50), p(99) or p(99.9){hint}"
            ));
        }
        if let Some(name) = text
            .strip_prefix("rows(")
            .and_then(|name| name.strip_suffix(')'))
        {
            // As long as the threshold itself, which lives as long as the process.
            return Ok(Self::Count(Count::Rows(Box::leak(name.trim().into()))));
        }
        let named = plain().find(|(name, _)| *name == text);
        named.map_or_else(|| Err(unknown_metric(text)), |(_, metric)| Ok(metric))
    }
}

/// Above 0, up to 100.
fn percentile_of(text: &str) -> Option<f64> {
    let percentile = f64::from_str(text).ok()?;
    (percentile > 0.0 && percentile <= 100.0).then_some(percentile)
}

/// What was meant by `p99`, `P(99)` or `p( 99 )`.
fn meant_percentile(text: &str) -> Option<String> {
    let number = text.strip_prefix(['p', 'P'])?;
    let is_around = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']');
    let percentile = percentile_of(number.trim_matches(is_around))?;
    Some(format!("did you mean p({percentile})?"))
}

fn unknown_metric(text: &str) -> String {
    let names: Vec<&str> = plain().map(|(name, _)| name).collect();
    let hint = match (meant_percentile(text), nearest(text, &names)) {
        (Some(hint), _) => hint,
        (None, Some(name)) => format!("did you mean \"{name}\"?"),
        (None, None) => format!("one of p(99), {}", names.join(", ")),
    };
    format!("there is no metric \"{text}\": {hint}")
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percentile(percentile) => write!(f, "p({percentile})"),
            Self::Count(Count::Rows(invariant)) => write!(f, "rows({invariant})"),
            other => {
                let name = plain().find(|(_, known)| known == other);
                f.write_str(name.map_or("", |(name, _)| name))
            }
        }
    }
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (subject, rule) = match text.rsplit_once(':') {
            Some((name, rule)) => (Some(Subject::parse(name.trim())?), rule),
            None => (None, text),
        };
        let split = RELATIONS
            .iter()
            .find_map(|(sign, relation)| Some((rule.split_once(sign)?, *relation)));
        let Some(((metric, bound), relation)) = split else {
            return Err(format!(
                "\"{text}\": a threshold is a metric, one of < <= == >= > and a bound, such as \
                 p(99)<50ms or sold==100"
            ));
        };
        let (metric, bound) = (Metric::parse(metric.trim())?, bound.trim());
        let bound = match metric.is_latency() {
            true => match duration(bound) {
                Ok(duration) => duration.as_micros() as f64,
                Err(problem) => return Err(format!("\"{bound}\": {problem}")),
            },
            false => match f64::from_str(bound) {
                Ok(number) if metric.is_count() && number.fract() != 0.0 => {
                    return Err(format!("\"{bound}\": {metric} is a whole number"));
                }
                Ok(bound) if bound.is_finite() && bound >= 0.0 => bound,
                _ => return Err(format!("\"{bound}\": {metric} is bounded by a number")),
            },
        };
        Ok(Self {
            subject,
            metric,
            relation,
            bound,
        })
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            Some(subject) => write!(f, "{subject}: {}", self.rule()),
            None => f.write_str(&self.rule()),
        }
    }
}

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, Self::from_str)
    }
}

impl JsonSchema for Threshold {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "threshold".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}
