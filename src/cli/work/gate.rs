//! What the results are held to: expectations, thresholds, older results.

use anyhow::{Result, bail};

use super::super::exit::{Exit, Usage};
use super::super::plan::Task;
use crate::database::postgres::Fingerprint;
use crate::report::{
    Change, Dossier, Of, Report, Results, Study, changes, differences, expectations, unmatched,
};

/// The exit code, by the order of precedence that the command line documents.
pub(super) fn judge(results: &Results, is_stopped: bool) -> Exit {
    let dossier = &results.dossier;
    let cells = dossier.loads().flat_map(|load| &load.cells);
    let mut runs = cells.flat_map(|cell| &cell.runs);
    if runs.any(|run| run.faults.any()) {
        return Exit::Failed;
    }
    if is_stopped {
        return Exit::Interrupted;
    }
    let all = expectations(dossier);
    let fails = |of: fn(Of) -> bool| all.iter().any(|e| of(e.of) && !e.holds);
    let against = results.against.as_ref();
    let is_slower = |before| changes(dossier, before).iter().any(Change::is_slower);
    if fails(|of| of != Of::Threshold) {
        Exit::Unexpected
    } else if fails(|of| of == Of::Threshold) {
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
fn planned(task: &Task, server: Option<&Fingerprint>) -> Study {
    let report = task.load.as_ref().zip(server).map(|(load, server)| Report {
        sim_version: String::new(),
        started_unix_s: 0,
        scenario: load.scenario.clone(),
        server: server.clone(),
        cells: load.cells.clone(),
    });
    Study {
        load: report,
        ..task.study.clone()
    }
}
