//! Results on standard output.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result};
use terminal_size::terminal_size_of;

/// Where the width is not known: what terminals have unless they are changed.
const COLUMNS_USUAL: usize = 80;

/// A page is drawn for no less, and for no more.
const COLUMNS_MIN: usize = 60;
const COLUMNS_MAX: usize = 200;

/// Writes to standard output, with colours where it is a terminal. A pipe that
/// its reader has closed is the end of the reader's interest, not an error.
pub(super) fn print(text: &str) -> Result<()> {
    let mut out = anstream::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to standard output"),
    }
}

/// How wide a page is to be: as `COLUMNS` says, else as the terminal is.
pub(super) fn columns() -> usize {
    let asked = std::env::var("COLUMNS").ok();
    let asked = asked.and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size_of(io::stdout()).map(|(width, _)| width.0.into());
    let columns = asked.filter(|columns| *columns > 0).or_else(terminal);
    columns
        .unwrap_or(COLUMNS_USUAL)
        .clamp(COLUMNS_MIN, COLUMNS_MAX)
}
