//! Connections of the program that were refused.

use super::application::RequestTold;
use super::floor::ProgramFloor;
use crate::explore::unfollowed::Unfollowed;
use crate::shop::Outcome;

/// What to try where the program gets no connection.
const NO_CONNECTION: &str = "connect as DATABASE_URL says, without TLS (sslmode=disable), and close \
     connections that are no longer needed";

impl ProgramFloor {
    /// A connection was refused, for this reason.
    ///
    /// # Errors
    /// As [`ProgramFloor::check_connected`].
    pub(super) fn refused(&mut self, reason: String) -> Result<(), Unfollowed> {
        self.refused = Some(reason);
        self.check_connected()
    }

    /// Of a failure that comes of a connection that was refused, nothing is learnt of the program.
    ///
    /// # Errors
    /// A request has failed, and the program has got no connection.
    pub(super) fn check_connected(&self) -> Result<(), Unfollowed> {
        let has_failed = |told: &RequestTold| told.outcome == Outcome::Failed;
        match &self.refused {
            Some(why) if self.told.iter().flatten().any(has_failed) => Err(Unfollowed::new(
                format!("a request failed, and {why}"),
                NO_CONNECTION,
            )),
            _ => Ok(()),
        }
    }
}
