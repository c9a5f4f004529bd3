//! What the results are held to: expectations, thresholds, older results.

use anyhow::{Result, bail};

use super::super::around::now_unix_s;
use super::super::exit::{Exit, Usage};
use super::super::plan::Task;
use crate::database::Fingerprint;
use crate::report::{
    Change, CutShort, Dossier, Of, Report, Results, Status, Study, changes, differences,
    expectations, unmatched,
};

/// The exit code, by the order of precedence that the command line documents.
pub(super) fn judge(results: &Results) -> Exit {
    let dossier = &results.dossier;
    let all = expectations(dossier);
    if all.iter().any(|e| e.status == Status::Error) {
        return Exit::Failed;
    }
    match dossier.cut_short {
        Some(CutShort::Failed(_)) => return Exit::Failed,
        Some(CutShort::Interrupted) => return Exit::Interrupted,
        None => {}
    }
    let any = |status, of: fn(Of) -> bool| all.iter().any(|e| of(e.of) && e.status == status);
    let against = results.against.as_ref();
    let is_slower = |before| changes(dossier, before).iter().any(Change::is_slower);
    if any(Status::Differs, |of| of != Of::Threshold) {
        Exit::Unexpected
    } else if any(Status::Unproven, |of| of != Of::Threshold) {
        Exit::Unproven
    } else if any(Status::Differs, |of| of == Of::Threshold) {
        Exit::Threshold
    } else if against.is_some_and(is_slower) {
        Exit::Slower
    } else {
        Exit::AsExpected
    }
}

/// Refuses older results of something else, by name, before any buyer comes.
pub(in super::super) fn check_comparable(
    against: &Dossier,
    tasks: &[Task],
    server: Option<&Fingerprint>,
) -> Result<()> {
    let planned = Dossier {
        studies: tasks.iter().map(|task| planned(task, server)).collect(),
        ..against.clone()
    };
    let mut found = differences(&planned, against);
    found.extend(unmatched(&planned, against));
    if found.is_empty() {
        return Ok(());
    }
    bail!(Usage(format!(
        "--baseline holds results that cannot be compared with these\n  {}",
        found.join("\n  ")
    )));
}

/// The study as it will be, still without runs.
pub(super) fn planned(task: &Task, server: Option<&Fingerprint>) -> Study {
    let report = task.load.as_ref().map(|load| Report {
        sim_version: env!("CARGO_PKG_VERSION").into(),
        started_unix_s: now_unix_s(),
        scenario: load.scenario.clone(),
        tables: load.tables.clone(),
        server: server.cloned(),
        cells: load.cells.clone(),
    });
    Study {
        load: report,
        exploration: task.exploration.clone(),
        ..task.study.clone()
    }
}
