//! Commands that scenario files start: told before they are started, and refused where files of
//! strangers are checked.

use anyhow::{Result, bail};

use super::exit::{self, Usage};
use super::plan::Task;
use crate::scenario::{OwnTables, SetUp, masked};

/// Refuses tasks whose files start a command, unless that is allowed: in CI a file may be a
/// stranger's.
pub(super) fn refuse(tasks: &[Task], are_allowed: bool) -> Result<()> {
    let mut named = tasks.iter().filter_map(|task| {
        let command = command(tables(task)?)?;
        Some((&task.study.name, command))
    });
    match named.next().filter(|_| !are_allowed) {
        None => Ok(()),
        Some((name, command)) => bail!(Usage(format!(
            "{name} starts a command, which check does only with --allow-commands, since the file \
             may be a stranger's: {}",
            masked(command)
        ))),
    }
}

/// Says which commands are about to be started.
pub(super) fn tell(tasks: &[Task]) {
    tasks.iter().filter_map(tables).for_each(tell_of);
}

/// As [`tell`], of these tables.
pub(super) fn tell_of(tables: &OwnTables) {
    if let SetUp::Command(command) = &tables.set_up {
        exit::note(&format!("starts the set-up command: {}", masked(command)));
    }
    if let Some(service) = &tables.service {
        exit::note(&format!("starts the service: {}", masked(&service.command)));
    }
}

fn tables(task: &Task) -> Option<&OwnTables> {
    let explored = task.exploration.as_ref().and_then(|it| it.tables.as_ref());
    explored.or_else(|| task.load.as_ref()?.tables.as_ref())
}

fn command(tables: &OwnTables) -> Option<&str> {
    match (&tables.set_up, &tables.service) {
        (SetUp::Command(command), _) => Some(command),
        (SetUp::Files(_), Some(service)) => Some(&service.command),
        (SetUp::Files(_), None) => None,
    }
}
