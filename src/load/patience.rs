//! What waits for a server that comes back.

use std::time::Duration;

use super::ground::LoadGround;
use crate::database::{Asking, ServerError};

/// How long a lost connection may take to come back: a server that restarts
/// its processes after a crash needs about a second.
pub(super) const RECONNECT_MAX: Duration = Duration::from_secs(5);
pub(super) const RECONNECT_PAUSE: Duration = Duration::from_millis(50);

/// Asks the server something outside any attempt, and asks again if the run's
/// own connection was cut meanwhile. What is asked must bear being done twice.
///
/// # Errors
/// The server refuses; or it is gone for longer than `limit`.
pub(super) async fn patiently<T>(
    ground: &mut LoadGround<'_>,
    limit: Duration,
    mut ask: impl AsyncFnMut(&mut LoadGround<'_>) -> Result<T, ServerError>,
) -> Result<T, ServerError> {
    let (asking, mut was_lost) = (Asking::begin(), false);
    loop {
        let answer = match ground.reconnect_if_lost().await {
            Ok(()) => ask(ground).await,
            Err(error) => Err(error),
        };
        if answer
            .as_ref()
            .map_or_else(|error| !error.may_pass(), |_| true)
        {
            return answer;
        }
        // What was asked over a lost connection may still be under way in the
        // server, and stand in the way of being asked again.
        was_lost |= ground.is_lost().await;
        if !was_lost || !asking.again(limit, RECONNECT_PAUSE).await {
            return answer;
        }
    }
}
