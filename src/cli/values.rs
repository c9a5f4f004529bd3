//! Values as people write them.

use std::ffi::OsStr;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::{Error, ErrorKind};
use clap::{Arg, Command, ValueEnum};

use super::scripts::NameOrScript;
use crate::cell::{SERVICE, Subject};
use crate::explore::bounds::Policy;
use crate::explore::reduction::Reduction;
use crate::oracle::{Claim, Verdict};
use crate::report::WorldKind;
use crate::scenario::{ArrivalKind, Named, SHIPPED, SomeOrAll, duration, shipped};
use crate::shop::{Isolation, LockOrder, Retry};
use crate::subject::script;

/// A scenario of a service, for the one that comes with `sim`.
const SERVICE_FILE: &str = include_str!("../../scenarios/services/service.toml");

/// What `sim init` can write: a scenario that comes with `sim`, or a strategy as a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// A scenario file.
    Scenario(&'static str),
    /// A script.
    Script(&'static str),
}

impl Template {
    fn named(name: &str) -> Option<Self> {
        if name == SERVICE {
            return Some(Self::Scenario(SERVICE_FILE));
        }
        let scenario = shipped(name).map(|scenario| Self::Scenario(scenario.text));
        scenario.or_else(|| script::shipped::named(name).map(Self::Script))
    }
}

/// A template by its name.
pub(super) fn template() -> impl TypedValueParser<Value = Template> {
    let scenarios = SHIPPED.iter().map(|one| PossibleValue::new(one.name));
    let service = PossibleValue::new(SERVICE).help("a service that is called over HTTP");
    PossibleValuesParser::new(scenarios.chain([service]).chain(names::<Subject>()))
        .map(|name| Template::named(&name).expect("only names are possible"))
}

/// What a cell is expected to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectFlag {
    /// What `sim list` says of it.
    Catalogue,
    /// The same of every cell.
    Claim(Claim),
}

/// Some strategies, or `all`; a script by its path.
pub(super) fn strategy() -> impl TypedValueParser<Value = SomeOrAll<Subject>> {
    let all = PossibleValue::new("all").help("every strategy that is built in");
    NameOrScript {
        names: PossibleValuesParser::new(names::<Subject>().chain([all])),
        of_name: |name| {
            let one = Subject::named(name);
            one.map_or(SomeOrAll::All, |one| SomeOrAll::Some(vec![one]))
        },
        of_script: |script| SomeOrAll::Some(vec![script]),
    }
}

/// One strategy; a script by its path.
pub(super) fn one_strategy() -> impl TypedValueParser<Value = Subject> {
    NameOrScript {
        names: PossibleValuesParser::new(names::<Subject>()),
        of_name: |name| <Subject as Named>::named(name).expect("only names are possible"),
        of_script: |script| script,
    }
}

/// Some isolation levels, or `all`.
pub(super) fn isolation() -> impl TypedValueParser<Value = SomeOrAll<Isolation>> {
    one_or("all", SomeOrAll::All, |one| SomeOrAll::Some(vec![one]))
}

/// A verdict, a bound within which a cell is to be safe, or the catalogue.
pub(super) fn expect() -> impl TypedValueParser<Value = ExpectFlag> {
    NameOrBound(PossibleValuesParser::new(
        names::<Verdict>().chain(["catalogue".into()]),
    ))
}

#[derive(Clone)]
struct NameOrBound(PossibleValuesParser);

impl TypedValueParser for NameOrBound {
    type Value = ExpectFlag;

    fn parse_ref(
        &self,
        cmd: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<ExpectFlag, Error> {
        if let Some(bounded) = value.to_str().and_then(Claim::bounded) {
            return bounded.map(ExpectFlag::Claim).map_err(|problem| {
                let problem = format!("--expect {problem}\n");
                Error::raw(ErrorKind::ValueValidation, problem).with_cmd(cmd)
            });
        }
        let name = self.0.parse_ref(cmd, arg, value)?;
        let verdict = Verdict::named(&name);
        Ok(verdict.map_or(ExpectFlag::Catalogue, |verdict| {
            ExpectFlag::Claim(verdict.into())
        }))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.0.possible_values()
    }
}

/// One by its name, or another value by a name of its own.
fn one_or<T: Named, V: Clone + Send + Sync + 'static>(
    other: impl Into<PossibleValue>,
    value: V,
    of: fn(T) -> V,
) -> impl TypedValueParser<Value = V> {
    PossibleValuesParser::new(names::<T>().chain([other.into()]))
        .map(move |name| T::named(&name).map_or(value.clone(), of))
}

/// One by its name.
pub(super) fn one<T: Named + Send + Sync>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(names::<T>())
        .map(|name| T::named(&name).expect("only names are possible"))
}

fn names<T: Named>() -> impl Iterator<Item = PossibleValue> {
    T::all().iter().map(|one| {
        let value = PossibleValue::new(one.name()).aliases(one.aliases());
        match one.about() {
            Some(about) => value.help(about),
            None => value,
        }
    })
}

/// Declares what flags call the values of an enum, and what help says of each.
macro_rules! value_enum {
    ($($type:ty { $($name:expr => $value:expr, $help:literal;)+ })+) => {
        $(impl ValueEnum for $type {
            fn value_variants<'a>() -> &'a [Self] {
                &[$($value),+]
            }

            fn to_possible_value(&self) -> Option<PossibleValue> {
                let values = [$(($value, $name, $help)),+].into_iter();
                let mut named = values.filter(|(value, ..)| value == self);
                named.next().map(|(_, name, help)| PossibleValue::new(name).help(help))
            }
        })+
    };
}

value_enum! {
    LockOrder {
        Self::Sorted.name() => Self::Sorted, "By product: no two carts can deadlock";
        Self::Cart.name() => Self::Cart, "As the buyer filled the cart";
    }
    Retry {
        Self::Uncommitted.name() => Self::Uncommitted, "It has failed: another try would write twice";
        Self::WholeScript.name() => Self::WholeScript, "It begins again";
    }
    ArrivalKind {
        "burst" => Self::Burst, "All at once, when every connection is ready";
        "poisson" => Self::Poisson,
            "At random times, whether or not earlier ones are done (open loop)";
    }
    WorldKind {
        Self::Postgres.name() => Self::Postgres, "A real PostgreSQL";
        Self::Memory.name() => Self::Memory, "A model of PostgreSQL; it has no serializable";
    }
    Reduction {
        "auto" => Self::Auto, "Where there are more than a thousand";
        "on" => Self::On, "Always";
        "off" => Self::Off, "Never";
    }
    // How many, and from what seed, other flags say.
    Policy {
        "exhaustive" => Self::Exhaustive, "All of them";
        "random" => Self::Random { schedules: 1_000, seed: 0 }, "Some at random";
    }
}

/// How long a server may be silent: less than a second would call a busy one
/// silent.
pub(super) fn patience(text: &str) -> Result<Duration, String> {
    let patience = duration(text)?;
    match patience < Duration::from_secs(1) {
        true => Err("less than a second: a busy server takes that long".into()),
        false => Ok(patience),
    }
}
