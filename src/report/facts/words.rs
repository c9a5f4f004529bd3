//! What a database answers, and what buyers are told, in words.

use crate::session;
use crate::shop::{Conflict, Outcome};
use crate::statement::Reply;
use crate::value::Table;

/// A reply as a reader sees it: `1 row`, `ERROR 40001: could not serialize access`.
pub(in crate::report) fn reply(reply: &session::Result<Reply>) -> String {
    use session::Error;
    match reply {
        Ok(Reply::Done) => "ok".into(),
        Ok(Reply::Rows { affected: 1, table }) => match table {
            Some(table) => row(table),
            None => "1 row".into(),
        },
        Ok(Reply::Rows { affected, .. }) => format!("{affected} rows"),
        Err(Error::Conflict(conflict)) => {
            let what = match conflict {
                Conflict::Serialization => "could not serialize access",
                Conflict::Deadlock => "deadlock detected",
                Conflict::LockTimeout => "lock not available",
                Conflict::StaleVersion => "stale version",
            };
            format!("ERROR {}: {what}", conflict.sign())
        }
        Err(Error::CheckViolation) => "ERROR 23514: violates the CHECK (stock >= 0)".into(),
        Err(Error::Database { sqlstate, message }) => format!("ERROR {sqlstate}: {message}"),
        Err(Error::ConnectionLost(why)) => format!("connection lost: {why}"),
        Err(other) => other.to_string(),
    }
}

/// `sold out`: what a buyer was told.
pub(in crate::report) fn outcome(outcome: Outcome) -> String {
    outcome.name().replace('_', " ")
}

/// `stock 1, version 0`: the first row.
fn row(table: &Table) -> String {
    let values = table.rows().next().unwrap_or_default();
    let named = table.columns.iter().zip(values);
    let cells: Vec<String> = named
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    cells.join(", ")
}
