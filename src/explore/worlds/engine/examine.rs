//! One statement in a transaction of its own, and what it locks.

use super::line::Wire;
use super::site::Site;
use crate::database::{ServerError, TouchedBeyond};
use crate::explore::arena::StepError;
use crate::explore::case::Case;
use crate::explore::worlds::world::Examined;
use crate::session::{self, Session as _};
use crate::statement::Statement;

/// Carries a statement out and commits it. It is planned first, which locks what it names and
/// nothing else; what is locked beside that when it has run is the work of bodies.
pub(super) async fn examine(
    wire: &mut Wire,
    site: &mut Site,
    case: &Case,
    statement: Statement,
) -> Result<Examined, StepError> {
    let asked = |error: ServerError| StepError::Database(error.to_string());
    let lost = |error: session::Error| StepError::Database(error.to_string());
    let (Wire::Idle(connection), Some(ground), Some(text)) = (
        wire,
        site.with_bodies().await.map_err(asked)?,
        statement.as_text(),
    ) else {
        return Ok(None);
    };
    let (backend, level) = (connection.backend(), case.terms.cell.level);
    connection.begin(level).await.map_err(lost)?;
    // What cannot be planned alone fails as well when it is carried out.
    let own = match connection.plan(text).await {
        Ok(()) => Some(ground.own_locks(backend).await.map_err(asked)?),
        Err(_) => {
            connection.rollback().await.map_err(lost)?;
            connection.begin(level).await.map_err(lost)?;
            None
        }
    };
    let reply = connection.execute(statement.clone()).await;
    let (Ok(_), Some(own)) = (&reply, own) else {
        connection.rollback().await.map_err(lost)?;
        return Ok(Some((reply, TouchedBeyond::default())));
    };
    let beyond = ground.touched_beyond(backend, &own, &text.sql);
    let mut beyond = beyond.await.map_err(asked)?;
    if !beyond.tables.is_empty() {
        beyond.locks_rows |= connection.has_changed_rows(&beyond).await.map_err(lost)?;
    }
    // A check that was put off may refuse it: then it is as if it had not come.
    let reply = connection.commit().await.and(reply);
    Ok(Some((reply, beyond)))
}
