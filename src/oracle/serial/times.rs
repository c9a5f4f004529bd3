//! Whether a value may be a time.

use super::delta::delta;
use super::end::{EndTable, PartKind, SerialEnd, of_tables, sheaves};
use super::piece::PieceKind;
use super::token::take_apart;
use crate::value::Value;

/// A time of day without marks between its parts has so many digits.
const DIGITS_MIN: usize = 6;

/// Whether a value that was not there at the start may be a time, or hold one: then two runs
/// within one second may look equal by accident. A number of six digits may be one.
#[must_use]
pub fn may_hold_a_time(start: &[EndTable], end: &SerialEnd) -> bool {
    let before = of_tables(start);
    let parts = sheaves(end);
    let mut parts = parts.iter();
    parts.any(|(key, sheaf)| {
        let before = before.get(key).map_or(&[][..], |sheaf| &sheaf.rows);
        let new: Vec<&[Value]> = match key.0 {
            PartKind::Rows => {
                let (_, new) = delta(before, &sheaf.rows);
                new.into_iter().map(|at| sheaf.rows[at]).collect()
            }
            PartKind::Effects | PartKind::Shown | PartKind::Told => sheaf.rows.clone(),
        };
        new.into_iter().flatten().any(may_be_a_time)
    })
}

fn may_be_a_time(value: &Value) -> bool {
    let pieces = take_apart(value).pieces;
    pieces.iter().any(|piece| match piece.kind {
        PieceKind::Time => true,
        PieceKind::Number => piece.text.len() >= DIGITS_MIN,
        PieceKind::Uuid | PieceKind::Whole => false,
    })
}
