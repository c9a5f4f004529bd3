//! Statements of the shop's own, and their rows.

use std::sync::Arc;

use crate::session::{Result, Session};
use crate::statement::{Reply, Statement, TextLook, TextReach, TextStatement};
use crate::value::Value;

/// Sends it, and answers how many rows it read or changed.
pub(super) async fn changed(
    session: &mut impl Session,
    sql: &'static str,
    values: impl IntoIterator<Item = Value> + Send,
) -> Result<u64> {
    let statement = text_statement(sql, values);
    Ok(match session.execute(statement).await? {
        Reply::Rows { affected, .. } => affected,
        Reply::Done => 0,
    })
}

fn text_statement(sql: &'static str, values: impl IntoIterator<Item = Value>) -> Statement {
    let values = values.into_iter().map(|value| match value {
        Value::Null => None,
        other => Some(other.to_string()),
    });
    Statement::Sql(Arc::new(TextStatement {
        sql: sql.into(),
        values: values.collect(),
        bound: None,
        changes: true,
        look: TextLook::Unknown,
        reach: TextReach::Query,
        line: 0,
    }))
}

/// Sends it, and answers its rows.
pub(super) async fn rows(
    session: &mut impl Session,
    sql: &'static str,
    values: impl IntoIterator<Item = Value> + Send,
) -> Result<Vec<Vec<Value>>> {
    let statement = text_statement(sql, values);
    let reply = session.execute(statement).await?;
    let table = reply.table().into_iter();
    Ok(table
        .flat_map(|table| table.rows().map(<[Value]>::to_vec))
        .collect())
}

/// A number of a row.
///
/// # Panics
/// If it is none: each column that is read so is a number, and never NULL.
pub(super) fn int(value: &Value) -> i64 {
    let number = value.to_string().parse();
    number.expect("a column of whole numbers")
}

pub(super) fn text(text: impl Into<Arc<str>>) -> Value {
    Value::Text(text.into())
}
