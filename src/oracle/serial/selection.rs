//! Which tables and columns the user excludes, or compares by rank.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::calibration::CalibrationFault;
use super::end::{EndTable, PartKind};

/// How a column is compared, as far as the user says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnChoice {
    /// As what it turns out to be.
    Compared,
    /// Not at all.
    Ignored,
    /// By rank.
    Ranked,
}

/// The choices of the user.
#[derive(Debug, Default)]
pub struct Selection {
    tables: HashSet<String>,
    columns: HashMap<(String, String), bool>,
}

impl Selection {
    /// The choices among these tables.
    ///
    /// # Errors
    /// If a name fits no table and no column of theirs.
    pub fn of(
        start: &[EndTable],
        ignore: &[Arc<str>],
        ordered: &[Arc<str>],
    ) -> Result<Self, CalibrationFault> {
        let mut selection = Self::default();
        for name in ignore {
            selection.choose(start, name, "ignore")?;
        }
        for name in ordered {
            selection.choose(start, name, "ordered")?;
        }
        Ok(selection)
    }

    fn choose(
        &mut self,
        start: &[EndTable],
        name: &Arc<str>,
        key: &'static str,
    ) -> Result<(), CalibrationFault> {
        let is_ordered = key == "ordered";
        let mut is_known = false;
        for (table, rows) in start {
            if !is_ordered && is_called(table, name) {
                self.tables.insert(table.to_string());
                is_known = true;
            }
            let Some((of, column)) = name.rsplit_once('.') else {
                continue;
            };
            if is_called(table, of) && rows.columns.iter().any(|known| known == column) {
                let place = (table.to_string(), column.to_owned());
                self.columns.insert(place, is_ordered);
                is_known = true;
            }
        }
        let name = Arc::clone(name);
        is_known
            .then_some(())
            .ok_or(CalibrationFault::UnknownName { key, name })
    }

    /// How a part is compared.
    pub fn table(&self, (kind, name): (PartKind, &str)) -> ColumnChoice {
        let is_ignored = kind == PartKind::Rows && self.tables.contains(name);
        if is_ignored {
            ColumnChoice::Ignored
        } else {
            ColumnChoice::Compared
        }
    }

    /// How a column of a part is compared.
    pub fn column(&self, (kind, name): (PartKind, &str), column: &str) -> ColumnChoice {
        let place = (name.to_owned(), column.to_owned());
        match self.columns.get(&place) {
            Some(_) if kind != PartKind::Rows => ColumnChoice::Compared,
            Some(true) => ColumnChoice::Ranked,
            Some(false) => ColumnChoice::Ignored,
            None => ColumnChoice::Compared,
        }
    }
}

/// Refuses names of the user's that no table and no column has.
///
/// # Errors
/// The first of them.
pub fn check_names(
    start: &[EndTable],
    ignore: &[Arc<str>],
    ordered: &[Arc<str>],
) -> Result<(), CalibrationFault> {
    Selection::of(start, ignore, ordered).map(drop)
}

/// Whether a table goes by this name, with its schema or without.
fn is_called(table: &str, name: &str) -> bool {
    table == name || table.rsplit_once('.').is_some_and(|(_, bare)| bare == name)
}
