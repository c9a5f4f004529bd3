//! What shows where sessions come one after the other: of that, no race is the cause. And what
//! the judge without a rule learns from: the ends of every serial order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::advance::{SequencePlan, plan_sequences};
use super::arena::{Arena, End, Seat, StepError};
use super::case::Case;
use super::own::{OwnGround, end_tables, serial_end};
use super::schedule::{Choice, letter};
use super::trace::until_steady;
use crate::oracle::serial::{ActorName, Calibration, SerialJudge, SerialRuns, may_hold_a_time};
use crate::oracle::{WithoutRace, generated};
use crate::value::Value;

/// So many sessions come one after the other in every order, and in every order of some of
/// them: 326 orders of five, and 1,957 of six. Of more, those orders are tried that begin with
/// each session, and the judge that needs all of them is not asked.
pub const EVERY_ORDER_MAX: usize = 5;

/// A time that is kept in whole seconds differs between two runs that are so far apart.
const BETWEEN_RUNS: Duration = Duration::from_millis(1_050);

/// Lets the sessions of tables of the user's own come one after the other, three times in each
/// order, and keeps what shows. On a shop nothing is done.
///
/// # Errors
/// The database failed, or the ends cannot be compared.
pub async fn calibrate<A: Arena>(arena: &mut A, case: &Case) -> Result<(), StepError> {
    let Some(own) = case.own().filter(|own| !own.is_calibrated()) else {
        return Ok(());
    };
    let all: Vec<usize> = (0..case.carts.len()).collect();
    let has_every_order = all.len() <= EVERY_ORDER_MAX;
    let orders = match has_every_order {
        true => every_order(all.len()),
        false => rotated(all.len()),
    };
    arena.reset().await?;
    let start = arena.state().await?;
    let plan = plan_sequences(&arena.sequences().await?);
    let first = in_turn(arena, own, &orders, &[]).await?;
    let began = Instant::now();
    let advanced = in_turn(arena, own, &orders, &plan.steps).await?;
    let tables = end_tables(&start);
    if first
        .iter()
        .any(|end| may_hold_a_time(&tables, &serial_end(end)))
    {
        tokio::time::sleep(BETWEEN_RUNS.saturating_sub(began.elapsed())).await;
    }
    let second = in_turn(arena, own, &orders, &[]).await?;
    let mut shown = WithoutRace::default();
    for (at, order) in orders.iter().enumerate() {
        for end in [&first[at], &second[at], &advanced[at]] {
            note(end, order.len() == all.len(), &mut shown);
        }
        if !has_every_order {
            for other in [&second[at], &advanced[at]] {
                let moved = generated(&first[at].state, &other.state);
                shown.generated.extend(moved);
            }
        }
    }
    let judge = match has_every_order {
        false => None,
        true => {
            let runs = Runs {
                orders,
                same: [first, second],
                advanced,
            };
            let calibration = runs.calibration(case, own, &plan, tables);
            Some(learned(arena, own, calibration, &plan).await?)
        }
    };
    arena.invite(&all);
    arena.advance_sequences(&[]);
    arena.reset().await?;
    own.calibrate(shown, &arena.state().await?, judge);
    Ok(())
}

/// What breaks and what raises where all sessions come one after the other.
fn note(end: &End, are_all: bool, shown: &mut WithoutRace) {
    if are_all {
        let broken = end.broken.iter().map(|broken| broken.invariant.to_string());
        shown.broken.extend(broken);
        let raised = end.raised.iter().map(|raised| raised.code.clone());
        shown.raised.extend(raised);
    }
}

/// The ends of every order that was tried, in their sequence.
struct Runs {
    orders: Vec<Vec<usize>>,
    same: [Vec<End>; 2],
    advanced: Vec<End>,
}

impl Runs {
    fn calibration(
        self,
        case: &Case,
        own: &OwnGround,
        plan: &SequencePlan,
        start: Vec<crate::oracle::serial::EndTable>,
    ) -> Calibration {
        let [first, second] = &self.same;
        let runs = |(at, order): (usize, &Vec<usize>)| SerialRuns {
            order: order.clone(),
            same: [serial_end(&first[at]), serial_end(&second[at])],
            advanced: serial_end(&self.advanced[at]),
            alone: Vec::new(),
        };
        let name = |(session, cart): (usize, &crate::shop::Cart)| {
            let (buyer, key) = (i64::from(cart.buyer) + 1, cart.key.0);
            let mut keys = vec![Value::Text(buyer.to_string().into())];
            if key != buyer {
                keys.push(Value::Text(key.to_string().into()));
            }
            ActorName {
                letter: letter(session),
                keys,
            }
        };
        Calibration {
            actors: case.carts.iter().enumerate().map(name).collect(),
            start,
            serials: self.orders.iter().enumerate().map(runs).collect(),
            sequences: plan.advanced.clone(),
            ignore: own.ignores.clone(),
            ordered: own.ordered.clone(),
        }
    }
}

/// The judge; where an advanced sequence changed more than its own numbers, with runs that tell
/// which one it was.
async fn learned<A: Arena>(
    arena: &mut A,
    own: &OwnGround,
    mut calibration: Calibration,
    plan: &SequencePlan,
) -> Result<SerialJudge, StepError> {
    let judge = |calibration: Calibration| {
        SerialJudge::new(calibration).map_err(|fault| StepError::Unsupported(fault.to_string()))
    };
    let learned = judge(calibration.clone())?;
    if learned.notes().by_value.is_empty() || plan.steps.len() < 2 {
        return Ok(learned);
    }
    let orders: Vec<Vec<usize>> = calibration
        .serials
        .iter()
        .map(|runs| runs.order.clone())
        .collect();
    for (step, sequence) in plan.steps.iter().zip(&plan.advanced) {
        let ends = in_turn(arena, own, &orders, std::slice::from_ref(step)).await?;
        for (runs, end) in calibration.serials.iter_mut().zip(&ends) {
            runs.alone
                .push((Arc::clone(&sequence.name), serial_end(end)));
        }
    }
    judge(calibration)
}

/// The end of each of these orders, with sequences that begin so many steps later. What scripts
/// leave in their sessions is noted.
async fn in_turn<A: Arena>(
    arena: &mut A,
    own: &OwnGround,
    orders: &[Vec<usize>],
    later: &[(Arc<str>, i64)],
) -> Result<Vec<End>, StepError> {
    arena.advance_sequences(later);
    let mut ends = Vec::new();
    for order in orders {
        let end = until_steady(async || one_after_the_other(arena, order).await);
        ends.push(end.await?);
        if later.is_empty() {
            own.note_left(&arena.left().await?);
        }
    }
    Ok(ends)
}

async fn one_after_the_other<A: Arena>(arena: &mut A, order: &[usize]) -> Result<End, StepError> {
    arena.invite(order);
    arena.reset().await?;
    let mut events = Vec::new();
    for &session in order {
        while arena.seats()[session] == Seat::Parked {
            arena.admit(Choice::Step(session), &mut events).await?;
        }
    }
    arena.end().await
}

/// Every order of so many sessions and of each part of them, of none too.
fn every_order(sessions: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    let mut at = 0;
    while at < orders.len() {
        let order: Vec<usize> = orders[at].clone();
        let missing = (0..sessions).filter(|session| !order.contains(session));
        orders.extend(missing.map(|session| [&*order, &[session]].concat()));
        at += 1;
    }
    orders
}

/// An order that begins with each of so many sessions.
fn rotated(sessions: usize) -> Vec<Vec<usize>> {
    let rotated = |first: usize| (0..sessions).map(move |at| (first + at) % sessions);
    (0..sessions)
        .map(|first| rotated(first).collect())
        .collect()
}
