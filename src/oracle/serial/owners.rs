//! Which columns say whose a row is.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::calibration::{ActorName, Calibration};
use super::delta::changed_rows;
use crate::value::Value;

/// Columns of tables that name the actor a row came from, by table and number. Sentences alone
/// depend on them: keys are often small numbers, which stand in other columns by accident.
#[derive(Debug, Default)]
pub struct OwnerColumns(HashSet<(String, usize)>);

/// An actor that comes alone, and the values that it writes.
type Written = (usize, BTreeSet<String>);

impl OwnerColumns {
    /// Those in which each actor, where it comes alone, writes nothing but a key of its own,
    /// and not all of them the same.
    pub fn of(calibration: &Calibration) -> Self {
        let mut seen: BTreeMap<(String, usize), Vec<Written>> = BTreeMap::new();
        for runs in &calibration.serials {
            let &[actor] = runs.order.as_slice() else {
                continue;
            };
            for (name, table) in &runs.same[0].tables {
                let before = calibration.start.iter().find(|(other, _)| other == name);
                let [_, new] = changed_rows(before.map(|(_, before)| before), table);
                if new.is_empty() {
                    continue;
                }
                for column in 0..table.columns.len() {
                    let values = new.iter().map(|row| row[column].to_string()).collect();
                    let of = seen.entry((name.to_string(), column)).or_default();
                    of.push((actor, values));
                }
            }
        }
        let names = |of: &Vec<Written>| {
            let own = of.iter().all(|(actor, values)| {
                let actor = &calibration.actors[*actor];
                values.iter().all(|value| has_key(actor, value))
            });
            own && of.iter().any(|(_, values)| *values != of[0].1)
        };
        let named = seen.into_iter().filter(|(_, of)| names(of));
        Self(named.map(|(place, _)| place).collect())
    }

    /// Whether a row of a table names an actor.
    pub fn names(&self, table: &str, row: &[Value], actor: &ActorName) -> bool {
        let named = self.0.iter().filter(|(of, _)| of == table);
        let mut values = named.filter_map(|(_, column)| row.get(*column));
        values.any(|value| has_key(actor, &value.to_string()))
    }
}

fn has_key(actor: &ActorName, value: &str) -> bool {
    actor.keys.iter().any(|key| key.to_string() == value)
}
