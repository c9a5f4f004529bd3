//! Every schedule of a few buyers, cell by cell.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use super::super::worlds::Worlds;
use super::shared::Work;
use crate::explore::bounds::{Limits, Policy, SearchPlan};
use crate::explore::case::own_case;
use crate::explore::found::Found;
use crate::explore::reduction::{ALL_MAX, Whole};
use crate::flow::Terms;
use crate::oracle::Claim;
use crate::report::{Exploration, ExploredCell, PlannedCell};
use crate::scenario::OwnTables;
use crate::subject;

/// More would share two cores.
const ARENAS_MAX: usize = 8;
/// Of a limit of time, counting takes at most this part: the schedules need the rest.
const COUNTING_SHARE: u32 = 4;
/// What is to be broken breaks soon: of the schedules of a service this part is enough.
const BROKEN_SHARE: u64 = 5;
/// More might not find room on a server of the user's.
const CONNECTIONS_MAX: u32 = 40;

/// How many schedules of so many buyers are run at the same time. Where they come from a service,
/// there is one more than cores, up to the limit: an arena waits for its program now and then, to
/// see it at rest.
pub(super) fn arenas(buyers: u32, has_service: bool) -> usize {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let room = (CONNECTIONS_MAX / (buyers + 1)).max(1) as usize;
    (cores + usize::from(has_service)).min(ARENAS_MAX).min(room)
}

/// What bounds a search: where no flag does, the schedules of a service are run as far as what is
/// expected of them asks for.
fn bounds(asked: &Exploration, expected: Option<Claim>) -> (Limits, Option<usize>) {
    let of_whole = |whole| Limits {
        whole,
        ..asked.limits
    };
    match (asked.limits.whole, expected) {
        (Some(_), Some(Claim::SafeWithin(switches))) => (of_whole(None), Some(switches)),
        (Some(whole), Some(Claim::Verdict(verdict))) if verdict.is_broken() => {
            (of_whole(Some(whole / BROKEN_SHARE)), asked.switches_max)
        }
        (whole, _) => (of_whole(whole), asked.switches_max),
    }
}

impl Work {
    /// Explores on a thread that waits; the schedules have threads of their
    /// own.
    pub(super) async fn step_through(self: &Arc<Self>, planned: Exploration) -> Result<()> {
        let schedules = Arc::new(AtomicU64::new(0));
        let work = {
            let (work, schedules) = (Arc::clone(self), Arc::clone(&schedules));
            self.is_exploring.store(true, Ordering::Relaxed);
            tokio::task::spawn_blocking(move || work.every_cell(planned, &schedules))
        };
        let ended = self.activity.count(&schedules, work).await;
        self.is_exploring.store(false, Ordering::Relaxed);
        ended?
    }

    fn every_cell(&self, planned: Exploration, schedules: &AtomicU64) -> Result<()> {
        let asked = Exploration {
            server: self.worlds.fingerprint(),
            ..planned
        };
        self.lock().study().exploration = Some(asked.clone());
        let sessions = |planned: &PlannedCell| {
            let met = subject::parts(planned.cell.subject);
            met.map_or(asked.shape.buyers, |parts| parts.len() as u32)
        };
        let has_service = asked.tables.as_ref().is_some_and(OwnTables::has_service);
        let fewest = asked.planned.iter().map(sessions).min().unwrap_or(1);
        let worlds = self.worlds.for_tables(
            asked.tables.as_ref(),
            (arenas(fewest, has_service), asked.planned.len()),
        )?;
        for planned in &asked.planned {
            let PlannedCell { cell, expected } = *planned;
            if self.is_stopped.load(Ordering::Relaxed) {
                break;
            }
            let named = cell.to_string();
            self.activity.say(&format!("exploring {named}"));
            schedules.store(0, Ordering::Relaxed);
            let explored = self.one_cell(&worlds, &asked, *planned, schedules);
            let ((found, whole), victims_are_fixed) = explored.context(named.clone())?;
            let fault = found.fault.clone();
            let state = &mut *self.lock();
            let exploration = state.study().exploration.as_mut();
            let exploration = exploration.expect("set above");
            exploration.victims_are_fixed &= victims_are_fixed;
            exploration.cells.push(ExploredCell {
                cell,
                expected,
                whole,
                found,
            });
            state.save()?;
            self.activity.explored();
            if let Some(fault) = fault {
                return Err(anyhow!(fault)).context(named);
            }
        }
        Ok(())
    }

    /// What was found, how many schedules there are, and whether deadlocks had
    /// fixed victims.
    fn one_cell(
        &self,
        worlds: &Worlds,
        asked: &Exploration,
        planned: PlannedCell,
        schedules: &AtomicU64,
    ) -> Result<((Found, Option<Whole>), bool)> {
        let cell = planned.cell;
        let terms = Terms {
            cell,
            max_tries: asked.shape.max_tries,
            retry: asked.shape.retry,
        };
        let case = Arc::new(match &asked.tables {
            None => asked.shape.case(terms),
            Some(tables) => own_case(terms, &asked.shape, tables),
        });
        let has_service = asked.tables.as_ref().is_some_and(OwnTables::has_service);
        let arenas = arenas(case.carts.len() as u32, has_service);
        let began = Instant::now();
        let counting = asked.limits.time.map(|time| time / COUNTING_SHARE);
        let whole = match has_service {
            // What a program does is not known.
            true => None,
            false => Whole::count(&case, arenas, counting, &self.is_stopped)?,
        };
        let (limits, switches_max) = bounds(asked, planned.expected);
        let limits = Limits {
            time: limits.time.map(|time| time.saturating_sub(began.elapsed())),
            ..limits
        };
        let may_reduce =
            asked.policy == Policy::Exhaustive && asked.switches_max.is_none() && !has_service;
        let plan = SearchPlan {
            policy: asked.policy,
            reduce: may_reduce && asked.reduction.applies(cell.level, whole),
            reduce_beyond: (may_reduce && asked.reduction.is_open(cell.level, whole))
                .then_some(ALL_MAX),
            switches_max,
            limits,
            // The requests of a service are not released at the same time.
            races: match &asked.tables {
                Some(tables) if !has_service => tables.races,
                _ => 0,
            },
            victims_are_fixed: true,
            reproduce: false,
        };
        let tick = || {
            schedules.fetch_add(1, Ordering::Relaxed);
        };
        let explored = worlds.explore((&case, &asked.shape), arenas, plan, &self.is_stopped, &tick);
        let (found, victims_are_fixed) = explored?;
        Ok(((found, whole), victims_are_fixed))
    }
}
