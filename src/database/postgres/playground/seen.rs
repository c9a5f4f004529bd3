//! The tables as a session sees them within its transaction.

use super::asked_sql;
use super::ground::PostgresGround;
use crate::database::error::ServerError;
use crate::database::postgres::text_connection::PostgresTextConnection;
use crate::database::postgres::text_link::while_trying_to;
use crate::database::postgres::wire::{TransactionStatus, WireCall, WireFailure};
use crate::value::State;

impl PostgresGround {
    /// All of it stands behind a savepoint that is given up: so the locks of the tables go again,
    /// and settings that write values as the ground's own connection does.
    pub(in crate::database) async fn seen_by(
        &mut self,
        session: &mut PostgresTextConnection,
    ) -> Result<Option<State>, ServerError> {
        let failed = |failure: WireFailure| while_trying_to("look as a session does")(failure);
        if session.link.status() != TransactionStatus::Open {
            return Ok(None);
        }
        let pid = session.backend().pid.to_string();
        let keeps = self
            .control
            .run(asked_sql::SEES_OTHER_ROWS, &[Some(&pid)])
            .await;
        if keeps.map_err(failed)?.get(0, 0) != Some("t") {
            return Ok(None);
        }
        let before = asked_sql::BEFORE_A_LOOK.map(|sql| WireCall::new(sql, Vec::new()));
        let before_rows = before.len();
        let mut calls = before.to_vec();
        calls.extend(self.kept.reading());
        calls.extend(asked_sql::AFTER_A_LOOK.map(|sql| WireCall::new(sql, Vec::new())));
        match session.link.run_groups(&[calls]).await {
            Ok(answers) => {
                let rows = &answers[before_rows..answers.len() - asked_sql::AFTER_A_LOOK.len()];
                Ok(Some(self.kept.as_read(rows)))
            }
            // The session may not read all tables.
            Err(WireFailure::Refused(_)) => {
                for sql in asked_sql::AFTER_A_LOOK {
                    session.link.run(sql, &[]).await.map_err(failed)?;
                }
                Ok(None)
            }
            Err(failure) => Err(failed(failure)),
        }
    }
}
