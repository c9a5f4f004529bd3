//! Statements that are only text.

use std::borrow::Cow;
use std::sync::Arc;

use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Column, Either, Executor, Row, SqlStr, TypeInfo, ValueRef};

use crate::statement::Reply;
use crate::value::{Table, Value};

/// Sends it with its values, and reads whatever rows come. Once the server has
/// answered, so does this: a value of a type that is not read here is told by the name
/// of the type, in brackets. NULL goes as a `bigint`.
pub(super) async fn carry_out(
    inner: &mut PgConnection,
    sql: SqlStr,
    values: &[Value],
) -> sqlx::Result<Reply> {
    let query = values
        .iter()
        .fold(sqlx::query(sql), |query, value| match value {
            Value::Null => query.bind(None::<i64>),
            Value::Bool(value) => query.bind(*value),
            Value::Int(value) => query.bind(*value),
            Value::Text(value) => query.bind(value.to_string()),
        });
    let mut replies = inner.fetch_many(query);
    let (mut affected, mut table) = (0, Table::default());
    while let Some(reply) = replies.try_next().await? {
        match reply {
            Either::Left(done) => affected += done.rows_affected(),
            Either::Right(row) => read(&row, &mut table)?,
        }
    }
    let table = (!table.columns.is_empty()).then(|| Arc::new(table));
    Ok(Reply::Rows { affected, table })
}

fn read(row: &PgRow, table: &mut Table) -> sqlx::Result<()> {
    let columns = row.columns();
    if table.columns.is_empty() {
        let names = columns
            .iter()
            .map(|column| Cow::Owned(column.name().to_owned()));
        table.columns = names.collect();
    }
    for at in 0..columns.len() {
        table.extend([value(row, at)?]);
    }
    Ok(())
}

fn value(row: &PgRow, at: usize) -> sqlx::Result<Value> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    Ok(match raw.type_info().name() {
        "BOOL" => Value::Bool(row.try_get(at)?),
        "INT2" => Value::Int(row.try_get::<i16, _>(at)?.into()),
        "INT4" => Value::Int(row.try_get::<i32, _>(at)?.into()),
        "INT8" => Value::Int(row.try_get(at)?),
        other => {
            let text = row.try_get::<String, _>(at);
            Value::Text(text.unwrap_or_else(|_| format!("({other})")).into())
        }
    })
}
