//! What callers were told.

use std::sync::Arc;

use super::application::{Application, RequestTold, STATUS};
use super::floor::ProgramFloor;
use crate::explore::case::Case;
use crate::explore::worlds::comings::Comings;
use crate::oracle::StepTold;
use crate::oracle::serial::Told;
use crate::shop::Outcome;
use crate::value::Value;

/// As it is compared: the status, and the values that are named. The caller of a request that failed
/// when its connection was cut knows of nothing whether it happened.
pub(super) fn compared(case: &Case, floor: &ProgramFloor, comings: &Comings) -> Vec<Told> {
    let shows = case.own().map_or(&[][..], |own| &own.shows);
    let is_shown = |name: &str| name == STATUS || shows.iter().any(|show| **show == *name);
    let of = |(session, (told, wrote)): (usize, (&Option<RequestTold>, bool))| {
        let Some(told) = told else {
            return Told::absent();
        };
        let is_answered = matches!(told.outcome, Outcome::Sold | Outcome::SoldOut);
        let shown = told.shown.iter().filter(|_| is_answered);
        let shown = shown.filter(|(name, _)| is_shown(name));
        let value = |value: &Option<String>| match value {
            None => Value::Null,
            Some(text) => Value::Text(text.as_str().into()),
        };
        Told {
            outcome: told.outcome,
            shown: shown
                .map(|(name, seen)| (Arc::clone(name), value(seen)))
                .collect(),
            is_cut: told.outcome == Outcome::Failed && comings.is_cut(session),
            wrote,
        }
    };
    let all = floor.told.iter().zip(floor.wrote());
    all.enumerate().map(of).collect()
}

/// As invariants can join it.
pub(super) fn joined(
    case: &Case,
    floor: &ProgramFloor,
    application: &impl Application,
) -> Vec<StepTold> {
    let sessions = (0..).zip(&floor.told).zip(&case.carts);
    let told = sessions.filter_map(|((session, told), cart)| {
        let told = told.as_ref()?;
        Some(StepTold {
            session,
            step: 0,
            operation: application.request(session as usize).into(),
            buyer: i64::from(cart.buyer) + 1,
            checkout_key: cart.key.0,
            outcome: told.outcome,
            tries: 1,
            variables: told.shown.clone(),
        })
    });
    told.collect()
}
