//! Rows of tables of the user's own, in words.

use crate::oracle::{Broken, RowChange};
use crate::report::facts::number::{joined, many};
use crate::value::Value;

/// `unit 7: status free → held`; `hold: new row (id 1, unit 7)`; `hold: row gone (id 1)`.
pub(in crate::report) fn in_words(change: &RowChange) -> String {
    let named = |row: &[Value]| {
        let cells = change.columns.iter().zip(row);
        joined(cells.map(|(name, value)| format!("{name} {value}")), ", ")
    };
    let table = &change.table;
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            let key = before.first().map(Value::to_string).unwrap_or_default();
            let cells = change.columns.iter().zip(before.iter().zip(after));
            let changed = cells.filter(|(_, (before, after))| before != after);
            let changed =
                changed.map(|(name, (before, after))| format!("{name} {before} → {after}"));
            format!("{table} {key}: {}", joined(changed, ", "))
        }
        (None, Some(after)) => format!("{table}: new row ({})", named(after)),
        (Some(before), None) => format!("{table}: row gone ({})", named(before)),
        (None, None) => table.clone(),
    }
}

/// The rows that an invariant answered, a line each, with how many more there are.
pub(in crate::report) fn rows_of(broken: &Broken) -> Vec<String> {
    let columns = &broken.rows.columns;
    let row = |row: &[Value]| {
        let cells = columns.iter().zip(row);
        joined(cells.map(|(name, value)| format!("{name} {value}")), ", ")
    };
    let mut lines: Vec<String> = broken.rows.rows().map(row).collect();
    let more = broken.total.saturating_sub(lines.len() as u64);
    if more > 0 {
        lines.push(format!("and {} more", many(more, "row")));
    }
    lines
}
