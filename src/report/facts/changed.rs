//! Rows of tables of the user's own, in words.

use crate::explore::left::LeftInSession;
use crate::explore::seen::{SeenRows, Unseen};
use crate::explore::trace::Trace;
use crate::oracle::{Broken, RowChange};
use crate::report::facts::number::{joined, many};
use crate::value::Value;

/// Of what a script leaves behind no more is named than this.
const LEFT_MAX: usize = 8;

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

/// `A sees unit 7: status held (committed free)`; `A sees hold: new row (id 1, unit 7)`.
pub(in crate::report) fn as_seen(seen: &SeenRows) -> Vec<String> {
    let said = |change: &RowChange| match (&change.before, &change.after) {
        (Some(committed), Some(sees)) => {
            let key = sees.first().map(Value::to_string).unwrap_or_default();
            let cells = change.columns.iter().zip(committed.iter().zip(sees));
            let other = cells.filter(|(_, (committed, sees))| committed != sees);
            let other = other.map(|(name, (is, sees))| format!("{name} {sees} (committed {is})"));
            format!("{} {key}: {}", change.table, joined(other, ", "))
        }
        _ => in_words(change),
    };
    let rows = seen.rows.iter();
    rows.map(|row| format!("{} sees {}", seen.buyer, said(row)))
        .collect()
}

/// Why a trace does not say what its sessions saw, if it does not.
pub(in crate::report) fn unseen(trace: &Trace) -> Option<&'static str> {
    trace.unseen.map(|why| match why {
        Unseen::Serializable => {
            "what a session sees before it commits is not shown: at serializable the server notes \
             what is read, and a look would change what comes"
        }
        Unseen::Disturbed => {
            "what a session sees before it commits is not shown: with looks in between, the \
             schedule went another way"
        }
    })
}

/// `buy leaves in its session: advisory lock 7, setting work_mem`, a line for each script.
pub(in crate::report) fn left_in_words(left: &[LeftInSession]) -> Vec<String> {
    let said = |left: &LeftInSession| {
        let mut what: Vec<&str> = left
            .what
            .iter()
            .map(String::as_str)
            .take(LEFT_MAX)
            .collect();
        let more = left.what.len() - what.len();
        let more = format!("{more} more");
        if left.what.len() > LEFT_MAX {
            what.push(&more);
        }
        format!(
            "{} leaves in its session: {}",
            left.operation,
            what.join(", ")
        )
    };
    left.iter().map(said).collect()
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
