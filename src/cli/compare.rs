//! `sim compare`: strategies side by side on one scenario, with the proof.

use anyhow::Result;

use super::args::CompareArgs;
use super::exit::Exit;
use super::plan;
use super::work::{Job, perform};
use crate::report::Command;

pub(super) fn compare(args: &CompareArgs) -> Result<Exit> {
    let (tasks, output) = (plan::compare(args)?, &args.output);
    let job = Job::of_load(
        Command::Compare,
        tasks,
        &args.server,
        output,
        &args.scenario,
    )?;
    Ok(perform(job)?.exit)
}
