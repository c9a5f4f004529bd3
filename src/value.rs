//! Rows, as they are read: what a statement answers and what a database holds.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

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
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct Table {
    /// The names of the columns.
    #[schemars(with = "Vec<String>")]
    pub columns: ColumnNames,
    /// Row after row; none where `delta` says what they are.
    values: Vec<Value>,
    #[serde(skip)]
    delta: Option<Box<TableDelta>>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub const fn empty(columns: ColumnNames) -> Self {
        Self {
            columns,
            values: Vec::new(),
            delta: None,
        }
    }

    /// What another table has become, whose rows are sorted: without the rows of these numbers,
    /// each once, and with new ones. It costs what the difference does, however many rows there
    /// are. Where nothing differs it is that table itself.
    #[must_use]
    pub fn changed(start: &Arc<Self>, gone: Vec<usize>, new: Vec<Vec<Value>>) -> Arc<Self> {
        let delta = TableDelta {
            start: Arc::clone(start),
            rows: RowDelta::of(start, gone, new),
        };
        if delta.rows == RowDelta::default() {
            return Arc::clone(start);
        }
        Arc::new(Self::with(delta))
    }

    fn with(delta: TableDelta) -> Self {
        Self {
            columns: delta.start.columns.clone(),
            values: Vec::new(),
            delta: Some(Box::new(delta)),
        }
    }

    /// The same rows as a difference to another table, which equals the one that it knows.
    #[must_use]
    pub fn changed_from(&self, start: &Arc<Self>) -> Option<Self> {
        let delta = self.delta.as_deref()?;
        Some(Self::with(TableDelta {
            start: Arc::clone(start),
            ..delta.clone()
        }))
    }

    /// The table of which this one is told as a difference, if it is.
    #[must_use]
    pub fn start(&self) -> Option<&Arc<Self>> {
        self.delta.as_deref().map(|delta| &delta.start)
    }

    /// The rows of [`Table::start`] that are gone, and those that are new, both sorted.
    #[must_use]
    pub fn delta(&self) -> Option<[Vec<&[Value]>; 2]> {
        let TableDelta { start, rows } = self.delta.as_deref()?;
        let gone = rows.gone.iter().map(|&at| start.row(at));
        Some([gone.collect(), rows.new.chunks(self.width()).collect()])
    }

    /// What tells the table from others that are told by one start; `None` of the start itself.
    #[must_use]
    pub fn row_delta(&self) -> Option<&RowDelta> {
        self.delta.as_deref().map(|delta| &delta.rows)
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it has not a value for each column.
    pub fn push<const N: usize>(&mut self, row: [Value; N]) {
        assert_eq!(N, self.columns.len(), "one value a column");
        self.extend(row);
    }

    /// Adds the values of a row, as many as there are columns.
    pub fn extend(&mut self, row: impl IntoIterator<Item = Value>) {
        debug_assert!(self.delta.is_none(), "its rows are told by a difference");
        self.values.extend(row);
    }

    /// The rows.
    pub fn rows(&self) -> impl Iterator<Item = &[Value]> {
        let merged = self.delta.iter().flat_map(|delta| delta.merged());
        self.values.chunks(self.width()).chain(merged)
    }

    /// As many rows, with a mark in the place of each value.
    #[must_use]
    pub fn without_values(&self) -> Self {
        let mark = Value::Text("***".into());
        Self {
            columns: self.columns.clone(),
            values: self.rows().flatten().map(|_| mark.clone()).collect(),
            delta: None,
        }
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows().next().is_none()
    }

    fn width(&self) -> usize {
        self.columns.len().max(1)
    }

    /// A row of a table that is no difference itself.
    fn row(&self, at: usize) -> &[Value] {
        &self.values[at * self.width()..][..self.width()]
    }
}

/// Equal are those of equal columns with equal rows in an equal sequence, however they are told.
impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        match (self.delta.as_deref(), other.delta.as_deref()) {
            (None, None) => self.columns == other.columns && self.values == other.values,
            (Some(one), Some(other)) if Arc::ptr_eq(&one.start, &other.start) => {
                one.rows == other.rows
            }
            _ => self.columns == other.columns && self.rows().eq(other.rows()),
        }
    }
}

impl Eq for Table {}

impl Hash for Table {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.columns.hash(hasher);
        self.rows().flatten().for_each(|value| value.hash(hasher));
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values: Vec<&Value> = self.rows().flatten().collect();
        let mut table = serializer.serialize_struct("Table", 2)?;
        table.serialize_field("columns", &self.columns)?;
        table.serialize_field("values", &values)?;
        table.end()
    }
}

/// What a table has become, told by the one that it was.
#[derive(Debug, Clone)]
struct TableDelta {
    /// Its rows are sorted, and it is no difference itself.
    start: Arc<Table>,
    rows: RowDelta,
}

/// Which rows differ from those of a sorted table. Of equal differences there is one form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct RowDelta {
    /// The numbers of the rows that are gone, ascending; of equal rows the first ones.
    gone: Vec<usize>,
    /// The rows that are new, sorted, one value behind the other. None equals one that is gone.
    new: Vec<Value>,
}

impl RowDelta {
    fn of(start: &Table, mut gone: Vec<usize>, mut new: Vec<Vec<Value>>) -> Self {
        if start.columns.is_empty() {
            // Rows without a value cannot be told apart, and are not kept.
            return Self::default();
        }
        gone.sort_unstable();
        new.sort_unstable();
        without_equals(start, &mut gone, &mut new);
        let mut free = 0;
        for at in &mut gone {
            while *at > free && start.row(*at - 1) == start.row(*at) {
                *at -= 1;
            }
            free = *at + 1;
        }
        let new = new.into_iter().flatten().collect();
        Self { gone, new }
    }
}

impl TableDelta {
    /// All rows, sorted.
    fn merged(&self) -> impl Iterator<Item = &[Value]> {
        let mut gone = self.rows.gone.iter().copied().peekable();
        let old = self.start.values.chunks(self.start.width()).enumerate();
        let stays = move |(at, _): &(usize, _)| gone.next_if_eq(at).is_none();
        let mut old = old.filter(stays).map(|(_, row)| row).peekable();
        let mut new = self.rows.new.chunks(self.start.width()).peekable();
        std::iter::from_fn(move || match (old.peek(), new.peek()) {
            (Some(row), Some(other)) if other < row => new.next(),
            (None, _) => new.next(),
            (Some(_), _) => old.next(),
        })
    }
}

/// A row that has gone and come again has not changed.
fn without_equals(start: &Table, gone: &mut Vec<usize>, new: &mut Vec<Vec<Value>>) {
    let mut come = std::mem::take(new).into_iter().peekable();
    gone.retain(|&at| {
        let row = start.row(at);
        while let Some(before) = come.next_if(|other| other.as_slice() < row) {
            new.push(before);
        }
        come.next_if(|other| other.as_slice() == row).is_none()
    });
    new.extend(come);
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
