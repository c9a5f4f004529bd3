//! `sim compare`: strategies side by side on one scenario, with the proof.

use anyhow::Result;

use super::args::CompareArgs;
use super::exit::Exit;
use super::export::Exports;
use super::plan;
use super::progress::Display;
use super::run::STOPPING;
use super::work::{Job, perform};
use crate::report::Command;

pub(super) fn compare(args: &CompareArgs) -> Result<Exit> {
    let task = plan::compare(args)?;
    let quiet = args.output.quiet;
    let done = perform(Job {
        tasks: vec![task],
        against: None,
        server: Some(args.server.clone()),
        keep: false,
        exports: Exports::of_load(&args.output)?.spare(&args.scenario)?,
        specs: None,
        command: Command::Compare,
        prints: !quiet.quiet,
        display: Display::new(quiet),
        stopping: STOPPING,
    })?;
    Ok(done.exit)
}
