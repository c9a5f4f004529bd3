//! What a caller was told of a step, as a judge reads it.

use std::sync::Arc;

use super::checkout::Checkout;
use crate::oracle::{self, Raised, StepTold};
use crate::shop::Cart;
use crate::subject::Memory;

/// What the caller of a step was told, as invariants can join it. `session` and `step` count
/// from 0; `operations` are those of its subject, by name.
#[must_use]
pub fn step_told(
    (session, step): (u32, u32),
    operations: &[Arc<str>],
    cart: &Cart,
    checkout: &Checkout,
    memory: &Memory,
) -> StepTold {
    let operation = operations.get(cart.operation as usize);
    let variables = memory.seen.iter();
    StepTold {
        session,
        step,
        operation: operation.cloned().unwrap_or_else(|| "checkout".into()),
        buyer: i64::from(cart.buyer) + 1,
        checkout_key: cart.key.0,
        outcome: checkout.outcome,
        tries: checkout.tries,
        variables: variables
            .map(|(name, value)| (name.clone(), value.bound()))
            .collect(),
    }
}

/// The error that reached the caller of a step, if one did.
#[must_use]
pub fn step_raised(session: u32, checkout: &Checkout) -> Option<Raised> {
    let fault = checkout.fault.as_ref()?;
    oracle::raised(session, checkout.outcome, fault.code(), &fault.to_string())
}
