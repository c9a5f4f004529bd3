//! A transaction of the shop's own.

use super::problem::NotDone;
use crate::session::Session;
use crate::shop::Isolation;

/// Does all of it or nothing, at read committed: what is read and then written is locked
/// by the work itself.
pub(super) async fn transaction<S: Session, T>(
    session: &mut S,
    work: impl AsyncFnOnce(&mut S) -> Result<T, NotDone>,
) -> Result<T, NotDone> {
    session.begin(Isolation::ReadCommitted).await?;
    match work(session).await {
        Ok(done) => {
            session.commit().await?;
            Ok(done)
        }
        Err(error) => {
            // What cannot be rolled back is closed, which does the same.
            let _ = session.rollback().await;
            Err(error)
        }
    }
}
