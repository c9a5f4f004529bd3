//! The world in memory: the MVCC model, behind the gate.

use std::sync::Arc;

use super::gate::Gate;
use super::world::World;
use crate::database::{Engine, Holdings};
use crate::event::Event;
use crate::explore::arena::{Asked, StepError};
use crate::explore::case::Case;
use crate::mvcc::Store;
use crate::statement::Statement;
use crate::subject;
use crate::value::State;

/// The model of PostgreSQL in [`crate::mvcc`].
#[derive(Debug)]
pub struct MemoryWorld {
    fresh: Store,
    store: Store,
}

impl MemoryWorld {
    /// A store with the supply of the small shop.
    ///
    /// # Errors
    /// [`StepError::Unsupported`] where the model has no answer.
    pub fn new(case: &Arc<Case>) -> Result<Self, StepError> {
        let isolation = case.terms.cell.level;
        if !Store::supports(isolation) {
            return Err(StepError::Unsupported(format!(
                "the model in memory has no answer at {isolation}: use --on postgres"
            )));
        }
        let stock_check = subject::has_stock_check(case.terms.cell.subject);
        let fresh = Store::new(case.supply(), stock_check, isolation, case.carts.len());
        Ok(Self {
            store: fresh.clone(),
            fresh,
        })
    }
}

/// The buyers of a small shop in front of the model.
///
/// # Errors
/// As [`MemoryWorld::new`].
pub async fn open(case: &Arc<Case>) -> Result<Gate<MemoryWorld>, StepError> {
    Ok(Gate::new(MemoryWorld::new(case)?, Arc::clone(case)))
}

impl World for MemoryWorld {
    async fn reset(&mut self) -> Result<(), StepError> {
        self.store.clone_from(&self.fresh);
        Ok(())
    }

    async fn execute(
        &mut self,
        session: usize,
        statement: Statement,
        events: &mut Vec<Event>,
    ) -> Result<(), StepError> {
        if statement.is_text() {
            let text = "the model in memory does not read SQL: use --on postgres";
            return Err(StepError::Unsupported(text.into()));
        }
        events.extend(self.store.execute(session, statement));
        Ok(())
    }

    async fn cut(&mut self, session: usize, events: &mut Vec<Event>) -> Result<(), StepError> {
        events.extend(self.store.cut(session));
        Ok(())
    }

    /// It reads no text.
    async fn held(&mut self, _session: usize) -> Result<Holdings, StepError> {
        Ok(Holdings::ANYTHING)
    }

    async fn state(&mut self) -> Result<State, StepError> {
        Ok(self.store.state())
    }

    fn in_words(&self, statement: &Statement) -> Asked {
        Asked {
            sql: Engine::Postgres.in_full(statement),
            short: Engine::Postgres.in_words(statement),
            touch: statement.touch(),
        }
    }
}
