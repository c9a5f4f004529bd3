//! The variables of one try of a script.

use super::datum::Datum;
use super::draws::Draws;
use super::eval::Scope;
use super::names::Slot;

/// The variables of a try.
#[derive(Debug)]
pub(super) struct Variables {
    /// By their places; `None` of one that is not set.
    pub(super) values: Vec<Option<Datum>>,
    /// Which of them hold what the try began with.
    pub(super) given: Vec<bool>,
    /// Those that no command names.
    pub(super) others: Vec<(String, Datum)>,
    /// What `random` draws from.
    pub(super) draws: Draws,
}

impl Variables {
    /// Sets one: it no longer holds what the try began with.
    pub(super) fn set(&mut self, slot: Slot, value: Datum) {
        self.values[slot] = Some(value);
        self.given[slot] = false;
    }
}

impl Scope for Variables {
    fn variable(&self, slot: Slot) -> Option<&Datum> {
        self.values.get(slot)?.as_ref()
    }

    fn draws(&mut self) -> Option<&mut Draws> {
        Some(&mut self.draws)
    }
}
