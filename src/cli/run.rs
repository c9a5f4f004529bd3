//! `sim run`: full speed, one or more cells.

use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::runtime::{self, Runtime};

use super::args::RunArgs;
use super::database::{Database, Wanted};
use super::exit::{self, Exit};
use super::export::Exports;
use super::plan::{Plan, plan};
use super::print;
use super::progress::Display;
use super::signals::Signals;
use super::stage::{all_told, clean_up, now_unix_s, start};
use crate::checkout::Terms;
use crate::driver::{self, Progress, Reason, Stop};
use crate::report::{FORMAT, Report, to_csv, to_terminal};

/// What the first of two signals leads to.
const RUNNING: &str = "no new buyers; running checkouts finish";

pub(super) fn run(args: &RunArgs) -> Result<Exit> {
    let plan = plan(args)?;
    let mut exports = Exports::open(&[
        (
            |report: &Report| Ok(report.to_json()),
            &args.output.export_json,
        ),
        (|report| Ok(to_csv(report)?), &args.output.export_csv),
    ])?;
    let display = Display::new(!args.output.quiet && !args.output.no_progress);
    let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::listen()?
    };
    let connections = plan.scenario.connections;
    let wanted = Wanted {
        connections,
        schemas: 1,
        keep: args.database.keep,
    };
    let server = &args.database.server;
    let Some(mut database) = start(&runtime, &mut signals, server, wanted, display)? else {
        runtime.shutdown_background();
        return Ok(Exit::Interrupted);
    };

    let mut sale = Sale::new(display);
    let ended = sale.hold(&runtime, signals, &mut database, &mut exports, plan);
    // Buyers that an early end leaves behind lose their connections here.
    runtime.shutdown_background();
    let died = database.has_died();
    let may_be_late = sale.stop.is_set() && matches!(ended, Ok(None));
    let cleaned = clean_up(database, may_be_late, false);

    let (mut printed, mut exported) = (Ok(()), Ok(()));
    if let Some(report) = &sale.report {
        if !args.output.quiet {
            printed = print(&to_terminal(report));
        }
        exported = exports.finish(report);
    }
    if let Some(why) = died {
        exit::warn(&why);
    }
    let exit = all_told(ended, [cleaned, printed, exported])?;
    Ok(exit.unwrap_or_else(|| judge(sale.report.as_ref(), &sale.stop)))
}

/// The exit code of what was found, by the order of precedence that the
/// command line documents.
fn judge(report: Option<&Report>, stop: &Stop) -> Exit {
    let Some(report) = report else {
        return Exit::Failed;
    };
    let mut runs = report.cells.iter().flat_map(|cell| &cell.runs);
    if runs.any(|run| run.faults.any()) {
        return Exit::Failed;
    }
    if stop.is_set() {
        return Exit::Interrupted;
    }
    if report.summaries().iter().all(|s| s.is_as_expected()) {
        Exit::AsExpected
    } else {
        Exit::Unexpected
    }
}

/// All runs of one call, and what they have yielded so far.
struct Sale {
    stop: Stop,
    report: Option<Report>,
    display: Display,
}

impl Sale {
    fn new(display: Display) -> Self {
        Self {
            stop: Stop::default(),
            report: None,
            display,
        }
    }

    /// Runs until all is done or somebody asks twice for an end; then the exit
    /// code is settled.
    fn hold(
        &mut self,
        runtime: &Runtime,
        mut signals: Signals,
        database: &mut Database,
        exports: &mut Exports<Report>,
        plan: Plan,
    ) -> Result<Option<Exit>> {
        let stop = self.stop.clone();
        let hurried = runtime.block_on(async {
            tokio::select! {
                ended = self.all_runs(database, exports, plan) => ended.map(|()| false),
                () = signals.twice(|| stop.now(Reason::Interrupted), RUNNING) => Ok(true),
            }
        })?;
        if !hurried {
            return Ok(None);
        }
        if let Some(report) = &self.report {
            exports.save(report)?;
        }
        Ok(Some(Exit::Interrupted))
    }

    /// Every cell once, then every cell again: strategies that are compared
    /// share whatever the machine was doing meanwhile.
    async fn all_runs(
        &mut self,
        database: &mut Database,
        exports: &mut Exports<Report>,
        plan: Plan,
    ) -> Result<()> {
        let Plan { scenario, cells } = plan;
        let mut schema = database.create_schema().await?;
        let report = self.report.insert(Report {
            format: FORMAT,
            sim_version: env!("CARGO_PKG_VERSION").into(),
            started_unix_s: now_unix_s(),
            server: schema.fingerprint().await?,
            scenario: scenario.clone(),
            cells,
        });
        let buyers = u64::from(scenario.buyers);
        let total = buyers * u64::from(scenario.runs) * report.cells.len() as u64;
        let mut bar = self.display.buyers(total);
        for run in 1..=scenario.runs {
            for number in 0..report.cells.len() {
                if self.stop.is_set() {
                    break;
                }
                let cell = &report.cells[number];
                let terms = Terms {
                    strategy: cell.strategy,
                    isolation: cell.isolation,
                    max_tries: scenario.max_tries,
                };
                let progress = Arc::new(Progress::default());
                let work = driver::run(&mut schema, &scenario, terms, run, &self.stop, &progress);
                let result = bar
                    .follow(cell, run, scenario.buyers, &progress, work)
                    .await;
                let named = || format!("{} at {}", cell.strategy, cell.isolation);
                let result = result.with_context(named)?;
                report.cells[number].runs.push(result);
                exports.save(report)?;
            }
        }
        schema.close().await;
        Ok(())
    }
}
