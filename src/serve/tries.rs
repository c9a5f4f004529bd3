//! The pause between two attempts.

use std::time::Duration;

use super::limits::RETRY_DELAY;
use crate::flow::Checkout;
use crate::subject::Attempt;

/// Takes in how an attempt ended; if there is to be another one, pauses and says yes.
pub(super) async fn again(tries: &mut Checkout, attempt: Attempt, max_tries: u32) -> bool {
    let again = tries.take_in(attempt, max_tries);
    if again {
        let pause_us = rand::random_range(0..=RETRY_DELAY.bound_us(tries.tries));
        tokio::time::sleep(Duration::from_micros(pause_us)).await;
    }
    again
}
