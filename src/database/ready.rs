//! Servers that are not ready yet, and will be soon.

use std::time::{Duration, Instant};

use super::error::ServerError;
use super::server::Server;

/// How long a server that is there may take to be ready.
const READY_MAX: Duration = Duration::from_secs(5);
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// Drops a run's schema. A server that recovers is waited for, and so is a place
/// on it.
///
/// # Errors
/// The server refuses, or cannot be reached.
pub async fn drop_schema(server: &Server, name: &str) -> Result<(), ServerError> {
    once_ready(async || server.drop_schema(name).await).await
}

/// Drops a run's databases and its role, as [`drop_schema`] does its schema.
///
/// # Errors
/// The server refuses, or cannot be reached.
pub async fn drop_playground(server: &Server, name: &str) -> Result<(), ServerError> {
    once_ready(async || server.drop_playground(name).await).await
}

/// A server that starts or recovers is ready soon, and connections that were just
/// closed take their places a moment longer.
const fn is_ready_soon(error: &ServerError) -> bool {
    use ServerError::{NotReady, TooManyConnections};
    matches!(error, NotReady { .. } | TooManyConnections { .. })
}

/// Asks again while the answer is an error that passes by itself, for at most 5 s.
///
/// # Errors
/// The last answer.
pub async fn once_ready<T>(
    ask: impl AsyncFn() -> Result<T, ServerError>,
) -> Result<T, ServerError> {
    let asking = Asking::begin();
    loop {
        match ask().await {
            Err(error) if is_ready_soon(&error) && asking.again(READY_MAX, ASK_AGAIN).await => {}
            answer => return answer,
        }
    }
}

/// Something that is asked of a server, since when: whether to ask once more.
#[derive(Debug, Clone, Copy)]
pub struct Asking {
    since: Instant,
}

impl Asking {
    /// It is asked for the first time now.
    #[must_use]
    pub fn begin() -> Self {
        Self {
            since: Instant::now(),
        }
    }

    /// Pauses and says yes, while less time than `limit` has gone by.
    pub async fn again(self, limit: Duration, pause: Duration) -> bool {
        let goes_on = self.since.elapsed() < limit;
        if goes_on {
            tokio::time::sleep(pause).await;
        }
        goes_on
    }
}
