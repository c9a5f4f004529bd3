//! Many buyers at full speed, in rounds.

use std::sync::Arc;

use anyhow::{Context, Result};

use super::super::around::now_unix_s;
use super::super::plan::Load;
use super::shared::Work;
use crate::flow::Terms;
use crate::load::{self, Progress};

impl Work {
    /// Every cell once, then every cell again: strategies that are compared
    /// share whatever the machine was doing meanwhile.
    pub(super) async fn let_in(&self, load: Load) -> Result<()> {
        let Load { scenario, cells } = load;
        let mut schema = self.worlds.schema().await?;
        if let Some(planned) = &mut self.lock().study().load {
            planned.started_unix_s = now_unix_s();
            planned.server = self.worlds.fingerprint();
        }
        for run in 1..=scenario.runs {
            for (number, cell) in cells.iter().enumerate() {
                if self.stop.is_set() {
                    break;
                }
                let terms = Terms {
                    cell: cell.cell,
                    max_tries: scenario.max_tries,
                    retry: scenario.retry,
                };
                let named = cell.cell.to_string();
                self.activity.say(&format!("run {run}: {named}"));
                let progress = Arc::new(Progress::default());
                let work = load::run(&mut schema, &scenario, terms, run, &self.stop, &progress);
                let result = self.activity.follow(&scenario, &progress, work).await;
                let result = result.context(named)?;
                let state = &mut *self.lock();
                let load = state.study().load.as_mut();
                load.expect("planned").cells[number].runs.push(result);
                state.save()?;
            }
        }
        schema.close().await;
        Ok(())
    }
}
