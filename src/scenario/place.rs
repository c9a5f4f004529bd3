//! Where the keys of a scenario file stand.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::named::Named as _;
use super::threshold::Threshold;
use crate::cell::{Cell, Subject};

/// A file whose syntax is right, with the place of each key in it.
pub struct Places<'t> {
    text: &'t str,
    root: DeTable<'t>,
}

impl<'t> Places<'t> {
    /// The places in a text that could be read; of any other text every line is the first.
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        let root = DeTable::parse(text).map(Spanned::into_inner);
        Self {
            text,
            root: root.unwrap_or_default(),
        }
    }

    /// The line of a key by the names of the tables around it and its own; of
    /// the innermost of those tables where it is not written; or the first.
    pub(super) fn line(&self, path: &[&str]) -> usize {
        let mut table = Some(&self.root);
        let mut at = 0;
        for name in path {
            let Some((key, value)) = table.and_then(|table| table.get_key_value(*name)) else {
                break;
            };
            at = key.span().start;
            table = value.get_ref().as_table();
        }
        line_of(self.text, at)
    }

    /// The line of an entry of a list at the top level.
    pub(super) fn line_of_entry(&self, list: &str, index: usize) -> usize {
        let list_of =
            |value: &'_ Spanned<DeValue<'t>>| value.get_ref().get(index).map(Spanned::span);
        match self.root.get(list).and_then(list_of) {
            Some(span) => line_of(self.text, span.start),
            None => self.line(&[list]),
        }
    }

    /// The line of a key of `[service]`, or of one of its requests: the list and the number in it.
    pub(super) fn line_of_service(&self, request: Option<(&str, usize)>, key: &str) -> usize {
        let Some((list, index)) = request else {
            return self.line(&["service", key]);
        };
        let of_list = self.table(&["service"]).and_then(|table| table.get(list));
        let request = of_list.and_then(|list| list.get_ref().get(index));
        let table = request.and_then(|request| request.get_ref().as_table());
        let written = table.and_then(|table| table.get_key_value(key));
        match (written, request) {
            (Some((key, _)), _) => line_of(self.text, key.span().start),
            (None, Some(request)) => line_of(self.text, request.span().start),
            (None, None) => self.line(&["service", list]),
        }
    }

    /// The line that states the verdict of a cell in `[expect.load]` or `[expect.explore]`,
    /// by the last word of the table; the line of the table or the first where the file states none.
    #[must_use]
    pub fn line_of_verdict(&self, table: &str, cell: Cell) -> usize {
        let key = self.key_of_subject(&["expect", table], cell.subject);
        self.line(&["expect", table, key, cell.level.name()])
    }

    /// The line that states a threshold for a strategy; the first where the file has none
    /// such.
    #[must_use]
    pub fn line_of_threshold(&self, rule: &str, subject: Subject) -> usize {
        let is_meant = |entry: &Spanned<DeValue<'_>>| {
            let stated: Option<Threshold> = entry.get_ref().as_str()?.parse().ok();
            let stated = stated.filter(|stated| stated.rule() == rule)?;
            Some(stated.subject.is_none_or(|of| of == subject))
        };
        let list = self
            .root
            .get("thresholds")
            .and_then(|l| l.get_ref().as_array());
        let mut entries = list.into_iter().flat_map(|list| list.iter());
        let entry = entries.find(|entry| is_meant(entry) == Some(true));
        entry.map_or(1, |entry| line_of(self.text, entry.span().start))
    }

    /// The key of a strategy in a table, by whichever of its names it is written there.
    pub(super) fn key_of_subject(&self, table: &[&str], subject: Subject) -> &str {
        let mut keys = self.table(table).into_iter().flat_map(|table| table.keys());
        let key = keys.find(|key| Subject::named(key.get_ref()) == Some(subject));
        key.map_or(subject.name(), |key| key.get_ref())
    }

    /// Whether a key is written.
    pub(super) fn has(&self, path: &[&str]) -> bool {
        let (last, tables) = path.split_last().unwrap_or((&"", &[]));
        self.table(tables)
            .is_some_and(|table| table.contains_key(*last))
    }

    fn table(&self, path: &[&str]) -> Option<&DeTable<'t>> {
        path.iter().try_fold(&self.root, |table, name| {
            table
                .get(*name)
                .and_then(|value| value.get_ref().as_table())
        })
    }
}

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    let before = &text.as_bytes()[..at.min(text.len())];
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}
