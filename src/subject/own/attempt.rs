//! One try of a script over a session.

use std::sync::Arc;

use super::given::Given;
use super::registry::OwnScript;
use crate::session::{Error, Result, Session};
use crate::shop::{Cart, Conflict, Retry};
use crate::statement::{Reply, Statement, TextBound, TextStatement};
use crate::subject::built_in::Answer;
use crate::subject::client::Memory;
use crate::subject::script::{
    Completion, FaultCause, Next, Run, ScriptEnd, ServerAnswer, SqlFailure, SqlKind, Start,
};
use crate::value::Value;

/// Variables that say how the last statement went, and nothing of the attempt.
const SERVER_SAYS: [&str; 3] = ["ROW_COUNT", "ERROR", "SQLSTATE"];

/// Makes one try.
///
/// # Errors
/// How it failed, or was lost to concurrency.
pub(in crate::subject) async fn attempt<S: Session>(
    own: &OwnScript,
    session: &mut S,
    cart: &Cart,
    memory: &mut Memory,
) -> Result<Answer> {
    let bound = own.given.bindings(cart, session.think_us());
    let start = Start {
        bound: &bound,
        kept: &memory.kept,
        seed: cart.key.0,
        repeats_writes: memory.retry == Retry::WholeScript,
    };
    let operation = &own.operations[cart.operation as usize];
    let mut run = Run::begin(Arc::clone(&operation.script), start);
    let end = loop {
        match run.advance() {
            Next::Send {
                sql,
                binds,
                kind,
                reach,
                place,
                command,
            } => {
                let verb = verb(&sql);
                let statement = Statement::Sql(Arc::new(TextStatement {
                    sql,
                    values: binds,
                    bound: text_bound(kind),
                    changes: kind.may_write(),
                    look: operation.looks.at(command, &run, cart),
                    reach,
                    line: place.line,
                }));
                let reply = session.execute(statement).await;
                if let Err(lost @ Error::ConnectionLost(_)) = reply {
                    memory.wrote |= run.has_committed_write();
                    return Err(lost);
                }
                run.answer(answer(verb, reply));
            }
            Next::Sleep(pause_us) => {
                session.execute(Statement::Pause(pause_us)).await?;
            }
            Next::Effect { name, value, .. } => {
                let value = value.bound();
                session.execute(Statement::Effect { name, value }).await?;
            }
            Next::Ended(end) => break end,
        }
    };
    memory.kept = run.kept();
    memory.wrote |= run.has_committed_write();
    if own.given != Given::Cart {
        let seen = run.variables().into_iter();
        let seen = seen.filter(|(name, _)| !SERVER_SAYS.contains(name));
        memory.seen = seen
            .map(|(name, value)| (name.into(), value.clone()))
            .collect();
    }
    told(end)
}

const fn text_bound(kind: SqlKind) -> Option<TextBound> {
    match kind {
        SqlKind::Begin => Some(TextBound::Begin),
        SqlKind::Commit => Some(TextBound::Commit),
        SqlKind::Rollback => Some(TextBound::Rollback),
        SqlKind::Savepoint
        | SqlKind::RollbackTo
        | SqlKind::Select
        | SqlKind::SelectLocking
        | SqlKind::Write
        | SqlKind::Setting
        | SqlKind::Other => None,
    }
}

/// The first word, as the server would say it in its tag.
fn verb(sql: &str) -> String {
    let word = sql
        .split(|c: char| !c.is_ascii_alphabetic())
        .find(|word| !word.is_empty());
    word.unwrap_or_default().to_ascii_uppercase()
}

fn answer(verb: String, reply: Result<Reply>) -> ServerAnswer {
    let reply = match reply {
        Ok(reply) => reply,
        // COMMIT was answered: by ROLLBACK.
        Err(Error::RolledBack) => {
            return ServerAnswer::Done(Completion {
                tag: "rollback".into(),
                ..Completion::default()
            });
        }
        Err(error) => return ServerAnswer::Failed(failure(&error)),
    };
    let Reply::Rows { affected, table } = reply else {
        return ServerAnswer::Done(Completion {
            tag: verb,
            ..Completion::default()
        });
    };
    let columns = table.iter().flat_map(|table| table.columns.iter());
    let rows = table.iter().flat_map(|table| table.rows());
    let text = |value: &Value| match value {
        Value::Null => None,
        other => Some(other.to_string()),
    };
    ServerAnswer::Done(Completion {
        tag: verb,
        affected,
        columns: columns.map(|name| name.clone().into_owned()).collect(),
        rows: rows.map(|row| row.iter().map(text).collect()).collect(),
    })
}

fn failure(error: &Error) -> SqlFailure {
    let (sqlstate, message) = match error {
        Error::Conflict(conflict) => (conflict.sign().to_owned(), conflict.name().to_owned()),
        Error::Database { sqlstate, message } => (sqlstate.clone(), message.clone()),
        Error::CheckViolation => ("23514".into(), error.to_string()),
        other => (String::new(), other.to_string()),
    };
    SqlFailure { sqlstate, message }
}

/// What the buyer is told.
fn told(end: ScriptEnd) -> Result<Answer> {
    match end {
        ScriptEnd::Done => Ok(Answer::Sold),
        ScriptEnd::Refused => Ok(Answer::SoldOut),
        ScriptEnd::Again(None) => Err(Conflict::StaleVersion.into()),
        // Of the statement that lost the race: one that the script sent after it may have failed
        // too, as all do in a transaction that has.
        ScriptEnd::Again(Some(failure)) => Err(match Conflict::from_sqlstate(&failure.sqlstate) {
            Some(conflict) => conflict.into(),
            None => script_error(&failure.to_string(), &failure.sqlstate),
        }),
        ScriptEnd::Failed(fault) => Err(script_error(
            &fault.to_string(),
            match &fault.cause {
                FaultCause::Sql(failure) => &failure.sqlstate,
                _ => "",
            },
        )),
    }
}

fn script_error(message: &str, sqlstate: &str) -> Error {
    Error::Script {
        message: message.into(),
        sqlstate: sqlstate.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Such a try is made again, whatever later statements of its transaction were answered.
    #[test]
    fn a_race_that_was_lost_is_told_as_what_it_is() {
        let told = |sqlstate: &str| {
            told(ScriptEnd::Again(Some(SqlFailure {
                sqlstate: sqlstate.into(),
                message: String::new(),
            })))
        };
        assert_eq!(told("40001"), Err(Conflict::Serialization.into()));
        assert_eq!(told("40P01"), Err(Conflict::Deadlock.into()));
        assert_eq!(told("55P03"), Err(Conflict::LockTimeout.into()));
    }
}
