//! Full speed: many buyers at once, recorded and audited; in the shop, on tables of the user's own,
//! or at a service that runs already.

mod alone;
mod arrivals;
mod asked;
mod buyer;
mod client;
mod connect;
mod contest;
mod cpu;
mod floor;
mod ground;
mod lane;
mod latency;
mod line;
mod look_back;
mod overlap;
mod patience;
mod progress;
mod queue;
mod record;
mod resolve;
mod result;
mod shelves;
mod stake;
mod stop;
mod tables;
mod till;
mod timeline;
mod visited;

use std::mem::take;
use std::sync::Arc;

use crate::database::ServerError;
use crate::flow::Terms;
use crate::oracle::{Doubt, Tally, judge};
use crate::scenario::{FaultCounts, Scenario};
use crate::shop::Outcome;

use floor::{Floor, micros};
use lane::Lanes;
use look_back::{LookedBack, look_back};
use patience::{RECONNECT_MAX, patiently};
use record::Record;

pub use ground::LoadGround;
pub use lane::lanes;
pub use latency::Latency;
pub use progress::{Glimpse, Progress};
pub use result::{
    CallerError, Effort, Faults, LinePlace, LineTiming, OwnRun, Resolved, RunResult, Signs, Timing,
};
pub use stop::{Reason, Stop};
pub use tables::LoadTables;
pub use timeline::Timeline;
pub use visited::VisitedService;

/// Runs the scenario once at full speed, and audits what the database holds
/// afterwards.
///
/// # Errors
/// The run could not begin: no tables, or not enough connections. Whatever
/// happens later is part of the result.
///
/// # Panics
/// If a buyer is lost.
pub async fn run<'g>(
    ground: impl Into<LoadGround<'g>>,
    scenario: &Scenario,
    terms: Terms,
    run: u32,
    stop: &Stop,
    progress: &Arc<Progress>,
) -> Result<RunResult, ServerError> {
    let mut ground = ground.into();
    patiently(&mut ground, RECONNECT_MAX, async |ground| {
        ground.lay_out(scenario, terms.cell).await
    })
    .await?;
    let (stop, progress) = (stop.clone(), Arc::clone(progress));
    let kind = ground.kind();
    let floor = Arc::new(Floor::new(scenario, terms, run, kind, stop, progress));
    let mut lanes = Lanes::open(&floor, &ground.opener()).await?;
    ground.put_back().await?;
    let begun_at = ground.next_transaction().await?;
    ground.begin_faults(run);
    let (record, watched) = arrivals::shop(&floor, &mut lanes, &mut ground).await;
    let put_in = ground.end_faults();

    let mut told = record.told_of_all(floor.carts.len(), terms.steps());
    let found = look_back(&floor, &record, &mut ground, begun_at, &mut told).await;
    let seen = Seen {
        watched,
        found,
        put_in,
    };
    Ok(put_together(&floor, record, &told, seen))
}

/// What was seen of a run from outside.
struct Seen {
    watched: arrivals::Watched,
    found: Result<LookedBack, ServerError>,
    put_in: Option<FaultCounts>,
}

fn put_together(floor: &Floor, mut record: Record, told: &[Outcome], seen: Seen) -> RunResult {
    let Seen {
        watched,
        found,
        put_in,
    } = seen;
    let outcomes = Tally::of(told);
    let steps = floor.terms.steps();
    outcomes.assert_conserved((floor.carts.len() * steps) as u64);
    let (effort, mut faults) = (take(&mut record.effort), take(&mut record.faults));
    match floor.stop.reason() {
        Some(Reason::Interrupted) => faults.interrupted = true,
        Some(Reason::ServerLost(message)) => faults.server_lost = Some(message),
        None => {}
    }
    let evidence = Signs {
        overlapping: record.contested,
        conflicts: record.contested_lost,
        blocked_waits: watched.blocked_waits,
        looks: watched.looks,
        of_own_tables: floor.contest.is_own(),
    };
    let (found, is_audited) = match found {
        Ok(found) => (found, true),
        Err(error) => {
            faults.not_audited = Some(error.to_string());
            (LookedBack::default(), false)
        }
    };
    // A later step may not be reached; the first one always is, but for an early end.
    let is_cut_short = told
        .iter()
        .step_by(steps)
        .any(|t| *t == Outcome::NotStarted);
    // On tables of the user's own an error of the server is an answer, and no fault.
    let has_failed = match floor.contest.is_own() {
        true => !faults.messages.is_empty(),
        false => outcomes.failed > 0,
    };
    let doubts = [
        (Doubt::NotAudited, !is_audited),
        (Doubt::Interrupted, is_cut_short),
        (Doubt::UnknownUnresolved, outcomes.unknown > 0),
        (Doubt::BuyersFailed, has_failed),
        (Doubt::FaultsMissing, is_missing(floor, put_in)),
        (Doubt::MoreFailed, has_other_failures(put_in, &outcomes)),
    ];
    let doubts = doubts.into_iter().filter(|(_, holds)| *holds);
    let doubts = doubts.map(|(doubt, _)| doubt).chain(found.doubt).collect();
    RunResult {
        run: floor.run,
        judgement: judge(&found.findings, doubts, evidence.as_of_load()),
        findings: found.findings,
        broken: found.accounts,
        outcomes,
        resolved: found.resolved,
        evidence,
        effort,
        faults,
        elapsed_us: record.elapsed_us(),
        client_cpu_us: micros(watched.client_cpu),
        client_busy_us: micros(record.busy),
        timing: record.timing(told, steps, &floor.operations),
        own: found.own,
        put_in,
    }
}

/// Whether a fault was asked for that did not come once.
fn is_missing(floor: &Floor, put_in: Option<FaultCounts>) -> bool {
    put_in.is_some_and(|counts| counts.missing(&floor.scenario.faults).is_some())
}

/// Whether more buyers failed than connections were cut: of one that is cut, an error is the
/// service's right, and of the others something else is the cause.
fn has_other_failures(put_in: Option<FaultCounts>, outcomes: &Tally) -> bool {
    put_in.is_some_and(|counts| outcomes.failed > counts.connections_cut())
}
