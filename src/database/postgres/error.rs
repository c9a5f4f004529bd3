//! What the driver's errors mean around a run, outside any attempt.

use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::database::error::ServerError;

/// Whether an error leaves its connection alive. The server ends the session after
/// FATAL, and all sessions after PANIC, whatever the SQLSTATE (PostgreSQL's manual,
/// table "Message Severity Levels"): what it was doing may be done or not. A full
/// disk under the write-ahead log, for one, is PANIC 53100 in answer to a COMMIT
/// that other sessions may have made durable.
pub(super) fn leaves_connection(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    let error = error.and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    error.is_some_and(|e| !matches!(e.severity(), PgSeverity::Fatal | PgSeverity::Panic))
}

/// The SQLSTATE of a driver error, or empty.
pub(super) fn sqlstate(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .map(|code| code.into_owned())
        .unwrap_or_default()
}

/// A driver error as one line: the server's message with its SQLSTATE, or the
/// driver's own.
pub(super) fn reason(error: &sqlx::Error) -> String {
    match error.as_database_error() {
        Some(database) => format!("{} (SQLSTATE {})", database.message(), sqlstate(error)),
        None => match error {
            // Without "error communicating with database" before it.
            sqlx::Error::Io(error) => in_plain_words(error.to_string()),
            other => in_plain_words(other.to_string()),
        },
    }
}

/// Adds what the library's own word for it does not say.
pub(super) fn in_plain_words(reason: String) -> String {
    match reason.contains("CaUsedAsEndEntity") {
        true => format!(
            "{reason}: the server's certificate is an authority's, as one that signs for itself often \
             is, and such a certificate is not accepted as a server's; give the server one that an \
             authority has signed (CA:FALSE), or use sslmode=require, which verifies nothing"
        ),
        false => reason,
    }
}

/// For `map_err`: names what was being done.
pub(super) fn while_trying_to(what: &'static str) -> impl FnOnce(sqlx::Error) -> ServerError {
    move |error| ServerError::Query {
        what,
        reason: reason(&error),
        is_refusal: leaves_connection(&error),
    }
}
