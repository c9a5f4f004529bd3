//! What a database answers, in words.

use crate::session;
use crate::shop::Conflict;
use crate::statement::{Reply, Stock};

/// A reply as a reader sees it: `1 row`, `ERROR 40001: could not serialize access`.
pub(in crate::report) fn reply(reply: &session::Result<Reply>) -> String {
    use session::Error;
    match reply {
        Ok(Reply::Done) => "ok".into(),
        Ok(Reply::Rows(1)) => "1 row".into(),
        Ok(Reply::Rows(rows)) => format!("{rows} rows"),
        Ok(Reply::Stock(Stock { stock, version })) => format!("stock {stock}, version {version}"),
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
