//! What a statement answered, as text.

use std::sync::Arc;

use super::message_in::{ResultColumn, row_values};

/// Rows, each value as the text that the server writes for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextRows {
    columns: Arc<[ResultColumn]>,
    /// One value behind the other.
    text: String,
    /// Where the values lie in `text`, row after row; `None` is NULL.
    places: Vec<Option<(u32, u32)>>,
    rows: usize,
    tag: String,
}

/// Why a row was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowFault {
    /// It is not whole, or has not the values that were promised.
    Broken,
    /// A value is no text.
    NotUtf8,
}

impl TextRows {
    pub(super) const fn new(columns: Arc<[ResultColumn]>) -> Self {
        Self {
            columns,
            text: String::new(),
            places: Vec::new(),
            rows: 0,
            tag: String::new(),
        }
    }

    /// Adds a row, as it stands in its message.
    pub(super) fn push(&mut self, row: &[u8]) -> Result<(), RowFault> {
        let Self { text, places, .. } = self;
        let mut is_text = true;
        let count = row_values(row, |value| {
            let place = value.map(|value| {
                let start = text.len();
                match std::str::from_utf8(value) {
                    Ok(value) => text.push_str(value),
                    Err(_) => is_text = false,
                }
                // A reply has a bound below 4 GiB.
                (start as u32, text.len() as u32)
            });
            places.push(place);
        });
        if count.map(usize::from) != Some(self.columns.len()) {
            return Err(RowFault::Broken);
        }
        self.rows += 1;
        is_text.then_some(()).ok_or(RowFault::NotUtf8)
    }

    /// Forgets the rows, and gives their memory back.
    pub(super) fn drop_rows(&mut self) {
        (self.text, self.places) = (String::new(), Vec::new());
        self.rows = 0;
    }

    pub(super) fn complete(&mut self, tag: String) {
        self.tag = tag;
    }

    pub(super) const fn bytes(&self) -> usize {
        self.text.len() + self.places.len() * size_of::<Option<(u32, u32)>>()
    }

    /// The columns; none for a statement that answers no rows.
    #[must_use]
    pub fn columns(&self) -> &[ResultColumn] {
        &self.columns
    }

    /// How many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// A value; `None` is NULL.
    ///
    /// # Panics
    /// If there is no such row or column.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> Option<&str> {
        assert!(column < self.columns.len(), "no column {column}");
        let place = self.places[row * self.columns.len() + column];
        place.map(|(start, end)| &self.text[start as usize..end as usize])
    }

    /// The values of one row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = Option<&str>> {
        assert!(row < self.rows, "no row {row}");
        (0..self.columns.len()).map(move |column| self.get(row, column))
    }

    /// What the server says is done: `UPDATE 1`, for one. A COMMIT of a transaction
    /// that failed is answered with `ROLLBACK`. Empty where there was no command.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// How many rows were changed or answered, where the tag says it.
    #[must_use]
    pub fn affected(&self) -> Option<u64> {
        self.tag.rsplit(' ').next()?.parse().ok()
    }
}
