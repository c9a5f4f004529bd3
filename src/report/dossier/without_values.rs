//! Results without what came out of a database or a service: for pages that others may see.

use std::sync::Arc;

use super::document::Dossier;
use crate::load::RunResult;

/// What stands for a message.
const NOT_SHOWN: &str = "(a message that is not shown)";

impl Dossier {
    /// The same without rows, messages and the command line. `None` where something was explored:
    /// the steps of a schedule are made of values.
    #[must_use]
    pub fn without_values(mut self) -> Option<Self> {
        if self.studies.iter().any(|study| study.exploration.is_some()) {
            return None;
        }
        self.call = None;
        let loads = self
            .studies
            .iter_mut()
            .filter_map(|study| study.load.as_mut());
        for load in loads {
            if let Some(tables) = &mut load.tables {
                tables.define.clear();
            }
            let cells = load.cells.iter_mut();
            cells.flat_map(|cell| &mut cell.runs).for_each(strip);
        }
        Some(self)
    }
}

fn strip(run: &mut RunResult) {
    if let Some(own) = &mut run.own {
        for broken in &mut own.broken {
            broken.rows = Arc::new(broken.rows.without_values());
        }
        for error in own.errors.values_mut() {
            error.message = NOT_SHOWN.into();
        }
    }
    let faults = &mut run.faults;
    let count = faults.messages.values().sum();
    if count > 0 {
        faults.messages = [(NOT_SHOWN.to_owned(), count)].into();
    }
    let messages = [&mut faults.server_lost, &mut faults.not_audited];
    for message in messages.into_iter().flatten() {
        *message = NOT_SHOWN.into();
    }
}
