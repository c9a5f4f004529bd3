//! What scenario files start or call: commands are told before they are started, and both are
//! refused where files of strangers are checked.

use anyhow::{Result, bail};

use super::exit::{self, Usage};
use super::plan::Task;
use crate::scenario::{OwnTables, SetUp, masked};

/// Refuses tasks whose files start a command, or read a database that was there before, unless that
/// is allowed: in CI a file may be a stranger's.
pub(super) fn refuse(tasks: &[Task], are_allowed: bool) -> Result<()> {
    let mut named = tasks.iter().filter_map(|task| {
        let tables = tables(task)?;
        let found = tables.service.as_ref().and_then(|plan| plan.found());
        let called = found.map(|found| ("calls a service that runs already", found.url.as_str()));
        let started = commands(tables).map(|(_, command)| ("starts a command", command));
        let (does, what) = started.chain(called).next()?;
        Some((&task.study.name, does, what))
    });
    match named.next().filter(|_| !are_allowed) {
        None => Ok(()),
        Some((name, does, what)) => bail!(Usage(format!(
            "{name} {does}, which check does only with --allow-commands, since the file may be a \
             stranger's: {}",
            masked(what)
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
