//! Results on standard output.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result};

/// Writes to standard output, with colours where it is a terminal. A pipe that
/// its reader has closed is the end of the reader's interest, not an error.
pub(super) fn print(text: &str) -> Result<()> {
    let mut out = anstream::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to standard output"),
    }
}
