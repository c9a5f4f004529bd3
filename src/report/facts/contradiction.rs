//! An end that no serial order has, beside the nearest one that a serial order has.

use crate::explore::schedule::letter;
use crate::explore::trace::Trace;
use crate::oracle::answer_in_words;
use crate::oracle::serial::{Contradiction, NearestEnd, PartDifference, PartKind};
use crate::report::facts::number::joined;
use crate::value::Value;

/// So many rows are shown; of more the number.
const ROWS_MAX: usize = 12;

/// What is said before the steps: the difference in a sentence, and the name of what went
/// wrong. Nothing where no serial order is contradicted.
pub(in crate::report) fn in_sentences(trace: &Trace) -> Vec<String> {
    let of = |told: &Contradiction| {
        let name = match &told.anomaly {
            Some(anomaly) => anomaly.sentence.clone(),
            None => "It has no name here: no circle of two sessions shows in what is known of the \
                     steps."
                .into(),
        };
        vec![told.sentence.clone(), name]
    };
    trace.contradiction.as_ref().map_or_else(Vec::new, of)
}

/// Row by row: as it is here, and as it is in the nearest serial order, which is named first.
pub(in crate::report) fn row_by_row(trace: &Trace) -> Option<(String, Vec<String>)> {
    let near = trace.contradiction.as_ref()?.nearest.as_ref()?;
    let order = order(near);
    let outcomes = near.difference.outcomes.iter().map(|outcome| {
        format!(
            "{}: {} here, {} there",
            letter(outcome.actor),
            answer_in_words(outcome.here),
            answer_in_words(outcome.there)
        )
    });
    let parts = near.difference.parts.iter().flat_map(part);
    let mut lines: Vec<String> = outcomes.chain(parts).collect();
    if lines.is_empty() {
        return None;
    }
    let more = lines.len().saturating_sub(ROWS_MAX);
    lines.truncate(ROWS_MAX);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    Some((format!("beside {order}:"), lines))
}

fn order(near: &NearestEnd) -> String {
    let letters: Vec<char> = near.order.iter().map(|&actor| letter(actor)).collect();
    match letters.as_slice() {
        [] => "no session at all".into(),
        [one] => format!("{one} alone"),
        several => joined(several, ", then "),
    }
}

fn part(part: &PartDifference) -> Vec<String> {
    let name = match part.kind {
        PartKind::Rows => part.name.clone(),
        PartKind::Effects => format!("effect {}", part.name),
        PartKind::Shown => format!("shown {}", part.name),
        PartKind::Told => "told".into(),
    };
    let row = |values: &[Value]| {
        let values = part.columns.iter().zip(values);
        joined(
            values.map(|(column, value)| format!("{column} {value}")),
            ", ",
        )
    };
    let changed = part.changed.iter().map(|changed| {
        let same = (0..part.columns.len()).filter(|at| !changed.columns.contains(at));
        let key = same.map(|at| format!(" {} {}", part.columns[at], changed.here[at]));
        let cells = changed.columns.iter().map(|&at| {
            let (column, here, there) = (&part.columns[at], &changed.here[at], &changed.there[at]);
            format!("{column} {here} here, {there} there")
        });
        let key = key.into_iter().next().unwrap_or_default();
        format!("{name}{key}: {}", joined(cells, "; "))
    });
    let only = |rows: &[Vec<Value>], place: &str| -> Vec<String> {
        let rows = rows.iter();
        rows.map(|values| format!("{name}: {} only {place}", row(values)))
            .collect()
    };
    let mut lines: Vec<String> = changed.collect();
    lines.extend(only(&part.only_here, "here"));
    lines.extend(only(&part.only_there, "there"));
    lines
}
