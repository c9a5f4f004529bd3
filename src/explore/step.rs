//! One step of a schedule that is shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arena::Asked;
use super::http::HttpAnswer;
use super::schedule::{Choice, letter};
use super::seen::SeenRows;
use crate::effect::Touch;
use crate::event::Event;
use crate::oracle::RowChange;
use crate::session;
use crate::shop::Sku;
use crate::statement::Reply;

/// One step of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// The buyer that moves.
    pub buyer: char,
    /// What was sent; `None` where the connection was cut instead.
    pub sql: Option<String>,
    /// The same in few words, where it is long.
    pub short: Option<String>,
    /// What the statement reads or changes of one product.
    pub touch: Option<Touch>,
    /// What the step set off: the mover's part first, then that of the buyers it
    /// freed or that wait for another one since.
    pub happenings: Vec<Happening>,
    /// The committed stock of each product after the step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stock: Vec<(Sku, i64)>,
    /// Of tables of the user's own: the committed rows that this step changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<RowChange>,
    /// What callers of a service were answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<HttpAnswer>,
    /// What sessions that were answered see otherwise than it is committed, there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sees: Vec<SeenRows>,
}

/// What became of a buyer's statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// It was answered.
    Reply {
        /// The buyer of the statement.
        buyer: char,
        /// The answer.
        reply: session::Result<Reply>,
    },
    /// It waits.
    Wait {
        /// The buyer of the statement.
        buyer: char,
        /// The buyers that it waits for, directly: holders of the row, or those in front of the
        /// buyer in the queue for it.
        on: Vec<char>,
    },
}

impl Happening {
    /// The buyer of the statement.
    #[must_use]
    pub const fn buyer(&self) -> char {
        match self {
            Self::Reply { buyer, .. } | Self::Wait { buyer, .. } => *buyer,
        }
    }
}

impl Step {
    pub(super) fn new(choice: Choice, asked: Option<Asked>, events: &[Event]) -> Self {
        let touch = asked.as_ref().and_then(|asked| asked.touch);
        let (sql, short) = asked.map_or((None, None), |asked| {
            let short = (asked.short != asked.sql).then_some(asked.short);
            (Some(asked.sql), short)
        });
        Self {
            buyer: letter(choice.session()),
            sql,
            short,
            touch,
            happenings: events.iter().map(happening).collect(),
            stock: Vec::new(),
            changes: Vec::new(),
            answers: Vec::new(),
            sees: Vec::new(),
        }
    }

    /// The statement in as few words as there are.
    #[must_use]
    pub fn in_words(&self) -> &str {
        let words = self.short.as_deref().or(self.sql.as_deref());
        words.unwrap_or("connection cut")
    }
}

fn happening(event: &Event) -> Happening {
    match event {
        Event::Replied { session, reply } => Happening::Reply {
            buyer: letter(*session),
            reply: reply.clone(),
        },
        Event::Blocked { session, by } => Happening::Wait {
            buyer: letter(*session),
            on: by.iter().map(|&other| letter(other)).collect(),
        },
    }
}
