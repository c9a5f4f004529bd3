//! What is found when the last buyer has left.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::alone;
use super::buyer::place;
use super::floor::Floor;
use super::ground::LoadGround;
use super::patience::{RECONNECT_MAX, patiently};
use super::record::Record;
use super::resolve;
use super::result::{CallerError, OwnRun, Resolved};
use super::stop::Reason;
use super::tables::LoadTables;
use super::visited::VisitedService;
use crate::database::{Schema, ServerError};
use crate::oracle::{
    Account, Broken, Doubt, Findings, OwnEnd, Plan, Raised, StepTold, WithoutRace, audit, judge_own,
};
use crate::scenario::OwnTables;
use crate::shop::Outcome;

/// What the database holds against a run.
#[derive(Default)]
pub(super) struct LookedBack {
    pub(super) resolved: Resolved,
    pub(super) findings: Findings,
    /// Of the products of the shop that break something.
    pub(super) accounts: Vec<Account>,
    /// Why it may prove nothing although nothing is broken.
    pub(super) doubt: Option<Doubt>,
    /// On tables of the user's own.
    pub(super) own: Option<OwnRun>,
}

impl LookedBack {
    fn of_own(own: OwnRun, resolved: Resolved, is_idle: bool) -> Self {
        Self {
            resolved,
            doubt: is_idle.then_some(Doubt::NothingChanged),
            own: Some(own),
            ..Self::default()
        }
    }
}

/// Looks up unknown outcomes, then audits what the database holds. `begun_at` is the server's next
/// transaction before the first buyer came ([`LoadGround::next_transaction`]).
pub(super) async fn look_back(
    floor: &Floor,
    record: &Record,
    ground: &mut LoadGround<'_>,
    begun_at: Option<u64>,
    told: &mut [Outcome],
) -> Result<LookedBack, ServerError> {
    let limit = match floor.stop.reason() {
        // The buyers have been patient already.
        Some(Reason::ServerLost(_)) => Duration::ZERO,
        _ => RECONNECT_MAX,
    };
    let mut looked_back = patiently(ground, limit, async |ground| match ground {
        LoadGround::Shop(schema) => in_shop(floor, record, schema, told).await,
        LoadGround::Own(tables) => on_own_tables(floor, record, tables, begun_at, told).await,
        LoadGround::Visited(service) => at_visited(floor, record, service, begun_at, told).await,
    })
    .await?;
    if let Some(own) = &mut looked_back.own {
        let rules = match ground {
            LoadGround::Own(tables) => {
                without_a_race(floor, tables, own).await;
                &tables.rules
            }
            LoadGround::Visited(service) => &service.rules,
            LoadGround::Shop(_) => return Ok(looked_back),
        };
        let raised = match floor.scenario.faults.are_none() {
            true => record.raised.as_slice(),
            // Whether a fault or a race brought an error is not known.
            false => &[],
        };
        looked_back.findings = judged(raised, own, rules);
    }
    Ok(looked_back)
}

async fn in_shop(
    floor: &Floor,
    record: &Record,
    schema: &mut Schema,
    told: &mut [Outcome],
) -> Result<LookedBack, ServerError> {
    let resolved = resolve::resolve(floor, &record.in_doubt, schema, told).await?;
    let plan = Plan {
        supply: &floor.scenario.supply(),
        carts: &floor.carts,
        told,
    };
    let audit = audit(&schema.state().await?, plan);
    let mut accounts = audit.accounts;
    // A clean shop of 10,000 products should not fill the report.
    accounts.retain(|account| !account.is_clean());
    Ok(LookedBack {
        resolved,
        findings: audit.findings,
        accounts,
        doubt: audit.scarcity.doubt(),
        own: None,
    })
}

/// No order tells what became of a script's COMMIT without a reply: its buyer stays in doubt, and
/// is waited for until nothing can come of it any more. Of a buyer at a service a query of the
/// file tells.
async fn on_own_tables(
    floor: &Floor,
    record: &Record,
    tables: &mut LoadTables,
    begun_at: Option<u64>,
    told: &mut [Outcome],
) -> Result<LookedBack, ServerError> {
    tables.stop_service().await;
    resolve::wait_until_gone(&record.in_doubt, tables.ground()).await?;
    let mut spoken = Cow::Borrowed(&record.told);
    let mut resolved = Resolved::default();
    if tables.rules.service.is_some() {
        let found = resolve::look_up_at_service(floor, &record.in_doubt, tables).await?;
        resolved = take_in(floor, record, &found, told);
        for (&(buyer, step, _), outcome) in record.in_doubt.iter().zip(found) {
            let is_meant =
                |told: &&mut StepTold| (told.session, told.step as usize) == (buyer, step);
            if let Some(told) = spoken.to_mut().iter_mut().find(is_meant) {
                told.outcome = outcome;
            }
        }
    }
    // The audit writes what callers were told.
    let has_changed = floor.contest.has_changed();
    let is_idle = match tables.rules.service.is_some() {
        // What is done for a caller need be no write.
        true => !has_changed || begun_at == Some(tables.ground().next_transaction().await?),
        false => !has_changed && !tables.has_changed().await?,
    };
    let broken = tables.audit(&spoken, &record.effects).await?;
    let own = own_run(record, broken, false);
    Ok(LookedBack::of_own(own, resolved, is_idle))
}

/// At a service that runs on nothing is written down: no invariant asks what buyers were told.
async fn at_visited(
    floor: &Floor,
    record: &Record,
    service: &mut VisitedService,
    begun_at: Option<u64>,
    told: &mut [Outcome],
) -> Result<LookedBack, ServerError> {
    let found = resolve::look_up_at_visited(floor, &record.in_doubt, service).await?;
    let resolved = take_in(floor, record, &found, told);
    let broken = service.audit().await?;
    let is_same = begun_at == Some(service.database.next_transaction().await?);
    let is_idle = is_same || !floor.contest.has_changed();
    let own = own_run(record, broken, true);
    Ok(LookedBack::of_own(own, resolved, is_idle))
}

/// What became of buyers in doubt, in their places.
fn take_in(floor: &Floor, record: &Record, found: &[Outcome], told: &mut [Outcome]) -> Resolved {
    let mut resolved = Resolved::default();
    for (&(buyer, step, _), &outcome) in record.in_doubt.iter().zip(found) {
        resolved.count(outcome);
        told[place(buyer, step, floor.terms.steps())] = outcome;
    }
    resolved
}

/// Looks at what shows without a race as well, where anything shows at all.
async fn without_a_race(floor: &Floor, tables: &mut LoadTables, own: &mut OwnRun) {
    let shows = !own.broken.is_empty() || !own.errors.is_empty();
    if shows && !floor.stop.is_set() {
        let alone = alone::one_after_the_other(tables, floor).await;
        // What was found stands, whatever becomes of the second look.
        own.without_race = alone.unwrap_or_default();
    }
}

/// What is broken, held against what shows without a race.
fn judged(raised: &[Raised], own: &OwnRun, rules: &OwnTables) -> Findings {
    let nothing = WithoutRace::default();
    let seen = OwnEnd {
        broken: &own.broken,
        // Which errors only a race brings is not known where nothing else was tried.
        raised: match own.without_race {
            Some(_) => raised,
            None => &[],
        },
    };
    let compared = own.without_race.as_ref().unwrap_or(&nothing);
    judge_own(seen, compared, &rules.allow)
}

/// Before it is known what shows without a race.
fn own_run(record: &Record, broken: Vec<Broken>, is_visited: bool) -> OwnRun {
    OwnRun {
        broken,
        errors: by_code(&record.raised),
        without_race: None,
        is_visited,
    }
}

fn by_code(raised: &[Raised]) -> BTreeMap<String, CallerError> {
    let mut errors: BTreeMap<String, CallerError> = BTreeMap::new();
    for one in raised {
        let error = errors.entry(one.code.clone()).or_default();
        error.count += 1;
        if error.message.is_empty() {
            error.message.clone_from(&one.message);
        }
    }
    errors
}
