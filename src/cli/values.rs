//! Values as people write them.

use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::audit::Verdict;
use crate::scenario::{Popularity, RetryDelay};
use crate::shop::Isolation;
use crate::strategy::Strategy;

/// What `--strategy` and `--isolation` may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice<T> {
    /// `all`.
    All,
    /// One by its name.
    One(T),
}

impl<T: Copy + PartialEq> Choice<T> {
    /// The chosen ones, each once, in the order named.
    pub fn resolve(choices: &[Self], all: &[T]) -> Vec<T> {
        let mut chosen = Vec::new();
        for choice in choices {
            let named = match choice {
                Self::All => all,
                Self::One(one) => std::slice::from_ref(one),
            };
            for one in named {
                if !chosen.contains(one) {
                    chosen.push(*one);
                }
            }
        }
        chosen
    }
}

/// What a cell is expected to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// What `sim list` says of it.
    Catalogue,
    /// The same of every cell.
    Verdict(Verdict),
}

pub(super) fn strategy() -> impl TypedValueParser<Value = Choice<Strategy>> {
    let all = PossibleValue::new("all").help("every strategy");
    PossibleValuesParser::new(strategies().chain([all]))
        .map(|name| strategy_named(&name).map_or(Choice::All, Choice::One))
}

pub(super) fn one_strategy() -> impl TypedValueParser<Value = Strategy> {
    PossibleValuesParser::new(strategies())
        .map(|name| strategy_named(&name).expect("only names of strategies are possible"))
}

fn strategies() -> impl Iterator<Item = PossibleValue> {
    Strategy::ALL.into_iter().map(|strategy| {
        let profile = strategy.profile();
        PossibleValue::new(profile.name).aliases(profile.aliases.iter().copied())
    })
}

fn strategy_named(name: &str) -> Option<Strategy> {
    let is_named = |s: &Strategy| s.name() == name || s.profile().aliases.contains(&name);
    Strategy::ALL.into_iter().find(is_named)
}

pub(super) fn isolation() -> impl TypedValueParser<Value = Choice<Isolation>> {
    let names = Isolation::ALL.map(Isolation::name).into_iter();
    PossibleValuesParser::new(names.chain(["all"]))
        .map(|name| isolation_named(&name).map_or(Choice::All, Choice::One))
}

pub(super) fn one_isolation() -> impl TypedValueParser<Value = Isolation> {
    PossibleValuesParser::new(Isolation::ALL.map(Isolation::name))
        .map(|name| isolation_named(&name).expect("only names of levels are possible"))
}

fn isolation_named(name: &str) -> Option<Isolation> {
    Isolation::ALL
        .into_iter()
        .find(|level| level.name() == name)
}

pub(super) fn verdict() -> impl TypedValueParser<Value = Verdict> {
    PossibleValuesParser::new(Verdict::ALL.map(Verdict::name))
        .map(|name| verdict_named(&name).expect("only names of verdicts are possible"))
}

fn verdict_named(name: &str) -> Option<Verdict> {
    Verdict::ALL
        .into_iter()
        .find(|verdict| verdict.name() == name)
}

pub(super) fn expect() -> impl TypedValueParser<Value = Expect> {
    let names = Verdict::ALL.map(Verdict::name).into_iter();
    PossibleValuesParser::new(names.chain(["catalogue"]))
        .map(|name| verdict_named(&name).map_or(Expect::Catalogue, Expect::Verdict))
}

/// `5ms`, `1.5s`, `250us`, `2m`, `0`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    const ALLOWED: &str = "a duration is a number with a unit, such as 250us, 5ms, 1.5s or 2m";
    let text = text.trim();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let unit_at = text.find(|c: char| c != '.' && !c.is_ascii_digit());
    let (number, unit) = text.split_at(unit_at.unwrap_or(text.len()));
    let scale = match unit.trim() {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(ALLOWED.into()),
    };
    let number = f64::from_str(number).map_err(|_| ALLOWED.to_owned())?;
    let duration = Duration::try_from_secs_f64(number * scale).map_err(|_| ALLOWED.to_owned())?;
    if duration > Duration::from_secs(24 * 3600) {
        return Err("longer than a day".into());
    }
    Ok(duration)
}

/// `1ms..50ms`.
pub(super) fn retry_delay(text: &str) -> Result<RetryDelay, String> {
    let Some((min, max)) = text.split_once("..") else {
        return Err("a retry delay is written MIN..MAX, such as 1ms..50ms".into());
    };
    let micros = |text| duration(text).map(|d| u64::try_from(d.as_micros()).unwrap_or(u64::MAX));
    let (min_us, max_us) = (micros(min)?, micros(max)?);
    if min_us > max_us {
        return Err(format!("MIN ({min}) is above MAX ({max})"));
    }
    Ok(RetryDelay { min_us, max_us })
}

/// `uniform`, `zipf` or `zipf:1.1`.
pub(super) fn popularity(text: &str) -> Result<Popularity, String> {
    const ALLOWED: &str = "popularity is uniform, zipf or zipf:EXPONENT, such as zipf:1.1";
    match text.split_once(':') {
        None if text == "uniform" => Ok(Popularity::Uniform),
        None if text == "zipf" => Ok(Popularity::Zipf { exponent: 1.0 }),
        Some(("zipf", exponent)) => match f64::from_str(exponent) {
            Ok(exponent) if exponent.is_finite() && exponent > 0.0 => {
                Ok(Popularity::Zipf { exponent })
            }
            _ => Err(ALLOWED.into()),
        },
        _ => Err(nearest(text, &["uniform", "zipf"], ALLOWED)),
    }
}

fn nearest(text: &str, names: &[&str], allowed: &str) -> String {
    let similarity = |name: &&&str| (strsim::jaro(text, name) * 1000.0) as u32;
    match names.iter().max_by_key(similarity) {
        Some(name) if similarity(&name) > 700 => format!("{allowed}; did you mean {name}?"),
        _ => allowed.to_owned(),
    }
}
