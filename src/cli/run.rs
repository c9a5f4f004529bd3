//! `sim run`: full speed, one or more cells.

use anyhow::Result;

use super::args::RunArgs;
use super::exit::Exit;
use super::export::Exports;
use super::plan;
use super::progress::Display;
use super::work::{Job, perform};
use crate::report::Command;

/// What the first of two signals leads to.
pub(super) const STOPPING: &str = "no new buyers; running checkouts finish";

pub(super) fn run(args: &RunArgs) -> Result<Exit> {
    let task = plan::run(args)?;
    let quiet = args.output.quiet;
    let done = perform(Job {
        tasks: vec![task],
        against: None,
        server: Some(args.database.server.clone()),
        keep: args.database.keep,
        exports: Exports::of_load(&args.output)?.spare(&args.scenario)?,
        specs: None,
        command: Command::Run,
        prints: !quiet.quiet,
        display: Display::new(quiet),
        stopping: STOPPING,
    })?;
    Ok(done.exit)
}
