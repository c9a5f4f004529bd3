//! Files that are read: whole, and not without end.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Result, bail};

use super::exit::Usage;

/// The text of a file of at most so many bytes.
///
/// # Errors
/// It cannot be read, or is longer: a device may have no end.
pub(super) fn read_text(path: &Path, bytes_max: u64) -> Result<String> {
    let name = path.display();
    let unreadable = |error| Usage(format!("cannot read {name}: {error}"));
    let file = File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    // One byte more tells a longer file from one that just fits.
    let mut start = file.take(bytes_max + 1);
    start.read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > bytes_max {
        bail!(Usage(format!(
            "cannot read {name}: it is longer than {} MiB",
            bytes_max >> 20
        )));
    }
    Ok(text)
}
