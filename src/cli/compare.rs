//! `sim compare`: strategies side by side on one scenario, with the proof.

use anyhow::Result;

use super::args::CompareArgs;
use super::exit::Exit;
use super::export::Exports;
use super::plan;
use super::progress::Display;
use super::run::STOPPING;
use super::work::{Job, perform};
use crate::report::comparison_to_terminal;

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
        page: (!quiet.quiet).then_some(comparison_to_terminal),
        display: Display::new(quiet),
        stopping: STOPPING,
    })?;
    Ok(done.map_or(Exit::Interrupted, |done| done.exit))
}
