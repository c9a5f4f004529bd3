//! Many buyers at full speed, in rounds.

use std::sync::Arc;

use anyhow::{Context, Result};

use super::super::around::now_unix_s;
use super::super::plan::Load;
use super::shared::Work;
use crate::cell::Cell;
use crate::flow::Terms;
use crate::load::{self, LoadGround, Progress, RunResult};

impl Work {
    /// Lets the buyers in: in the shop, on tables of the user's own, or at a service that runs
    /// already.
    pub(super) async fn let_in(&self, load: Load) -> Result<()> {
        let first = (load.cells[0].cell, &load.scenario);
        match (&load.tables, &load.visit) {
            (None, _) => {
                let mut schema = self.worlds.schema().await?;
                self.rounds(&load, (&mut schema).into()).await?;
                schema.close().await;
            }
            (Some(tables), Some(visit)) => {
                let mut service = self.worlds.visit(tables, visit, first).await?;
                self.rounds(&load, (&mut service).into()).await?;
                service.close().await;
            }
            (Some(tables), None) => {
                let mut tables = self.worlds.load_tables(tables, first).await?;
                self.rounds(&load, (&mut tables).into()).await?;
                tables.close().await?;
            }
        }
        Ok(())
    }

    /// Every cell once, then every cell again: strategies that are compared
    /// share whatever the machine was doing meanwhile.
    async fn rounds(&self, load: &Load, mut ground: LoadGround<'_>) -> Result<()> {
        if let Some(planned) = &mut self.lock().study().load {
            planned.started_unix_s = now_unix_s();
            planned.server = self.worlds.fingerprint();
        }
        for run in 1..=load.scenario.runs {
            for (number, cell) in load.cells.iter().enumerate() {
                if self.stop.is_set() {
                    break;
                }
                let result = self.one_run(load, cell.cell, run, ground.again()).await?;
                let state = &mut *self.lock();
                let load = state.study().load.as_mut();
                load.expect("planned").cells[number].runs.push(result);
                state.save()?;
            }
        }
        Ok(())
    }

    async fn one_run(
        &self,
        Load {
            scenario, tables, ..
        }: &Load,
        cell: Cell,
        run: u32,
        ground: LoadGround<'_>,
    ) -> Result<RunResult> {
        let terms = Terms {
            cell,
            max_tries: scenario.max_tries,
            retry: scenario.retry,
        };
        self.activity.say(&format!("run {run}: {cell}"));
        let progress = Arc::new(Progress::default());
        let work = load::run(ground, scenario, terms, run, &self.stop, &progress);
        let result = self
            .activity
            .follow(scenario, tables.is_some(), &progress, work);
        let result = result.await;
        result.context(cell.to_string())
    }
}
