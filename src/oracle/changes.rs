//! Which rows differ between two states.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{State, Table, Value};

/// A row that was added, changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowChange {
    /// The table.
    pub table: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// What the row was; `None` of a row that was added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Vec<Value>>,
    /// What it is; `None` of a row that was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<Value>>,
}

/// The rows that differ, table by table. A row that went and one that came are one row that
/// changed where their first columns are equal: that is where a key usually stands.
#[must_use]
pub fn changes(before: &State, after: &State) -> Vec<RowChange> {
    let both = before.tables().zip(after.tables());
    let different = both.filter(|((_, before), (_, after))| before != after);
    different
        .flat_map(|((name, before), (_, after))| of_table(name, before, after))
        .collect()
}

fn of_table(name: &str, before: &Table, after: &Table) -> Vec<RowChange> {
    let gone = without(before, after);
    let mut come = without(after, before);
    let columns: Vec<String> = after.columns.iter().map(ToString::to_string).collect();
    let made = |before: Option<&[Value]>, after: Option<&[Value]>| RowChange {
        table: name.into(),
        columns: columns.clone(),
        before: before.map(<[Value]>::to_vec),
        after: after.map(<[Value]>::to_vec),
    };
    let mut changes = Vec::new();
    for row in gone {
        let same = come.iter().position(|other| other.first() == row.first());
        let other = same.map(|at| come.remove(at));
        changes.push(made(Some(row), other));
    }
    changes.extend(come.into_iter().map(|row| made(None, Some(row))));
    changes
}

/// The rows of one table that are not in the other, each as often as it is missing there.
fn without<'t>(table: &'t Table, other: &Table) -> Vec<&'t [Value]> {
    let mut others: Vec<&[Value]> = other.rows().collect();
    others.sort_unstable();
    let mut rows: Vec<&[Value]> = table.rows().collect();
    rows.sort_unstable();
    let mut others = others.into_iter().peekable();
    rows.into_iter()
        .filter(|row| {
            while others.next_if(|other| other < row).is_some() {}
            others.next_if(|other| other == row).is_none()
        })
        .collect()
}
