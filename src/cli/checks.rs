//! What a server or a world cannot do, refused before anything starts.

use anyhow::{Result, bail};

use super::args::DatabaseArgs;
use super::exit::Usage;
use super::scripts;
use crate::cell::Cell;
use crate::mvcc::Store;
use crate::report::WorldKind;

/// Only a server of the user's outlives the run.
pub(super) fn check_keep(args: &DatabaseArgs) -> Result<()> {
    if args.keep && args.server.database_url.is_none() {
        bail!(Usage(
            "--keep needs --database-url: the private server is thrown away with all it holds"
                .into()
        ));
    }
    Ok(())
}

/// Refuses the first of these that is said; `problem` says what is wrong with it.
pub(super) fn refuse_said(
    said: &[(bool, &str)],
    problem: impl FnOnce(&str) -> String,
) -> Result<()> {
    match said.iter().find(|(is_said, _)| *is_said) {
        None => Ok(()),
        Some((_, what)) => bail!(Usage(problem(what))),
    }
}

/// The model in memory has no answer at serializable or to text, and never guesses.
pub(super) fn check_world(world: WorldKind, cells: &[Cell]) -> Result<()> {
    let script = scripts::first(cells.iter().map(|cell| cell.subject));
    if let (WorldKind::Memory, Some(script)) = (world, script) {
        bail!(Usage(format!(
            "--on memory knows no SQL, and {script} is a script: use --on postgres"
        )));
    }
    let mut levels = cells.iter().map(|cell| cell.level);
    let unsupported = levels.find(|level| !Store::supports(*level));
    if let (WorldKind::Memory, Some(level)) = (world, unsupported) {
        bail!(Usage(format!(
            "--on memory is unsupported at {level}: use --on postgres, or --isolation \
             read-committed,repeatable-read"
        )));
    }
    Ok(())
}
