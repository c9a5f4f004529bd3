//! What callers were told when a schedule has ended.

use super::buyer::Actor;
use super::comings::Comings;
use crate::explore::case::Case;
use crate::explore::release::TookSeveral;
use crate::flow::{Ended, step_raised, step_told};
use crate::oracle::serial::Told;
use crate::oracle::{Raised, StepTold, has_order};
use crate::shop::{Cart, Outcome};
use crate::subject;
use crate::value::{State, Value};

/// One outcome for each step of each buyer. A checkout that was cut while its sale
/// was in doubt is looked up.
pub(super) fn outcomes(case: &Case, buyers: &[Actor], state: &State) -> Vec<Outcome> {
    let steps = case.terms.steps();
    let mut told = Vec::with_capacity(steps * buyers.len());
    for (buyer, cart) in buyers.iter().zip(&case.carts) {
        let ended = buyer.ended.iter().flatten();
        told.extend(ended.map(|(checkout, _)| match checkout.outcome {
            Outcome::Unknown if case.own().is_some() => Outcome::Unknown,
            Outcome::Unknown if has_order(state, cart.key) => Outcome::Sold,
            Outcome::Unknown => Outcome::Failed,
            known => known,
        }));
        if buyer.ended.is_none() {
            told.extend(std::iter::repeat_n(Outcome::NotStarted, steps));
        }
    }
    told
}

/// Each step of each session that came, with its number and its buyer.
fn steps_of_all<'a>(
    case: &'a Case,
    buyers: &'a [Actor],
) -> impl Iterator<Item = (u32, &'a Cart, u32, &'a Ended)> {
    let buyers = (0..).zip(buyers).zip(&case.carts);
    buyers.flat_map(|((session, buyer), cart)| {
        let steps = (0..).zip(buyer.ended.iter().flatten());
        steps.map(move |(step, ended)| (session, cart, step, ended))
    })
}

/// The errors that reached callers. On a shop a race that was lost is none: there the outcome
/// says it.
pub(super) fn errors(case: &Case, buyers: &[Actor]) -> Vec<Raised> {
    let of = |(session, _, _, (checkout, _)): (u32, &Cart, u32, &Ended)| {
        let is_told = case.own().is_some() || checkout.outcome == Outcome::Failed;
        step_raised(session, checkout).filter(|_| is_told)
    };
    steps_of_all(case, buyers).filter_map(of).collect()
}

/// The statements that took several rows.
pub(super) fn took_several(buyers: &[Actor]) -> Vec<TookSeveral> {
    let of = |(session, buyer): (u32, &Actor)| {
        let lines = buyer.took_several.clone().into_iter();
        lines.map(move |line| TookSeveral { session, line })
    };
    (0..).zip(buyers).flat_map(of).collect()
}

/// What every session was told, as invariants can join it.
pub(super) fn rows(case: &Case, buyers: &[Actor]) -> Vec<StepTold> {
    let operations = subject::operations(case.terms.cell.subject).unwrap_or_default();
    let of = |(session, cart, step, (checkout, memory)): (u32, &Cart, u32, &Ended)| {
        step_told((session, step), &operations, cart, checkout, memory)
    };
    steps_of_all(case, buyers).map(of).collect()
}

/// What every session was told, as it is compared with serial orders: that it failed, and not of
/// which error, which [`judge_own`](crate::oracle::judge_own) judges.
pub(super) fn answers(case: &Case, buyers: &[Actor], comings: &Comings) -> Vec<Told> {
    let shows = case.own().map_or(&[][..], |own| &own.shows);
    let of = |(session, buyer): (usize, &Actor)| {
        let Some((checkout, memory)) = buyer.ended.iter().flatten().last() else {
            return Told::absent();
        };
        let is_answered = matches!(checkout.outcome, Outcome::Sold | Outcome::SoldOut);
        let seen = memory.seen.iter().filter(|_| is_answered);
        let shown = seen.filter(|(name, _)| shows.iter().any(|show| **show == **name));
        let value = |value: Option<String>| value.map_or(Value::Null, |v| Value::Text(v.into()));
        Told {
            outcome: checkout.outcome,
            shown: shown
                .map(|(name, seen)| (name.clone(), value(seen.bound())))
                .collect(),
            is_cut: comings.is_cut(session),
            wrote: memory.wrote,
        }
    };
    buyers.iter().enumerate().map(of).collect()
}
