//! `sim check`: the gate for CI.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::args::CheckArgs;
use super::around::unless_hurried;
use super::commands;
use super::exit::{self, Exit, Usage};
use super::export::{Exports, to_json};
use super::plan::{self, Task};
use super::report::read;
use super::scenarios;
use super::work::{Done, Job, check_comparable, perform};
use crate::report::{Command, SourceFile};

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

/// The scenario files whose lines are annotated: all of them in a workflow of GitHub, by
/// their paths from the root of the repository.
fn annotated(files: &[PathBuf]) -> Vec<SourceFile> {
    if std::env::var_os("GITHUB_ACTIONS").is_none_or(|is_set| is_set != "true") {
        return Vec::new();
    }
    let root = std::env::var_os("GITHUB_WORKSPACE").map(PathBuf::from);
    let root = root.and_then(|root| root.canonicalize().ok());
    let from_root = |path: &PathBuf| {
        let whole = path.canonicalize().ok()?;
        Some(whole.strip_prefix(root.as_ref()?).ok()?.to_owned())
    };
    let source = |path: &PathBuf| SourceFile {
        path: from_root(path)
            .as_ref()
            .unwrap_or(path)
            .display()
            .to_string(),
        // What cannot be read twice, such as a pipe, has no lines to point at.
        text: std::fs::read_to_string(path).unwrap_or_default(),
    };
    files.iter().map(source).collect()
}

pub(super) fn check(args: &CheckArgs) -> Result<Exit> {
    let files = scenarios::files(&args.paths)?;
    let tasks = plan::check(args, &files)?;
    commands::refuse(&tasks, args.allow_commands)?;
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
    let annotated = annotated(&files);
    let done = perform(Job {
        against,
        annotated,
        ..job
    })?;
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
