//! `sim run`: full speed, one or more cells.

use anyhow::Result;

use super::args::RunArgs;
use super::exit::Exit;
use super::plan;
use super::work::{Job, perform};
use crate::report::Command;

pub(super) fn run(args: &RunArgs) -> Result<Exit> {
    let (tasks, server) = (plan::run(args)?, &args.database.server);
    let job = Job::of_load(Command::Run, tasks, server, &args.output, &args.scenario)?;
    let keep = args.database.keep;
    Ok(perform(Job { keep, ..job })?.exit)
}
