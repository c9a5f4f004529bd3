//! The model in memory, of which a test alters how schedules end.

use std::sync::Arc;

use checkout_sim::event::Event;
use checkout_sim::explore::arena::{Arena, Asked, End, Seat, StepError};
use checkout_sim::explore::case::Case;
use checkout_sim::explore::footprint::Footprint;
use checkout_sim::explore::schedule::Choice;
use checkout_sim::explore::worlds::gate::Gate;
use checkout_sim::explore::worlds::memory::MemoryWorld;
use checkout_sim::value::State;

use crate::support::small::in_memory;

/// The model, and what is done to each end: given how many schedules have begun.
pub struct Altered<F, G = fn(u32) -> bool> {
    inside: Gate<MemoryWorld>,
    begun: u32,
    alter: F,
    /// Whether freed sessions race in the so many-th schedule.
    overtakes: G,
}

impl<F: Fn(u32, &mut End) + Send> Altered<F> {
    pub fn new(case: &Arc<Case>, alter: F) -> Self {
        Self {
            inside: in_memory(case),
            begun: 0,
            alter,
            overtakes: |_| false,
        }
    }
}

impl<G: Fn(u32) -> bool + Send> Altered<fn(u32, &mut End), G> {
    /// The model, in which the first step of some schedules ends in a race of freed sessions.
    pub fn overtaken(case: &Arc<Case>, overtakes: G) -> Self {
        Self {
            inside: in_memory(case),
            begun: 0,
            alter: |_, _| {},
            overtakes,
        }
    }
}

impl<F, G> Arena for Altered<F, G>
where
    F: Fn(u32, &mut End) + Send,
    G: Fn(u32) -> bool + Send,
{
    fn invite(&mut self, sessions: &[usize]) {
        self.inside.invite(sessions);
    }

    async fn reset(&mut self) -> Result<(), StepError> {
        self.begun += 1;
        self.inside.reset().await
    }

    fn seats(&self) -> &[Seat] {
        self.inside.seats()
    }

    async fn admit(&mut self, choice: Choice, events: &mut Vec<Event>) -> Result<(), StepError> {
        if (self.overtakes)(self.begun) {
            let (earlier, later) = ('A', 'B');
            return Err(StepError::Overtaken { earlier, later });
        }
        self.inside.admit(choice, events).await
    }

    async fn admit_and_look(
        &mut self,
        choice: Choice,
        events: &mut Vec<Event>,
    ) -> Result<Footprint, StepError> {
        if (self.overtakes)(self.begun) {
            let (earlier, later) = ('A', 'B');
            return Err(StepError::Overtaken { earlier, later });
        }
        self.inside.admit_and_look(choice, events).await
    }

    fn next_statement(&self, session: usize) -> Asked {
        self.inside.next_statement(session)
    }

    async fn state(&mut self) -> Result<State, StepError> {
        self.inside.state().await
    }

    async fn end(&mut self) -> Result<End, StepError> {
        let mut end = self.inside.end().await?;
        (self.alter)(self.begun, &mut end);
        Ok(end)
    }
}
