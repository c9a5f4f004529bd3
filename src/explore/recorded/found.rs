//! Where the values of a request come from.

use std::collections::BTreeSet;

use super::pieces::{SqlPiece, ValueSlot, are_alike, pieces, tables};
use super::said::SaidStatement;
use super::source::{Knowledge, KnownValue, TextPart, ValueSource, is_id, number};
use super::twice::TwiceSaid;

/// What was found of the values of a request.
pub struct FoundSources {
    /// The statements, taken apart.
    pub pieces: Vec<Vec<SqlPiece>>,
    /// Of each statement, where its values come from, and what they are each time.
    pub sources: Vec<Vec<(ValueSource, (String, String))>>,
    /// The numbers of earlier values that are used.
    pub used: BTreeSet<usize>,
    /// What is known when all is said.
    pub knowledge: Knowledge,
}

impl FoundSources {
    /// Looks for sources of all its values.
    pub fn of(request: &TwiceSaid) -> Self {
        let first = &request.first.statements;
        let apart: Vec<_> = first.iter().map(pieces).collect();
        let second = request.second.as_ref().map(|second| &second.statements);
        let second = second.filter(|second| second.len() == first.len());
        let again: Option<Vec<_>> = second.map(|second| second.iter().map(pieces).collect());
        let is_savepoint =
            |at: usize| first[at].may_name_savepoint() && first[at].verb() == verb_of(second, at);
        let again = again.filter(|again| {
            let mut both = apart.iter().zip(again).enumerate();
            both.all(|(at, (one, other))| are_alike(one, other) || is_savepoint(at))
        });
        let is_twice = again.is_some();
        let same = |both: &(String, String)| (both.0.clone(), both.0.clone());
        let numbers = slots(&apart).filter_map(|slot| number(slot.value.as_deref()?));
        let mut knowledge = Knowledge {
            known: Vec::new(),
            buyers: request.buyers.clone(),
            keys: match is_twice {
                true => request.keys.clone(),
                false => same(&request.keys),
            },
            numbers: numbers.chain(request.units.iter().copied()).collect(),
            is_twice,
        };
        let other = second.filter(|_| is_twice).unwrap_or(first);
        let again = again.unwrap_or_else(|| apart.clone());
        let mut sources = Vec::new();
        for at in 0..first.len() {
            let of = tables(&first[at].sql);
            let both = slots(&apart[at..=at]).zip(slots(&again[at..=at]));
            let of_slots = both.map(|(one, other)| source(&knowledge, one, other, &of));
            sources.push(of_slots.collect());
            knowledge.learn(at, (&first[at], &other[at]), &of);
        }
        let all = sources.iter().flatten();
        let used = all.flat_map(|(source, _): &(ValueSource, _)| used(source));
        Self {
            used: used.collect(),
            pieces: apart,
            sources,
            knowledge,
        }
    }

    /// What a program may well decide by: a number that it computes with, or that it reads.
    pub fn decided_by(&self) -> Option<&KnownValue> {
        let known = &self.knowledge.known;
        let all = self.sources.iter().flatten();
        let mut computed = all.filter_map(|(source, _)| match source {
            ValueSource::Computed(at, ..) => known.get(*at),
            _ => None,
        });
        let is_read =
            |known: &&KnownValue| number(&known.values.0).is_some() && !is_id(&known.name);
        computed.next().or_else(|| known.iter().find(is_read))
    }

    /// Whether a value of a statement's reply is used.
    pub fn is_used(&self, statement: usize) -> bool {
        let mut used = self.used.iter();
        used.any(|at| self.knowledge.known[*at].statement == statement)
    }
}

/// The first word of the second statement of this number.
fn verb_of(second: Option<&Vec<SaidStatement>>, at: usize) -> String {
    let statement = second.and_then(|second| second.get(at));
    statement.map(SaidStatement::verb).unwrap_or_default()
}

fn slots(pieces: &[Vec<SqlPiece>]) -> impl Iterator<Item = &ValueSlot> {
    pieces.iter().flatten().filter_map(|piece| match piece {
        SqlPiece::Value(slot) => Some(slot),
        SqlPiece::Text(_) => None,
    })
}

fn source(
    knowledge: &Knowledge,
    one: &ValueSlot,
    other: &ValueSlot,
    tables: &[String],
) -> (ValueSource, (String, String)) {
    let (Some(first), Some(second)) = (&one.value, &other.value) else {
        return (ValueSource::Same, Default::default());
    };
    let source = knowledge.source(one, (first, second), tables);
    (source, (first.clone(), second.clone()))
}

/// The numbers of the earlier values that a source needs.
fn used(source: &ValueSource) -> Vec<usize> {
    match source {
        ValueSource::Taken(at) => vec![*at],
        ValueSource::Computed(at, _, quantity) => [*at].into_iter().chain(*quantity).collect(),
        ValueSource::Joined(parts) => {
            let parts = parts.iter().filter_map(|part| match part {
                TextPart::Of(source) => Some(used(source)),
                TextPart::Same(_) => None,
            });
            parts.flatten().collect()
        }
        _ => Vec::new(),
    }
}

impl Knowledge {
    /// Takes in what a statement was answered each time.
    fn learn(&mut self, at: usize, both: (&SaidStatement, &SaidStatement), tables: &[String]) {
        if !both.0.has_one_row() || !both.1.has_one_row() {
            return;
        }
        let rows = (&both.0.reply.rows[0], &both.1.reply.rows[0]);
        let names = both.0.reply.columns.iter().enumerate();
        self.known.extend(names.filter_map(|(column, named)| {
            let values = (rows.0.get(column)?.clone()?, rows.1.get(column)?.clone()?);
            Some(KnownValue {
                statement: at,
                column,
                name: named.name.clone(),
                tables: tables.to_vec(),
                values,
            })
        }));
    }
}
