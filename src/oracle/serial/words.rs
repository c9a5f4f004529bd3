//! A judgement in a sentence.

use std::collections::HashMap;

use super::calibration::{ActorName, SerialRuns};
use super::end::{PartKind, SerialEnd};
use super::judgement::{
    ChangedRow, EndDifference, NearestEnd, OutcomeDifference, PartDifference, SerialJudgement,
    SerialVerdict,
};
use super::orders::{has_written, may_be_left_out};
use super::owners::OwnerColumns;
use crate::shop::Outcome;
use crate::value::{Table, Value};

/// So many differences are told; of more the number.
const TOLD_MAX: usize = 3;

/// What sentences are made of.
pub struct Words<'j> {
    /// The actors.
    pub actors: &'j [ActorName],
    /// The end that was judged.
    pub end: &'j SerialEnd,
    /// The serial orders.
    pub serials: &'j [SerialRuns],
    /// Which columns say whose a row is.
    pub owners: &'j OwnerColumns,
}

impl Words<'_> {
    /// The judgement in a sentence.
    pub fn sentence(&self, judgement: &SerialJudgement) -> String {
        let nearest = judgement.nearest.as_ref();
        match (judgement.verdict, nearest) {
            (SerialVerdict::Serial, _) => self.equal(judgement.order.as_deref().unwrap_or(&[])),
            (SerialVerdict::Inconclusive, _) => {
                format!("Nothing is proven: {}.", judgement.reasons.join("; "))
            }
            (_, Some(near)) if near.is_against_time => format!(
                "It ends like {}, yet in real time one of them was done before another one of \
                 them began that this order puts first.",
                self.order(&near.order)
            ),
            (SerialVerdict::NotAtomic, Some(near)) => self.left_behind(near),
            (SerialVerdict::StaleAnswer, Some(near)) => self.stale(near),
            (_, Some(near)) => self.differs(near),
            (_, None) => "No serial order is possible with these outcomes.".into(),
        }
    }

    fn letters(&self, actors: &[usize], between: &str) -> String {
        let letters = actors
            .iter()
            .map(|&actor| self.actors[actor].letter.to_string());
        letters.collect::<Vec<String>>().join(between)
    }

    fn order(&self, order: &[usize]) -> String {
        match order {
            [] => "no actor at all".into(),
            [one] => format!("{} alone", self.actors[*one].letter),
            _ => self.letters(order, ", then "),
        }
    }

    fn equal(&self, order: &[usize]) -> String {
        match order {
            [] => "It is as if nothing had happened.".into(),
            [one] if self.actors.len() > 1 => {
                format!("It is as if {} had come alone.", self.actors[*one].letter)
            }
            _ => format!(
                "It is as if they had come one after the other: {}.",
                self.order(order)
            ),
        }
    }

    fn stale(&self, near: &NearestEnd) -> String {
        let order = self.order(&near.order);
        if near.difference.size() > 0 {
            let consequences = self.consequences(&near.difference);
            return format!("All that was written is as with {order}; there, {consequences}.");
        }
        // The order leaves out an actor that was answered and wrote nothing.
        let answers = self.end.actors.iter().enumerate();
        let left_out = answers
            .filter(|(actor, told)| !near.order.contains(actor) && !may_be_left_out(told))
            .map(|(actor, told)| format!("{} {}", self.actors[actor].letter, was(told.outcome)));
        let left_out: Vec<String> = left_out.collect();
        format!(
            "All that was written is as with {order}, yet {}, which no serial order answers.",
            left_out.join(" and ")
        )
    }

    fn left_behind(&self, near: &NearestEnd) -> String {
        let answers = self.end.actors.iter().enumerate();
        let left =
            answers.filter(|(actor, told)| may_be_left_out(told) && has_written(self.end, *actor));
        let left: Vec<usize> = left.map(|(actor, _)| actor).collect();
        let told = self.end.actors[left[0]].outcome;
        format!(
            "{} {} and left something behind; with {}, {}.",
            self.letters(&left, " and "),
            was(told),
            self.order(&near.order),
            self.consequences(&near.difference)
        )
    }

    fn differs(&self, near: &NearestEnd) -> String {
        let consequences = self.consequences(&near.difference);
        let order = self.order(&near.order);
        match self.shared(near) {
            Some(shared) => format!("{shared}; one after the other ({order}), {consequences}."),
            None => format!("No serial order ends like this; with {order}, {consequences}."),
        }
    }

    /// What would have been with the serial order.
    fn consequences(&self, difference: &EndDifference) -> String {
        let mut told: Vec<String> = difference
            .outcomes
            .iter()
            .map(|outcome| self.outcome(outcome))
            .collect();
        for part in &difference.parts {
            told.extend(part.changed.iter().map(|row| changed(part, row)));
            told.extend(part.only_here.iter().map(|row| only_here(part, row)));
            told.extend(part.only_there.iter().map(|row| only_there(part, row)));
        }
        let more = told.len().saturating_sub(TOLD_MAX);
        told.truncate(TOLD_MAX);
        if more > 0 {
            told.push(format!("{more} more would differ"));
        }
        match told.as_slice() {
            [] => "generated values would be shared by other rows".into(),
            [one] => one.clone(),
            [first @ .., last] => format!("{} and {last}", first.join(", ")),
        }
    }

    fn outcome(&self, outcome: &OutcomeDifference) -> String {
        let letter = self.actors[outcome.actor].letter;
        format!("{letter} would have {}", would_have(outcome.there))
    }

    /// Two rows that share a value which no two rows of the serial end share.
    fn shared(&self, near: &NearestEnd) -> Option<String> {
        let runs = self.serials.iter().find(|runs| runs.order == near.order)?;
        let there = &runs.same[0].tables;
        let is_of =
            |part: &PartDifference, name: &str| part.kind == PartKind::Rows && part.name == name;
        let differs = |name: &str| near.difference.parts.iter().any(|part| is_of(part, name));
        let tables = self.end.tables.iter().filter(|(name, _)| differs(name));
        let mut found: Vec<(bool, String)> = Vec::new();
        for (name, table) in tables {
            let other = there.iter().find(|(other, _)| other == name);
            let most_there = |column| other.map_or(0, |(_, table)| most_shared(table, column));
            for (column, title) in table.columns.iter().enumerate() {
                for (value, rows) in groups(table, column) {
                    if rows.len() > most_there(column).max(1) {
                        let holders = self.holders(name, &rows);
                        let words = match holders.as_slice() {
                            [] | [_] => format!("{} rows of {name}", rows.len()),
                            several => self.letters(several, " and "),
                        };
                        let both = if rows.len() == 2 { "both" } else { "all" };
                        let words = format!("{words} {both} have {title} {value}");
                        let of_table = if holders.len() > 1 {
                            format!(" in {name}")
                        } else {
                            String::new()
                        };
                        found.push((holders.len() < 2, words + &of_table));
                    }
                }
            }
        }
        found.sort_by_key(|(is_unnamed, _)| *is_unnamed);
        found.into_iter().next().map(|(_, words)| words)
    }

    /// The actors that the rows of a table name.
    fn holders(&self, table: &str, rows: &[&[Value]]) -> Vec<usize> {
        let is_named = |actor: &ActorName| {
            let mut rows = rows.iter();
            rows.any(|row| self.owners.names(table, row, actor))
        };
        let actors = self.actors.iter().enumerate();
        actors
            .filter(|(_, actor)| is_named(actor))
            .map(|(at, _)| at)
            .collect()
    }
}

/// The rows of a table by what one column holds; NULL and truth values are no sign.
fn groups(table: &Table, column: usize) -> Vec<(&Value, Vec<&[Value]>)> {
    let mut groups: Vec<(&Value, Vec<&[Value]>)> = Vec::new();
    let mut known: HashMap<&Value, usize> = HashMap::new();
    for row in table.rows() {
        let Some(value) = row.get(column) else {
            continue;
        };
        if matches!(value, Value::Null | Value::Bool(_)) {
            continue;
        }
        let group = *known.entry(value).or_insert_with(|| {
            groups.push((value, Vec::new()));
            groups.len() - 1
        });
        groups[group].1.push(row);
    }
    groups
}

fn most_shared(table: &Table, column: usize) -> usize {
    let sizes = groups(table, column)
        .into_iter()
        .map(|(_, rows)| rows.len());
    sizes.max().unwrap_or(0)
}

fn changed(part: &PartDifference, row: &ChangedRow) -> String {
    let (name, first) = (&part.name, row.there.first().unwrap_or(&Value::Null));
    let cell = |&column: &usize| (column, &row.here[column], &row.there[column]);
    let cells: Vec<_> = row.columns.iter().map(cell).collect();
    if let (PartKind::Shown | PartKind::Effects, Some((_, here, there))) =
        (part.kind, cells.first())
    {
        let verb = if part.kind == PartKind::Shown {
            "been shown"
        } else {
            "caused"
        };
        return format!("{first} would have {verb} {name} {there} (here {here})");
    }
    let key = match part.columns.first() {
        Some(column) if !row.columns.contains(&0) => format!(" with {column} {first}"),
        _ => String::new(),
    };
    let cell = |(column, here, there): (usize, &Value, &Value)| {
        format!("{} {there} (here {here})", part.columns[column])
    };
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("{name}{key} would have {}", cells.join(" and "))
}

fn only_here(part: &PartDifference, row: &[Value]) -> String {
    match (part.kind, row) {
        (PartKind::Rows | PartKind::Told, _) | (_, [] | [_]) => {
            format!("{} would not have {}", part.name, self::row(row))
        }
        (_, [actor, value, ..]) => format!("{actor} would not have {}", fact(part, value)),
    }
}

fn only_there(part: &PartDifference, row: &[Value]) -> String {
    match (part.kind, row) {
        (PartKind::Rows | PartKind::Told, _) | (_, [] | [_]) => {
            format!("{} would have {}", part.name, self::row(row))
        }
        (_, [actor, value, ..]) => format!("{actor} would have {}", fact(part, value)),
    }
}

/// An effect or a shown value, as what its actor has done.
fn fact(part: &PartDifference, value: &Value) -> String {
    let verb = if part.kind == PartKind::Shown {
        "been shown"
    } else {
        "caused"
    };
    format!("{verb} {} {value}", part.name)
}

fn row(row: &[Value]) -> String {
    let values: Vec<String> = row.iter().map(ToString::to_string).collect();
    format!("the row ({})", values.join(", "))
}

const fn was(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Sold => "was done",
        Outcome::SoldOut => "was refused",
        Outcome::GaveUp => "was told that it gave up",
        Outcome::Failed => "was told that it failed",
        Outcome::Unknown => "was cut",
        Outcome::NotStarted => "never began",
    }
}

const fn would_have(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Sold => "been done",
        Outcome::SoldOut => "been refused",
        Outcome::GaveUp => "given up",
        Outcome::Failed => "failed",
        Outcome::Unknown => "been cut",
        Outcome::NotStarted => "not begun",
    }
}
