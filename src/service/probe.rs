//! Whether a service answers.

use std::time::Duration;

use super::channel::{HttpChannel, HttpFailure, HttpLimits};
use super::origin::ServiceOrigin;
use crate::subject::service::OutgoingRequest;

/// How long one probe may take.
pub(super) const PROBE_MAX: Duration = Duration::from_secs(5);
const PROBE_BYTES_MAX: usize = 16 << 20;
/// The first status that says that a service cannot answer yet.
const NOT_READY: u16 = 500;

/// Asks for a path once, over a connection of its own; the error is why it is not ready.
pub(super) async fn probe(
    origin: &ServiceOrigin,
    path: &str,
    time: Duration,
) -> Result<(), String> {
    let asked = OutgoingRequest {
        method: "GET",
        is_safe: true,
        path: path.into(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let limits = HttpLimits {
        time,
        body_bytes: PROBE_BYTES_MAX,
    };
    match HttpChannel::to(origin.clone(), limits).ask(&asked).await {
        Ok(reply) if reply.status < NOT_READY => Ok(()),
        Ok(reply) => Err(format!("answered {}", reply.status)),
        Err(HttpFailure::NotSent(why) | HttpFailure::NoReply(why)) => Err(why),
    }
}
