//! Checkouts whose COMMIT got no reply: what became of them.

use std::time::{Duration, Instant};

use super::buyer::place;
use super::floor::Floor;
use super::result::Resolved;
use super::tables::LoadTables;
use super::visited::VisitedService;
use crate::database::{Backend, Ground, Schema, ServerError};
use crate::shop::{CheckoutKey, Outcome};

/// How long server processes may outlive their connections.
const GONE_AFTER_MAX: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Looks up the checkout key of every buyer in doubt. An order that is there is
/// a sale; one that is not is none once the server process that was asked to
/// commit is gone: as long as it lives, the commit may still come. All of them
/// together are waited for, and what lives on stays unknown.
///
/// # Errors
/// The server refuses or is gone.
pub(super) async fn resolve(
    floor: &Floor,
    in_doubt: &[(u32, usize, Option<Backend>)],
    schema: &mut Schema,
    told: &mut [Outcome],
) -> Result<Resolved, ServerError> {
    let steps = floor.terms.steps();
    let asked = in_doubt.iter().filter_map(|&(buyer, step, backend)| {
        let key = floor.carts[buyer as usize].key;
        Some((place(buyer, step, steps), key, backend?))
    });
    ask_for_all(schema, asked, told, Instant::now()).await
}

/// As [`resolve`], from `began` on: where each outcome stands in `told`, with the
/// checkout and the server process.
async fn ask_for_all(
    witness: &mut impl Witness,
    asked: impl IntoIterator<Item = (usize, CheckoutKey, Backend)>,
    told: &mut [Outcome],
    began: Instant,
) -> Result<Resolved, ServerError> {
    let mut resolved = Resolved::default();
    for (at, key, backend) in asked {
        told[at] = look_up(witness, backend, key, began).await?;
        resolved.count(told[at]);
    }
    Ok(resolved)
}

/// The two questions about a COMMIT without a reply.
trait Witness {
    /// Whether the server process that was asked to commit still runs.
    async fn is_alive(&mut self, backend: Backend) -> Result<bool, ServerError>;
    /// Whether the order is in the database.
    async fn has_order(&mut self, key: CheckoutKey) -> Result<bool, ServerError>;
}

impl Witness for Schema {
    async fn is_alive(&mut self, backend: Backend) -> Result<bool, ServerError> {
        Self::is_alive(self, backend).await
    }

    async fn has_order(&mut self, key: CheckoutKey) -> Result<bool, ServerError> {
        Self::has_order(self, key).await
    }
}

/// Sold, failed, or still unknown when the time is over.
async fn look_up(
    witness: &mut impl Witness,
    backend: Backend,
    key: CheckoutKey,
    began: Instant,
) -> Result<Outcome, ServerError> {
    loop {
        // Gone first, looked up then: the other way round it could commit in
        // between.
        let is_gone = !witness.is_alive(backend).await?;
        let has_order = witness.has_order(key).await?;
        match (has_order, is_gone) {
            (true, _) => return Ok(Outcome::Sold),
            (false, true) => return Ok(Outcome::Failed),
            (false, false) if began.elapsed() >= GONE_AFTER_MAX => return Ok(Outcome::Unknown),
            (false, false) => tokio::time::sleep(LOOK_AGAIN).await,
        }
    }
}

/// Waits until the server process of each COMMIT without a reply is gone: as long as it
/// lives, the commit may still come. What lives on for too long is not waited for.
///
/// # Errors
/// The server refuses or is gone.
pub(super) async fn wait_until_gone(
    in_doubt: &[(u32, usize, Option<Backend>)],
    ground: &mut Ground,
) -> Result<(), ServerError> {
    let began = Instant::now();
    for backend in in_doubt.iter().filter_map(|(_, _, backend)| *backend) {
        while began.elapsed() < GONE_AFTER_MAX && ground.is_alive(backend).await? {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
    Ok(())
}

/// What became of each buyer whose request got no reply from a service that is stopped by now: sold
/// or failed, by the query that its file names. Unknown where the file names none, and where a
/// session of the service lives on for too long: what it was sent may still be committed.
///
/// # Errors
/// The server refuses or is gone.
pub(super) async fn look_up_at_service(
    floor: &Floor,
    in_doubt: &[(u32, usize, Option<Backend>)],
    tables: &mut LoadTables,
) -> Result<Vec<Outcome>, ServerError> {
    let began = Instant::now();
    let look = async |buyer, key| {
        // Gone first, looked up then: the other way round it could commit in between.
        let are_gone = tables.ground().other_sessions().await? == 0;
        Ok((are_gone, tables.has_order(buyer, key).await?))
    };
    let outcomes = look_up_each(floor, in_doubt, began, look).await?;
    // Nor is the audit to miss a commit that comes late.
    while began.elapsed() < GONE_AFTER_MAX && tables.ground().other_sessions().await? > 0 {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(outcomes)
}

/// The same of a service that runs on: what it was sent may still be carried out at any time, so a
/// buyer that has no order stays unknown.
///
/// # Errors
/// The server refuses or is gone.
pub(super) async fn look_up_at_visited(
    floor: &Floor,
    in_doubt: &[(u32, usize, Option<Backend>)],
    service: &mut VisitedService,
) -> Result<Vec<Outcome>, ServerError> {
    let look = async |buyer, key| Ok((false, service.has_order(buyer, key).await?));
    look_up_each(floor, in_doubt, Instant::now(), look).await
}

/// What became of each: `look` answers whether nothing can come of it any more, and then whether
/// the buyer has its order, where that can be asked.
async fn look_up_each(
    floor: &Floor,
    in_doubt: &[(u32, usize, Option<Backend>)],
    began: Instant,
    mut look: impl AsyncFnMut(u32, CheckoutKey) -> Result<(bool, Option<bool>), ServerError>,
) -> Result<Vec<Outcome>, ServerError> {
    let mut outcomes = Vec::with_capacity(in_doubt.len());
    for &(buyer, ..) in in_doubt {
        let key = floor.carts[buyer as usize].key;
        outcomes.push(loop {
            match look(buyer, key).await? {
                (_, None) => break Outcome::Unknown,
                (_, Some(true)) => break Outcome::Sold,
                (true, Some(false)) => break Outcome::Failed,
                (false, Some(false)) if began.elapsed() >= GONE_AFTER_MAX => {
                    break Outcome::Unknown;
                }
                (false, Some(false)) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        });
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server process that ends after so many questions, with its COMMIT
    /// carried out in the same moment, or not at all.
    struct Ending {
        asked: u32,
        ends_after: u32,
        commits: bool,
    }

    impl Ending {
        fn has_ended(&mut self) -> bool {
            self.asked += 1;
            self.asked > self.ends_after
        }
    }

    impl Witness for Ending {
        async fn is_alive(&mut self, _: Backend) -> Result<bool, ServerError> {
            Ok(!self.has_ended())
        }

        async fn has_order(&mut self, _: CheckoutKey) -> Result<bool, ServerError> {
            Ok(self.has_ended() && self.commits)
        }
    }

    /// Between whichever two questions the COMMIT comes, the sale is found:
    /// called failed, it would be an order that no buyer was promised.
    #[tokio::test]
    async fn a_commit_between_two_questions_is_found() {
        let backend = Backend {
            pid: 1,
            started_us: 1,
            server_us: 1,
        };
        for ends_after in 0..6 {
            for (commits, outcome) in [(true, Outcome::Sold), (false, Outcome::Failed)] {
                let mut server = Ending {
                    asked: 0,
                    ends_after,
                    commits,
                };
                let found = look_up(&mut server, backend, CheckoutKey(1), Instant::now()).await;
                assert_eq!(found.expect("an answer"), outcome, "after {ends_after}");
            }
        }
    }

    /// A server in which orders of even keys are, and processes of odd numbers still run.
    struct Half;

    impl Witness for Half {
        async fn is_alive(&mut self, backend: Backend) -> Result<bool, ServerError> {
            Ok(backend.pid % 2 == 1)
        }

        async fn has_order(&mut self, key: CheckoutKey) -> Result<bool, ServerError> {
            Ok(key.0 % 2 == 0)
        }
    }

    /// Each is told what became of it, in its place; what still runs when the time is
    /// over stays unknown.
    #[tokio::test]
    async fn what_is_looked_up_is_told_and_counted() {
        let backend = |pid| Backend {
            pid,
            started_us: 1,
            server_us: 1,
        };
        let mut told = [Outcome::Unknown; 6];
        told[0] = Outcome::GaveUp;
        let asked = [(1, 2, 0), (2, 4, 1), (3, 1, 0), (4, 3, 0), (5, 5, 1)];
        let asked = asked.map(|(at, key, pid)| (at, CheckoutKey(key), backend(pid)));
        let long_ago = Instant::now() - GONE_AFTER_MAX;
        let resolved = ask_for_all(&mut Half, asked, &mut told, long_ago).await;
        let (sold, failed) = (Outcome::Sold, Outcome::Failed);
        let unknown = Outcome::Unknown;
        assert_eq!(told, [Outcome::GaveUp, sold, sold, failed, failed, unknown]);
        assert_eq!(resolved.expect("answers"), Resolved { sold: 2, failed: 2 });
    }
}
