//! One statement, with its values and its answers.

use std::sync::Arc;

use crate::database::wire::{ResultColumn, row_values};
use crate::explore::worlds::proxy::{first_word, is_binary, shown_value};

/// Rows of an answer that are kept.
const ROWS_KEPT: u64 = 2;

/// How a statement was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SentHow {
    /// As text alone, with no values.
    Simple,
    /// Prepared without a name.
    Unnamed,
    /// Prepared under a name, so that it can be executed again.
    Named,
}

/// What one statement was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeardReply {
    /// The columns of its rows; none where it has no rows, or where they were never described.
    pub columns: Vec<ResultColumn>,
    /// Its first rows, each value as text; `None` for NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// How many rows came.
    pub row_count: u64,
    /// The command tag, such as `UPDATE 1`; `None` where it is not done.
    pub tag: Option<String>,
}

/// A statement and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Which connection, from 1.
    pub connection: u64,
    /// How many pieces had been heard when it was executed.
    pub at: usize,
    /// Its text, of which at most 1 MiB is kept.
    pub sql: Arc<str>,
    /// Whether the text has lost its end.
    pub is_cut: bool,
    /// How it was sent.
    pub how: SentHow,
    /// Its values as text, of each at most 1 MiB; `None` for NULL.
    pub binds: Vec<Option<String>>,
    /// The types of its values, by the numbers in `pg_type`; 0, or none at all, where they are not
    /// known.
    pub types: Vec<u32>,
    /// Whether a transaction was open before it.
    pub is_in_transaction: bool,
    /// Whether another one was executed before the server had answered the one before it.
    pub is_pipelined: bool,
    /// Its answers: one of each statement in its text, as far as the server got.
    pub replies: Vec<HeardReply>,
    /// The SQLSTATE and the message, where it failed.
    pub error: Option<String>,
}

impl HeardReply {
    /// Counts a row, and keeps it if it is one of the first.
    pub(super) fn take_row(&mut self, row: &[u8], formats: &[u16], bytes_max: usize) {
        self.row_count += 1;
        if self.row_count > ROWS_KEPT {
            return;
        }
        let mut values = Vec::new();
        let whole = row_values(row, |value| {
            let at = values.len();
            let type_oid = self.columns.get(at).map_or(0, |column| column.type_oid);
            let is_binary = is_binary(formats, at);
            values.push(value.map(|value| shown_value(value, is_binary, type_oid, bytes_max)));
        });
        if whole.is_some() {
            self.rows.push(values);
        }
    }
}

impl Exchange {
    /// Its first word, in lower case.
    #[must_use]
    pub fn verb(&self) -> String {
        first_word(&self.sql).to_ascii_lowercase()
    }
}
