//! The time between two schedules.

use std::pin::pin;
use std::time::{Duration, Instant};

use super::application::Application;
use super::floor::ProgramFloor;
use super::settle::{Behind, RESTLESS_MAX, SOON, restless};
use crate::explore::arena::StepError;
use crate::explore::case::Case;
use crate::explore::worlds::engine::SeenBehind;

/// A program whose statements go on for so long while no request is under way has a timer.
const STARTS_MAX: Duration = Duration::from_secs(10);

impl<A: Application> Behind<A> {
    /// Puts the tables back, and meanwhile lets transactions of the background come to their end: as
    /// long as one is open, dead rows stay. What begins meanwhile is held: it would meet tables that
    /// are empty. What is known of the tables is said besides the case.
    pub(super) async fn put_back(
        &mut self,
        (case, seen): (&Case, SeenBehind),
        floor: &mut ProgramFloor,
    ) -> Result<(), StepError> {
        let mut put_back = pin!(self.site.put_back_behind(case, seen));
        let (mut heard, mut unheard) = (Ok(()), Vec::new());
        let done = loop {
            let event = tokio::select! {
                biased;
                Some(event) = self.events.recv() => event,
                done = &mut put_back => break done,
            };
            // What is wrong is told when the tables are back: no statement is dropped midway.
            heard = heard.and(floor.hear(event, &mut unheard));
            floor.passing.go_on(&self.proxy);
        };
        floor.passing.go(&self.proxy);
        // A statement that does not go leaves its transaction open, and the tables with it: that is
        // said, and not what the server says of it.
        heard.map_err(StepError::Unfollowed)?;
        done.map_err(|error| StepError::Database(error.to_string()))
    }

    /// Lets what the file names as background come to its end, where any may follow: what it writes
    /// belongs to the schedule, and what it reads must not be tables that are half put back. A
    /// program that `is_warm` has shown whether any does.
    pub(super) async fn let_background_end(
        &mut self,
        floor: &mut ProgramFloor,
        is_warm: bool,
    ) -> Result<(), StepError> {
        match floor.background.may_follow(is_warm) {
            true => self.listen(floor).await,
            false => Ok(()),
        }
    }

    /// Lets the program do what it does while no request is under way, until it is at rest.
    pub(super) async fn listen(&mut self, floor: &mut ProgramFloor) -> Result<(), StepError> {
        let began = Instant::now();
        let mut unheard = Vec::new();
        loop {
            self.take_in(floor, &mut unheard).await?;
            floor.passing.go(&self.proxy);
            let before = self.proxy.at_rest();
            let is_quiet = !self.hears_within(SOON, floor, &mut unheard).await?;
            let is_over = before.is_some() && floor.passing.is_over();
            if is_quiet && is_over && self.looks(floor, &mut unheard).await? {
                // What it sent last may still be on its way.
                let is_silent = !self.hears_within(SOON, floor, &mut unheard).await?;
                floor.passing.go(&self.proxy);
                if is_silent && self.proxy.at_rest() == before {
                    return Ok(());
                }
            }
            let timer = floor.background.goes_on_and_on();
            if let Some(timer) = timer.filter(|_| began.elapsed() > STARTS_MAX) {
                return Err(StepError::Unfollowed(timer));
            }
            if began.elapsed() > RESTLESS_MAX {
                return Err(restless(floor));
            }
        }
    }
}
