//! Sessions one after the other, each statement in a transaction of its own: so every lock that
//! it holds at its end is one that it took itself.

use super::gate::Gate;
use super::world::World;
use crate::event::Event;
use crate::explore::arena::StepError;
use crate::explore::reach::Reach;
use crate::statement::{Reply, TextReach};

impl<W: World> Gate<W> {
    /// Runs all sessions, and keeps the statements whose bodies reach further than they do. What
    /// bounds transactions, and what is no query, is left out.
    pub(super) async fn examine_all(&mut self, order: &[usize]) -> Result<Vec<Reach>, StepError> {
        let operations = self.case.operations();
        let mut all: Vec<Reach> = Vec::new();
        for &session in order {
            while let Some(parked) = self.buyers[session].asked.clone() {
                let is_query = parked.reach() == Some(TextReach::Query);
                let line = parked.line().unwrap_or_default();
                let mut reply = self
                    .effect_of(session, &parked.statement)
                    .unwrap_or(Ok(Reply::Done));
                if is_query {
                    let examined = self.world.examine(session, parked.statement).await?;
                    let Some((answer, beyond)) = examined else {
                        return Ok(Vec::new());
                    };
                    reply = answer;
                    let operation = operations.get(session).cloned().unwrap_or_default();
                    let is_known = |it: &Reach| (&it.operation, it.line) == (&operation, line);
                    if !beyond.tables.is_empty() && !all.iter().any(is_known) {
                        all.push(Reach {
                            operation,
                            line,
                            bodies: beyond.bodies,
                            tables: beyond.tables,
                            locks_rows: beyond.locks_rows,
                        });
                    }
                }
                self.hand_over(&Event::Replied { session, reply });
            }
        }
        self.look_around(&[]);
        Ok(all)
    }
}
