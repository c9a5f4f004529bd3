//! What can be sent at all.

use super::failure::{WireFailure, WireResult};
use super::framing::FRAME_BYTES_MAX;

/// Refuses what has no place in a message.
pub(super) fn refuse_unsendable(
    sql: &str,
    types: usize,
    values: &[Option<&str>],
) -> WireResult<()> {
    let bytes: usize = values.iter().flatten().map(|text| text.len() + 4).sum();
    let count_max = usize::from(u16::MAX);
    let what = if sql.contains('\0') {
        "a statement with a zero byte"
    } else if values.len() > count_max || types > count_max {
        "a statement of more than 65,535 parameters"
    } else if sql.len().saturating_add(bytes) > FRAME_BYTES_MAX - (1 << 20) {
        "a statement of a gigabyte"
    } else {
        return Ok(());
    };
    Err(WireFailure::Unsupported(what.into()))
}
