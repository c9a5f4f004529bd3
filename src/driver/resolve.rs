//! Checkouts whose COMMIT got no reply: what became of them.

use std::time::{Duration, Instant};

use super::floor::Floor;
use crate::database::postgres::{Backend, Error, Schema};
use crate::shop::Outcome;

/// How long a server process may outlive its connection.
const GONE_AFTER_MAX: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// What the unknown outcomes turned out to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Resolved {
    /// The order is in the database.
    pub sold: u64,
    /// It is not, and never will be.
    pub failed: u64,
}

/// Looks up the checkout key of every `unknown`, once the server process that
/// was asked to commit is gone: as long as it lives, the commit may still come.
/// What cannot be looked up stays unknown.
///
/// # Errors
/// The server refuses or is gone.
pub(super) async fn resolve(
    floor: &Floor,
    schema: &mut Schema,
    told: &mut [Outcome],
) -> Result<Resolved, Error> {
    let mut resolved = Resolved::default();
    for (buyer, outcome) in told.iter_mut().enumerate() {
        let record = floor.records[buyer].get();
        let Some(backend) = record.and_then(|record| record.spent.unresolved) else {
            continue;
        };
        if !is_gone(schema, backend).await? {
            continue;
        }
        if schema.has_order(floor.carts[buyer].key).await? {
            *outcome = Outcome::Sold;
            resolved.sold += 1;
        } else {
            *outcome = Outcome::Failed;
            resolved.failed += 1;
        }
    }
    Ok(resolved)
}

async fn is_gone(schema: &mut Schema, backend: Backend) -> Result<bool, Error> {
    let began = Instant::now();
    while schema.is_alive(backend).await? {
        if began.elapsed() > GONE_AFTER_MAX {
            return Ok(false);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(true)
}
