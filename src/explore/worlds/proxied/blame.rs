//! What is to blame where a program cannot be followed: its own end and that of its server come
//! first.

use super::application::{Application, RequestTold};
use super::settle::Behind;
use crate::explore::arena::StepError;

impl<A: Application> Behind<A> {
    /// The same; where it could not be followed since the program or the server has ended, that
    /// is the error.
    pub(super) async fn unless_ended<T: Send>(
        &mut self,
        done: Result<T, StepError>,
    ) -> Result<T, StepError> {
        if let Err(StepError::Unfollowed(_)) = &done {
            self.application.still_runs().await?;
            let state = self.site.state().await;
            state.map_err(|error| StepError::Database(error.to_string()))?;
        }
        done
    }

    /// Fails where callers got no answer because the program has ended.
    ///
    /// # Errors
    /// How it has ended.
    pub(super) async fn check_unanswered(
        &mut self,
        told: &[Option<RequestTold>],
    ) -> Result<(), StepError> {
        match told.iter().flatten().any(RequestTold::is_unanswered) {
            true => self.application.still_runs().await,
            false => Ok(()),
        }
    }
}
