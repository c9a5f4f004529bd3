//! Whether a value may be a time.

use super::delta::changed_rows;
use super::end::{EndTable, SerialEnd, outside};
use super::piece::PieceKind;
use super::token::take_apart;
use crate::value::Value;

/// A time of day without marks between its parts has so many digits.
const DIGITS_MIN: usize = 6;

/// Whether a value that was not there at the start may be a time, or hold one: then two runs
/// within one second may look equal by accident. A number of six digits may be one.
#[must_use]
pub fn may_hold_a_time(start: &[EndTable], end: &SerialEnd) -> bool {
    let of_table = |(name, table): &EndTable| {
        let before = start.iter().find(|(other, _)| other == name);
        let [_, new] = changed_rows(before.map(|(_, before)| before), table);
        new.into_iter().flatten().any(may_be_a_time)
    };
    let mut parts = outside(end).into_values();
    let mut tables = end.tables.iter();
    tables.any(of_table) || parts.any(|sheaf| sheaf.rows.into_iter().flatten().any(may_be_a_time))
}

fn may_be_a_time(value: &Value) -> bool {
    let pieces = take_apart(value).pieces;
    pieces.iter().any(|piece| match piece.kind {
        PieceKind::Time => true,
        PieceKind::Number => piece.text.len() >= DIGITS_MIN,
        PieceKind::Uuid | PieceKind::Whole => false,
    })
}
