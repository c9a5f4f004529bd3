//! The rows that a statement was answered, as a small table.

use crate::session;
use crate::statement::Reply;
use crate::value::{Table, Value};

/// Rows and columns that are shown; the others are counted.
const ROWS_MAX: usize = 5;
const COLUMNS_MAX: usize = 6;
/// Characters of a value that are shown.
const LETTERS_MAX: usize = 40;

/// The first rows of an answer.
pub(in crate::report) struct AnswerRows {
    /// The names of the columns.
    pub head: Vec<String>,
    /// Row after row, each with a value for each column.
    pub rows: Vec<Vec<Shown>>,
    rows_left_out: usize,
    columns_left_out: usize,
}

impl AnswerRows {
    /// Leaves out the columns behind the first ones.
    pub(in crate::report) fn keep_columns(&mut self, columns: usize) {
        self.columns_left_out += self.head.len().saturating_sub(columns);
        self.head.truncate(columns);
        for row in &mut self.rows {
            row.truncate(columns);
        }
    }

    /// `and 3 more, and 2 columns`: what is left out.
    pub(in crate::report) fn left_out(&self) -> Option<String> {
        let columns = match self.columns_left_out {
            0 => None,
            1 => Some("and 1 column".to_owned()),
            columns => Some(format!("and {columns} columns")),
        };
        let rows = (self.rows_left_out > 0).then(|| format!("and {} more", self.rows_left_out));
        let parts: Vec<String> = rows.into_iter().chain(columns).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// A value of a row, as a reader sees it.
pub(in crate::report) struct Shown {
    /// Its words.
    pub words: String,
    /// Whether it is NULL, and no text.
    pub is_null: bool,
}

/// A table of several rows; `None` of a reply that one line says.
pub(in crate::report) fn several_rows(reply: &session::Result<Reply>) -> Option<AnswerRows> {
    let table = reply.as_ref().ok()?.table()?;
    let count = table.rows().count();
    if count < 2 || table.columns.is_empty() {
        return None;
    }
    let columns = table.columns.iter().take(COLUMNS_MAX);
    let rows = table.rows().take(ROWS_MAX);
    Some(AnswerRows {
        head: columns.map(|name| in_one_line(name)).collect(),
        rows: rows
            .map(|row| row.iter().take(COLUMNS_MAX).map(shown).collect())
            .collect(),
        rows_left_out: count.saturating_sub(ROWS_MAX),
        columns_left_out: table.columns.len().saturating_sub(COLUMNS_MAX),
    })
}

/// `stock 1, version 0`: the first row.
pub(in crate::report) fn one_row(table: &Table) -> String {
    let values = table.rows().next().unwrap_or_default();
    let named = table.columns.iter().zip(values);
    let named = named.map(|(name, value)| format!("{name} {}", shown(value).words));
    named.collect::<Vec<_>>().join(", ")
}

/// Text that would read as nothing, or as NULL, stands in quotes.
fn shown(value: &Value) -> Shown {
    let words = match value {
        Value::Text(text) if matches!(&**text, "" | "NULL") => format!("'{text}'"),
        other => in_one_line(&other.to_string()),
    };
    Shown {
        words,
        is_null: *value == Value::Null,
    }
}

fn in_one_line(text: &str) -> String {
    let mut letters = text.chars();
    let mut words: String = letters.by_ref().take(LETTERS_MAX).collect();
    if letters.next().is_some() {
        words.push('…');
    }
    words.replace(['\n', '\t'], " ")
}
