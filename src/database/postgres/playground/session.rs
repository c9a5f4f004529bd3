//! What a script leaves in its session, and how the session becomes as a new one.

use std::borrow::Cow;

use super::asked_sql;
use super::tables::array;
use crate::database::error::ServerError;
use crate::database::postgres::text_connection::PostgresTextConnection;
use crate::database::postgres::text_link::while_trying_to;
use crate::database::postgres::wire::{WireCall, WireFailure};

impl PostgresTextConnection {
    pub(in crate::database) async fn reset_session(
        &mut self,
        look: bool,
    ) -> Result<Vec<String>, ServerError> {
        let failed = |failure: WireFailure| while_trying_to("put a session back")(failure);
        let own: Vec<&str> = self
            .stepping
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let own = array(&own);
        let question = match look {
            true => WireCall::new(asked_sql::LEFT_IN_SESSION, vec![Some(&own)]),
            false => WireCall::new(asked_sql::PREPARED_IN_SESSION, Vec::new()),
        };
        let mut calls = vec![question];
        calls.extend(asked_sql::RESET_SESSION.map(|sql| WireCall::new(sql, Vec::new())));
        for (name, value) in &self.stepping {
            let values = vec![Some(name.as_str()), Some(value.as_str())];
            calls.push(WireCall::new(asked_sql::SET_AGAIN, values));
        }
        let count = self.tally.can_be_counted();
        calls.extend(count.then(|| WireCall::new(asked_sql::COUNT_NOW, Vec::new())));
        // Nothing of it may fail with the rest.
        let groups: Vec<Vec<WireCall<'_>>> = calls.into_iter().map(|call| vec![call]).collect();
        let answers = self.link.run_groups(&groups).await.map_err(failed)?;
        let told = answers.last().filter(|_| count);
        if told.is_some_and(|told| told.get(0, 1) == Some("on")) {
            self.tally.note_counted();
        }
        let left = &answers[0];
        let mut named = Vec::new();
        for row in 0..left.len() {
            let (kind, name) = (left.get(row, 0), left.get(row, 1).unwrap_or_default());
            let kind = kind.unwrap_or_default();
            if kind == asked_sql::PREPARED_KIND {
                let forget: Cow<'_, str> = asked_sql::deallocate(name).into();
                self.link.run(&forget, &[]).await.map_err(failed)?;
            }
            named.push(format!("{kind} {name}").trim_end().to_owned());
        }
        Ok(named)
    }
}
