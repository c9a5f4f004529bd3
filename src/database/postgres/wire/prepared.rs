//! Statements that the server keeps.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::message_in::ResultColumn;

/// A statement that the server keeps for one connection. It is closed there, with
/// the next statement, once the last copy of this is gone.
#[derive(Debug, Clone)]
pub struct Prepared(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    name: String,
    parameters: Vec<u32>,
    columns: Arc<[ResultColumn]>,
    closing: ClosingNames,
}

/// The names of statements that nothing here refers to any more.
#[derive(Debug, Clone, Default)]
pub(super) struct ClosingNames(Arc<Mutex<Vec<String>>>);

impl ClosingNames {
    pub(super) fn add(&self, name: String) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(name);
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.closing.add(std::mem::take(&mut self.name));
    }
}

impl Prepared {
    pub(super) fn new(
        name: String,
        parameters: Vec<u32>,
        columns: Arc<[ResultColumn]>,
        closing: &ClosingNames,
    ) -> Self {
        Self(Arc::new(Kept {
            name,
            parameters,
            columns,
            closing: closing.clone(),
        }))
    }

    pub(super) fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether the connection with these names has it.
    pub(super) fn is_of(&self, closing: &ClosingNames) -> bool {
        Arc::ptr_eq(&self.0.closing.0, &closing.0)
    }

    pub(super) fn shared_columns(&self) -> Arc<[ResultColumn]> {
        Arc::clone(&self.0.columns)
    }

    /// The types of its parameters, by their numbers in `pg_type`.
    #[must_use]
    pub fn parameters(&self) -> &[u32] {
        &self.0.parameters
    }

    /// The columns of its rows; none if it answers no rows.
    #[must_use]
    pub fn columns(&self) -> &[ResultColumn] {
        &self.0.columns
    }
}

/// The statements of one connection that are kept by their text: the few that were
/// used last.
#[derive(Debug)]
pub(super) struct KeptByText {
    found: HashMap<Box<str>, (Prepared, u64)>,
    uses: u64,
    count_max: usize,
}

impl KeptByText {
    pub(super) fn new(count_max: usize) -> Self {
        Self {
            found: HashMap::new(),
            uses: 0,
            count_max,
        }
    }

    pub(super) fn get(&mut self, sql: &str) -> Option<Prepared> {
        let (prepared, used) = self.found.get_mut(sql)?;
        self.uses += 1;
        *used = self.uses;
        Some(prepared.clone())
    }

    pub(super) fn keep(&mut self, sql: &str, prepared: Prepared) {
        if self.count_max == 0 {
            return;
        }
        if self.found.len() >= self.count_max {
            let oldest = self.found.iter().min_by_key(|(_, (_, used))| *used);
            if let Some(oldest) = oldest.map(|(sql, _)| sql.clone()) {
                self.found.remove(&oldest);
            }
        }
        self.uses += 1;
        self.found.insert(sql.into(), (prepared, self.uses));
    }

    pub(super) fn forget(&mut self, sql: &str) {
        self.found.remove(sql);
    }

    pub(super) fn forget_all(&mut self) {
        self.found.clear();
    }
}
