//! What is asked over one connection, and changes nothing: invariants, in one snapshot and within
//! a time, and which sessions wait.

use std::borrow::Cow;
use std::fmt::Debug;
use std::str::FromStr;

use super::{asked_sql, sql};
use crate::database::error::ServerError;
use crate::database::own_tables::InvariantRows;
use crate::database::postgres::relation_sql;
use crate::database::postgres::text_link::{TextLink, while_trying_to};
use crate::database::postgres::wire::{TextRows, WireCall, WireFailure, WireResult};
use crate::value::{Table, Value};

/// How many rows of an invariant are shown.
const ROWS_SHOWN: usize = 20;

/// Of each question the first rows, or the server's message.
///
/// # Errors
/// The server is gone.
pub(super) async fn ask_all(
    link: &mut TextLink,
    questions: &[&str],
) -> Result<Vec<Result<InvariantRows, String>>, ServerError> {
    let failed = |failure: WireFailure| while_trying_to("ask the invariants")(failure);
    let mut calls = vec![WireCall::new(sql::BEGIN_READING, Vec::new())];
    calls.extend(asked_sql::FOR_INVARIANTS.map(|sql| WireCall::new(sql, Vec::new())));
    for question in questions {
        calls.extend(asking(question));
    }
    calls.push(WireCall::new(sql::COMMIT, Vec::new()));
    match link.run_groups(&[calls]).await {
        Ok(rows) => {
            let answers = rows[1 + asked_sql::FOR_INVARIANTS.len()..].chunks_exact(4);
            Ok(answers.map(|answer| Ok(answered(answer))).collect())
        }
        Err(WireFailure::Refused(_)) => {
            link.run(sql::ROLLBACK, &[]).await.map_err(failed)?;
            ask_one_by_one(link, questions).await.map_err(failed)
        }
        Err(failure) => Err(failed(failure)),
    }
}

/// Where one of them fails, the others are asked all the same.
async fn ask_one_by_one(
    link: &mut TextLink,
    questions: &[&str],
) -> WireResult<Vec<Result<InvariantRows, String>>> {
    let mut answers = Vec::new();
    link.run(sql::BEGIN_READING, &[]).await?;
    for sql in asked_sql::FOR_INVARIANTS {
        link.run(sql, &[]).await?;
    }
    for question in questions {
        link.run(sql::SAVEPOINT, &[]).await?;
        let asked = link.run_groups(&[asking(question)]).await;
        answers.push(match asked {
            Ok(rows) => Ok(answered(&rows)),
            Err(WireFailure::Refused(message)) => {
                link.run(sql::TO_SAVEPOINT, &[]).await?;
                Err(match &*message.sqlstate {
                    asked_sql::QUERY_CANCELED => asked_sql::TOO_SLOW.into(),
                    _ => message.to_string(),
                })
            }
            Err(failure) => return Err(failure),
        });
    }
    link.run(sql::ROLLBACK, &[]).await?;
    Ok(answers)
}

/// The sessions of this database that wait for a lock, each with when it began to.
///
/// # Errors
/// The server refuses or is gone.
pub(super) async fn waiting_here(link: &mut TextLink) -> Result<Vec<(i32, i64)>, ServerError> {
    let waiting = link.run(relation_sql::WAITING_FOR_LOCKS, &[None]).await;
    let waiting = waiting.map_err(while_trying_to("look for blocked backends"))?;
    let pair = |row| (number(&waiting, row, 0), number(&waiting, row, 1));
    Ok((0..waiting.len()).map(pair).collect())
}

/// The number of the next transaction that writes, but for those that are under way.
///
/// # Errors
/// The server refuses or is gone.
pub(super) async fn next_transaction(link: &mut TextLink) -> Result<u64, ServerError> {
    let next = link.run(asked_sql::NEXT_TRANSACTION, &[]).await;
    let next = next.map_err(while_trying_to("ask for the last transaction"))?;
    Ok(number(&next, 0, 0))
}

/// A number of an answer, of which the question says that it is one.
pub(super) fn number<N: FromStr<Err: Debug>>(rows: &TextRows, row: usize, column: usize) -> N {
    let text = rows.get(row, column).expect("a value that is never NULL");
    text.parse().expect("a number")
}

/// Its first rows, and how many there are.
fn asking(question: &str) -> Vec<WireCall<'static>> {
    let question = asked_sql::Question::of(question);
    vec![
        WireCall::new(question.declare(), Vec::new()),
        WireCall::new(question.fetch(ROWS_SHOWN), Vec::new()),
        WireCall::new(question.count_the_rest(), Vec::new()),
        WireCall::new(question.close(), Vec::new()),
    ]
}

fn answered(answer: &[TextRows]) -> InvariantRows {
    let (first, rest) = (&answer[1], &answer[2]);
    let names = first.columns().iter();
    let mut table = Table::empty(
        names
            .map(|column| Cow::Owned(column.name.clone()))
            .collect(),
    );
    let value = |value: Option<&str>| value.map_or(Value::Null, |text| Value::Text(text.into()));
    for row in 0..first.len() {
        table.extend(first.row(row).map(value));
    }
    InvariantRows {
        table,
        total: first.len() as u64 + rest.affected().unwrap_or(0),
    }
}
