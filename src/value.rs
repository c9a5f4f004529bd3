//! Rows, as they are read: what a statement answers and what a database holds.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One value of a row.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(untagged)]
pub enum Value {
    /// NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text; of a value that cannot be read, the name of its type in brackets.
    Text(Arc<str>),
}

impl Value {
    /// The number, if it is one.
    #[must_use]
    pub const fn int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            _ => None,
        }
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl From<Option<i64>> for Value {
    fn from(int: Option<i64>) -> Self {
        int.map_or(Self::Null, Self::Int)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
        }
    }
}

/// The names of the columns of a table. Those that the program writes down itself
/// are borrowed: a reply in memory is made two million times a second.
pub type ColumnNames = Cow<'static, [Cow<'static, str>]>;

/// Rows of named columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// The names of the columns.
    #[schemars(with = "Vec<String>")]
    pub columns: ColumnNames,
    /// Row after row.
    values: Vec<Value>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub const fn empty(columns: ColumnNames) -> Self {
        Self {
            columns,
            values: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it has not a value for each column.
    pub fn push<const N: usize>(&mut self, row: [Value; N]) {
        assert_eq!(N, self.columns.len(), "one value a column");
        self.values.extend(row);
    }

    /// Adds the values of a row, as many as there are columns.
    pub fn extend(&mut self, row: impl IntoIterator<Item = Value>) {
        self.values.extend(row);
    }

    /// The rows.
    pub fn rows(&self) -> impl Iterator<Item = &[Value]> {
        self.values.chunks(self.columns.len().max(1))
    }

    /// Whether it has no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// What a database holds: named tables of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct State(Vec<(Cow<'static, str>, Arc<Table>)>);

impl State {
    /// The tables, each with its name.
    #[must_use]
    pub const fn of(tables: Vec<(Cow<'static, str>, Arc<Table>)>) -> Self {
        Self(tables)
    }

    /// The tables, each with its name. One that two states share is the same [`Arc`].
    pub fn tables(&self) -> impl Iterator<Item = (&str, &Arc<Table>)> {
        self.0.iter().map(|(name, table)| (&**name, table))
    }

    /// The rows of a table.
    ///
    /// # Panics
    /// If there is no such table.
    pub fn rows(&self, table: &str) -> impl Iterator<Item = &[Value]> {
        let named = self.0.iter().find(|(name, _)| **name == *table);
        let (_, table) = named.unwrap_or_else(|| panic!("no table {table}"));
        table.rows()
    }
}
