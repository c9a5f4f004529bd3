//! `sim check`: the gate for CI.

use anyhow::{Result, bail};

use super::args::CheckArgs;
use super::around::unless_hurried;
use super::exit::{self, Exit, Usage};
use super::export::{Exports, to_json};
use super::plan::{self, Task};
use super::report::read;
use super::scenarios;
use super::work::{Done, Job, check_comparable, perform};
use crate::report::Command;

/// One run has no spread: no later result could be told from it.
fn check_runs(args: &CheckArgs, tasks: &[Task]) -> Result<()> {
    let mut loads = tasks.iter().filter_map(|task| task.load.as_ref());
    if args.save_baseline.is_some() && loads.any(|load| load.scenario.runs < 2) {
        bail!(Usage(
            "--save-baseline needs --runs 2 or more: one run has no spread".into()
        ));
    }
    Ok(())
}

pub(super) fn check(args: &CheckArgs) -> Result<Exit> {
    let files = scenarios::files(&args.paths)?;
    let tasks = plan::check(args, &files)?;
    check_runs(args, &tasks)?;
    let against = args.baseline.as_deref().map(read).transpose()?;
    if let Some(against) = &against {
        // Of the server nothing is known yet.
        check_comparable(against, &tasks, against.server())?;
    }
    let mut baseline = Exports::open_files(&[(to_json, &args.save_baseline)])?.spare(&files)?;
    let inputs = files
        .iter()
        .chain(&args.baseline)
        .chain(&args.save_baseline);
    let job = Job::of_load(Command::Check, tasks, &args.server, &args.output, inputs)?;
    let done = perform(Job { against, ..job })?;
    if done.exit == Exit::AsExpected {
        let Done { results, .. } = done;
        let written = unless_hurried(move || {
            baseline.save(&results)?;
            baseline.finish(&results)
        })?;
        return written.map_or(Ok(Exit::Interrupted), |written| written.map(|()| done.exit));
    }
    if args.save_baseline.is_some() {
        exit::warn("the baseline is not saved, since not everything is as expected");
    }
    Ok(done.exit)
}
