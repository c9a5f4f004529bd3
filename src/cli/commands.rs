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
        let (_, command) = commands(tables(task)?).next()?;
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
    for (what, command) in commands(tables) {
        exit::note(&format!("starts the {what}: {}", masked(command)));
    }
}

/// The tables of a task that are the user's own; a load and an exploration have the same.
pub(super) fn tables(task: &Task) -> Option<&OwnTables> {
    let of_load = task.load.as_ref().and_then(|load| load.tables.as_ref());
    let explored = task.exploration.as_ref();
    of_load.or_else(|| explored?.tables.as_ref())
}

/// The commands that they start, each with what it is.
fn commands(tables: &OwnTables) -> impl Iterator<Item = (&'static str, &str)> {
    let set_up = match &tables.set_up {
        SetUp::Command(command) => Some(("set-up command", command.as_str())),
        SetUp::Files(_) => None,
    };
    let service = tables.service.as_ref();
    let started = service.and_then(|service| service.started());
    let service = started.map(|started| ("service", started.command.as_str()));
    set_up.into_iter().chain(service)
}
