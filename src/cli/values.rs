//! Values as people write them.

use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::cell::Subject;
use crate::oracle::Verdict;
use crate::scenario::{Named, duration};
use crate::shop::Isolation;
use crate::subject;

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

impl Expect {
    /// The verdict that a cell must show: as the flag has it, or else the
    /// file, or else the catalogue where cells are `held` to anything at all.
    pub(super) fn of(
        flag: Option<Self>,
        file: Option<Verdict>,
        catalogue: Option<Verdict>,
        held: bool,
    ) -> Option<Verdict> {
        match flag {
            Some(Self::Verdict(verdict)) => Some(verdict),
            Some(Self::Catalogue) => catalogue,
            None => file.or(catalogue.filter(|_| held)),
        }
    }
}

pub(super) fn strategy() -> impl TypedValueParser<Value = Choice<Subject>> {
    let all = PossibleValue::new("all").help("every strategy");
    PossibleValuesParser::new(strategies().chain([all]))
        .map(|name| Subject::named(&name).map_or(Choice::All, Choice::One))
}

pub(super) fn one_strategy() -> impl TypedValueParser<Value = Subject> {
    PossibleValuesParser::new(strategies())
        .map(|name| Subject::named(&name).expect("only names of strategies are possible"))
}

fn strategies() -> impl Iterator<Item = PossibleValue> {
    subject::ALL.into_iter().map(|subject| {
        let aliases = subject::profile(subject).map_or(&[][..], |profile| profile.aliases);
        PossibleValue::new(subject.name()).aliases(aliases.iter().copied())
    })
}

pub(super) fn isolation() -> impl TypedValueParser<Value = Choice<Isolation>> {
    let names = Isolation::ALL.map(Isolation::name).into_iter();
    PossibleValuesParser::new(names.chain(["all"]))
        .map(|name| Isolation::named(&name).map_or(Choice::All, Choice::One))
}

pub(super) fn one_isolation() -> impl TypedValueParser<Value = Isolation> {
    PossibleValuesParser::new(Isolation::ALL.map(Isolation::name))
        .map(|name| Isolation::named(&name).expect("only names of levels are possible"))
}

pub(super) fn verdict() -> impl TypedValueParser<Value = Verdict> {
    PossibleValuesParser::new(Verdict::ALL.map(Verdict::name))
        .map(|name| Verdict::named(&name).expect("only names of verdicts are possible"))
}

pub(super) fn expect() -> impl TypedValueParser<Value = Expect> {
    let names = Verdict::ALL.map(Verdict::name).into_iter();
    PossibleValuesParser::new(names.chain(["catalogue"]))
        .map(|name| Verdict::named(&name).map_or(Expect::Catalogue, Expect::Verdict))
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
