//! What a session itself sees while its transaction is open.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arena::{Arena, StepError};
use super::schedule::letter;
use crate::event::Event;
use crate::oracle::{self, RowChange};
use crate::value::State;

/// Rows of tables of the user's own that a session sees otherwise than they are committed: by its
/// own writes, or because its snapshot is older.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeenRows {
    /// The session, by its letter.
    pub buyer: char,
    /// What is news since it was looked at last: what is committed, and what it sees instead.
    pub rows: Vec<RowChange>,
}

/// Why it is not known what sessions see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unseen {
    /// At serializable the server notes what a session reads: to look would change what comes.
    Serializable,
    /// With looks in between, the schedule went another way.
    Disturbed,
}

/// What each session was last seen to see.
#[derive(Debug, Default)]
pub(super) struct Glances(Vec<Vec<RowChange>>);

impl Glances {
    /// Looks as each session that was just answered; `state` is what is committed.
    pub(super) async fn look<A: Arena>(
        &mut self,
        arena: &mut A,
        state: &State,
        events: &[Event],
    ) -> Result<Vec<SeenRows>, StepError> {
        let mut all = Vec::new();
        for event in events {
            let Event::Replied { session, .. } = event else {
                continue;
            };
            if self.0.len() <= *session {
                self.0.resize(*session + 1, Vec::new());
            }
            let known = std::mem::take(&mut self.0[*session]);
            let Some(seen) = arena.seen(*session).await? else {
                continue;
            };
            let differs = oracle::changes(state, &seen);
            let news = differs.iter().filter(|row| !known.contains(row)).cloned();
            let rows: Vec<RowChange> = news.collect();
            self.0[*session] = differs;
            if !rows.is_empty() {
                let buyer = letter(*session);
                all.push(SeenRows { buyer, rows });
            }
        }
        Ok(all)
    }
}
