//! The tables of a playground, by the catalogue of their database.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::sql::{self, OfTable};
use crate::database::postgres::text_link::TextLink;
use crate::database::postgres::wire::{TextRows, WireResult};
use crate::value::{Table, Value};

/// A table that holds rows: no partitioned one, whose rows are in its partitions.
#[derive(Debug)]
pub(super) struct OwnTable {
    number: usize,
    pub(super) oid: String,
    /// As SQL, with its schema.
    table: String,
    /// For readers: without the schema `public`.
    pub(super) shown: String,
    /// The names of its columns for readers.
    pub(super) names: Vec<Cow<'static, str>>,
    columns: Vec<String>,
    given: Vec<String>,
}

impl OwnTable {
    /// Its statements.
    pub(super) fn sql(&self) -> OfTable<'_> {
        OfTable {
            number: self.number,
            table: &self.table,
            columns: &self.columns,
            given: &self.given,
        }
    }

    /// The values of a row, behind the two columns that are about it.
    pub(super) fn values(&self, rows: &TextRows, row: usize) -> Vec<Value> {
        let values = rows.row(row).skip(2);
        let value =
            |value: Option<&str>| value.map_or(Value::Null, |text| Value::Text(text.into()));
        values.map(value).collect()
    }
}

/// The tables, those of schema `public` first, by name.
pub(super) async fn find(link: &mut TextLink) -> WireResult<Vec<OwnTable>> {
    let found = link.run(sql::FIND_TABLES, &[]).await?;
    let text = |row, column| found.get(row, column).unwrap_or_default().to_owned();
    let table = |row| OwnTable {
        number: row + 1,
        oid: text(row, 0),
        table: text(row, 1),
        shown: text(row, 2),
        names: Vec::new(),
        columns: Vec::new(),
        given: Vec::new(),
    };
    let mut tables: Vec<OwnTable> = (0..found.len()).map(table).collect();
    let oids: Vec<&str> = tables.iter().map(|table| table.oid.as_str()).collect();
    let oids = array(&oids);
    let columns = link.run(sql::FIND_COLUMNS, &[Some(&oids)]).await?;
    let by_oid: HashMap<String, usize> = tables
        .iter()
        .enumerate()
        .map(|(at, table)| (table.oid.clone(), at))
        .collect();
    for row in 0..columns.len() {
        let text = |column| columns.get(row, column).unwrap_or_default();
        let Some(table) = by_oid.get(text(0)).map(|at| &mut tables[*at]) else {
            continue;
        };
        table.columns.push(text(1).to_owned());
        table.names.push(text(2).to_owned().into());
        if text(3) == "t" {
            table.given.push(text(1).to_owned());
        }
    }
    Ok(tables)
}

/// Numbers or places as the text of an array; places have a comma in them.
pub(super) fn array(values: &[impl AsRef<str>]) -> String {
    let quoted = values.iter().map(|value| format!("\"{}\"", value.as_ref()));
    format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
}

/// The values of the first column that are not NULL.
pub(super) fn first_column(rows: &TextRows) -> Vec<String> {
    let values = (0..rows.len()).filter_map(|row| rows.get(row, 0));
    values.map(str::to_owned).collect()
}

/// These rows, in the sequence of their values.
pub(super) fn sorted(own: &OwnTable, mut rows: Vec<Vec<Value>>) -> Arc<Table> {
    rows.sort_unstable();
    let mut table = Table::empty(own.names.clone().into());
    rows.into_iter().for_each(|row| table.extend(row));
    table.into()
}
