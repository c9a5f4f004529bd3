//! `sim check`: the gate for CI.

use anyhow::Result;

use super::args::CheckArgs;
use super::exit::{self, Exit};
use super::export::{Exports, to_json};
use super::plan;
use super::progress::Display;
use super::report::read;
use super::run::STOPPING;
use super::work::{Job, check_comparable, perform};
use crate::report::results_to_terminal;

pub(super) fn check(args: &CheckArgs) -> Result<Exit> {
    let tasks = plan::check(args)?;
    let against = args.baseline.as_deref().map(read).transpose()?;
    if let Some(against) = &against {
        // Of the server nothing is known yet.
        check_comparable(against, &tasks, against.server())?;
    }
    let exports = Exports::of_load(&args.output)?;
    let mut baseline = Exports::open_files(&[(to_json, &args.save_baseline)])?;
    let quiet = args.output.quiet;
    let done = perform(Job {
        tasks,
        against,
        server: Some(args.server.clone()),
        keep: false,
        exports,
        specs: None,
        page: (!quiet.quiet).then_some(results_to_terminal),
        display: Display::new(quiet),
        stopping: STOPPING,
    })?;
    let Some(done) = done else {
        return Ok(Exit::Interrupted);
    };
    if done.exit == Exit::AsExpected {
        baseline.save(&done.results)?;
        baseline.finish(&done.results)?;
    } else if args.save_baseline.is_some() {
        exit::warn("the baseline is not saved, since not everything is as expected");
    }
    Ok(done.exit)
}
