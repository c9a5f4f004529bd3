//! Checkouts whose COMMIT got no reply: what became of them.

use std::time::{Duration, Instant};

use super::floor::Floor;
use crate::database::postgres::{Backend, Error, Schema};
use crate::shop::Outcome;

/// How long server processes may outlive their connections.
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

/// Looks up the checkout key of every buyer in doubt. An order that is there is
/// a sale; one that is not is none once the server process that was asked to
/// commit is gone: as long as it lives, the commit may still come. All of them
/// together are waited for, and what lives on stays unknown.
///
/// # Errors
/// The server refuses or is gone.
pub(super) async fn resolve(
    floor: &Floor,
    in_doubt: &[(u32, Backend)],
    schema: &mut Schema,
    told: &mut [Outcome],
) -> Result<Resolved, Error> {
    let mut resolved = Resolved::default();
    let began = Instant::now();
    for &(buyer, backend) in in_doubt {
        let buyer = buyer as usize;
        let key = floor.carts[buyer].key;
        // Gone first, looked up then: the other way round it could commit in
        // between.
        let mut is_gone = !schema.is_alive(backend).await?;
        let mut has_order = schema.has_order(key).await?;
        while !has_order && !is_gone && began.elapsed() < GONE_AFTER_MAX {
            tokio::time::sleep(LOOK_AGAIN).await;
            is_gone = !schema.is_alive(backend).await?;
            has_order = schema.has_order(key).await?;
        }
        match (has_order, is_gone) {
            (true, _) => {
                told[buyer] = Outcome::Sold;
                resolved.sold += 1;
            }
            (false, true) => {
                told[buyer] = Outcome::Failed;
                resolved.failed += 1;
            }
            (false, false) => {}
        }
    }
    Ok(resolved)
}
