//! Full speed: many buyers at once, recorded and audited.

mod arrivals;
mod buyer;
mod client;
mod connect;
mod cpu;
mod floor;
mod lane;
mod latency;
mod patience;
mod progress;
mod queue;
mod record;
mod resolve;
mod result;
mod shelves;
mod stake;
mod stop;
mod till;
mod timeline;

use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use crate::database::{Schema, ServerError};
use crate::flow::Terms;
use crate::oracle::{Account, Audit, Doubt, Plan, Tally, audit, judge};
use crate::scenario::Scenario;
use crate::shop::{Outcome, Supply};
use crate::subject;

use floor::{Floor, micros};
use lane::Lanes;
use patience::{RECONNECT_MAX, patiently};
use record::Record;

pub use lane::lanes;
pub use latency::Latency;
pub use progress::{Glimpse, Progress};
pub use result::{Effort, Faults, LineTiming, Resolved, RunResult, Signs, Timing};
pub use stop::{Reason, Stop};
pub use timeline::Timeline;

/// Runs the scenario once at full speed, and audits what the database holds
/// afterwards.
///
/// # Errors
/// The run could not begin: no tables, or not enough connections. Whatever
/// happens later is part of the result.
///
/// # Panics
/// If a buyer is lost.
pub async fn run(
    schema: &mut Schema,
    scenario: &Scenario,
    terms: Terms,
    run: u32,
    stop: &Stop,
    progress: &Arc<Progress>,
) -> Result<RunResult, ServerError> {
    let supply = scenario.supply();
    let stock_check = subject::has_stock_check(terms.cell.subject);
    patiently(schema, RECONNECT_MAX, async |schema| {
        schema.lay_out(&supply, stock_check).await
    })
    .await?;
    let (stop, progress) = (stop.clone(), Arc::clone(progress));
    let floor = Arc::new(Floor::new(scenario, terms, run, stop, progress));
    let mut lanes = Lanes::open(&floor, &schema.connector()).await?;
    let (record, watched) = arrivals::shop(&floor, &mut lanes, schema).await;

    let mut told = record.told(floor.carts.len(), terms.steps());
    let audited = look_back(&floor, &record, schema, &mut told, &supply).await;
    Ok(put_together(&floor, record, &watched, &told, audited))
}

/// Looks up unknown outcomes, then audits the ledger.
async fn look_back(
    floor: &Floor,
    record: &Record,
    schema: &mut Schema,
    told: &mut [Outcome],
    supply: &[Supply],
) -> Result<(Resolved, Audit), ServerError> {
    let limit = match floor.stop.reason() {
        // The buyers have been patient already.
        Some(Reason::ServerLost(_)) => Duration::ZERO,
        _ => RECONNECT_MAX,
    };
    let looked_up = patiently(schema, limit, async |schema| {
        let resolved = resolve::resolve(floor, &record.in_doubt, schema, told).await?;
        Ok((resolved, schema.state().await?))
    });
    let (resolved, state) = looked_up.await?;
    let plan = Plan {
        supply,
        carts: &floor.carts,
        told,
    };
    Ok((resolved, audit(&state, plan)))
}

fn put_together(
    floor: &Floor,
    mut record: Record,
    watched: &arrivals::Watched,
    told: &[Outcome],
    audited: Result<(Resolved, Audit), ServerError>,
) -> RunResult {
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
    };
    let (resolved, audit) = match audited {
        Ok((resolved, audit)) => (resolved, Some(audit)),
        Err(error) => {
            faults.not_audited = Some(error.to_string());
            (Resolved::default(), None)
        }
    };
    // A later step may not be reached; the first one always is, but for an early end.
    let is_cut_short = told
        .iter()
        .step_by(steps)
        .any(|t| *t == Outcome::NotStarted);
    let doubts = doubts(audit.as_ref(), &outcomes, is_cut_short);
    let (findings, accounts) = audit.map(|a| (a.findings, a.accounts)).unwrap_or_default();
    RunResult {
        run: floor.run,
        judgement: judge(&findings, doubts, evidence.as_of_load()),
        findings,
        broken: broken(accounts),
        outcomes,
        resolved,
        evidence,
        effort,
        faults,
        elapsed_us: record.elapsed_us(),
        client_cpu_us: micros(watched.client_cpu),
        client_busy_us: micros(record.busy),
        timing: record.timing(told, steps),
    }
}

fn doubts(audit: Option<&Audit>, outcomes: &Tally, is_cut_short: bool) -> Vec<Doubt> {
    let doubts = [
        (Doubt::NotAudited, audit.is_none()),
        (Doubt::Interrupted, is_cut_short),
        (Doubt::UnknownUnresolved, outcomes.unknown > 0),
        (Doubt::BuyersFailed, outcomes.failed > 0),
    ];
    let holding = doubts.into_iter().filter(|(_, holds)| *holds);
    let scarcity = audit.and_then(|audit| audit.scarcity.doubt());
    holding.map(|(doubt, _)| doubt).chain(scarcity).collect()
}

/// The accounts that break something; a clean shop of 10,000 products should
/// not fill the report.
fn broken(mut accounts: Vec<Account>) -> Vec<Account> {
    accounts.retain(|account| !account.is_clean());
    accounts
}
