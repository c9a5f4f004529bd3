//! Where the keys of a scenario file stand.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A file whose syntax is right, with the place of each key in it.
pub(super) struct Places<'t> {
    text: &'t str,
    root: DeTable<'t>,
}

impl<'t> Places<'t> {
    /// The places in a text that could be read.
    pub(super) fn of(text: &'t str) -> Self {
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

    /// Whether a key is written.
    pub(super) fn has(&self, path: &[&str]) -> bool {
        let (last, tables) = path.split_last().unwrap_or((&"", &[]));
        self.table(tables)
            .is_some_and(|table| table.contains_key(*last))
    }

    /// The first key of a table that is such a one, as it is written there.
    pub(super) fn key(&self, path: &[&str], is_meant: impl Fn(&str) -> bool) -> Option<&str> {
        let mut keys = self.table(path)?.keys().map(|key| key.get_ref().as_ref());
        keys.find(|key| is_meant(key))
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
