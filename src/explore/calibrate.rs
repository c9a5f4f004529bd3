//! What shows where sessions come one after the other: of that, no race is the cause.

use super::arena::{Arena, Choice, End, Seat, StepError};
use super::case::Case;
use crate::oracle::{WithoutRace, generated};

/// Sessions of more than this are tried one after the other in the orders that begin with
/// each of them, and not in every order.
const EVERY_ORDER_MAX: usize = 4;

/// How much later every sequence begins in the second run of an order. No script that steps
/// through a few numbers comes from one run into the other.
const SHIFT: i64 = 1_000;

/// Lets the sessions of tables of the user's own come one after the other, in every order
/// and twice in each, and keeps what shows. On a shop nothing is done.
///
/// # Errors
/// The database failed.
pub async fn calibrate<A: Arena>(arena: &mut A, case: &Case) -> Result<(), StepError> {
    let Some(own) = case.own().filter(|own| !own.is_calibrated()) else {
        return Ok(());
    };
    let mut shown = WithoutRace::default();
    for order in orders(case.carts.len()) {
        let first = one_after_the_other(arena, &order, 0).await?;
        own.note_left(&arena.left().await?);
        let second = one_after_the_other(arena, &order, SHIFT).await?;
        for end in [&first, &second] {
            let broken = end.broken.iter().map(|broken| broken.invariant.to_string());
            shown.broken.extend(broken);
            shown
                .raised
                .extend(end.raised.iter().map(|raised| raised.code.clone()));
        }
        shown
            .generated
            .extend(generated(&first.state, &second.state));
    }
    arena.shift_sequences(0);
    arena.reset().await?;
    own.calibrate(shown, arena.state().await?);
    Ok(())
}

async fn one_after_the_other<A: Arena>(
    arena: &mut A,
    order: &[usize],
    shift: i64,
) -> Result<End, StepError> {
    arena.shift_sequences(shift);
    arena.reset().await?;
    let mut events = Vec::new();
    for &session in order {
        while arena.seats()[session] == Seat::Parked {
            arena.admit(Choice::Step(session), &mut events).await?;
        }
    }
    arena.end().await
}

/// Every order of so many sessions; of more than a few, those that begin with each.
fn orders(sessions: usize) -> Vec<Vec<usize>> {
    if sessions > EVERY_ORDER_MAX {
        let rotated = |first: usize| (0..sessions).map(move |at| (first + at) % sessions);
        return (0..sessions)
            .map(|first| rotated(first).collect())
            .collect();
    }
    let mut orders = vec![Vec::new()];
    for _ in 0..sessions {
        let longer = |order: &Vec<usize>| {
            let order = order.clone();
            let missing: Vec<usize> = (0..sessions).filter(|s| !order.contains(s)).collect();
            missing
                .into_iter()
                .map(move |next| [order.as_slice(), &[next]].concat())
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    orders
}
