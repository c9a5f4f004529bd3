//! The variables of a script, and names that are nearly right.

use std::collections::HashMap;
use std::sync::Arc;

/// A variable of a script: its place in [`Names`].
pub(super) type Slot = usize;

/// Set after each statement, as psql does.
pub(super) const OF_PSQL: [&str; 3] = ["ROW_COUNT", "ERROR", "SQLSTATE"];

/// Set before the start: the seed of `hash` and of random draws.
pub(super) const SEEDS: [&str; 2] = ["default_seed", "random_seed"];

/// The variables that a script names, and those that it may set.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    slots: HashMap<Arc<str>, Slot>,
    names: Vec<Arc<str>>,
}

impl Names {
    pub(super) fn slot(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.slots.get(name) {
            return *slot;
        }
        let name: Arc<str> = name.into();
        self.slots.insert(name.clone(), self.names.len());
        self.names.push(name);
        self.names.len() - 1
    }

    pub(super) fn known(&self, name: &str) -> Option<Slot> {
        self.slots.get(name).copied()
    }

    pub(super) fn name(&self, slot: Slot) -> &Arc<str> {
        &self.names[slot]
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &Arc<str>)> {
        self.names.iter().enumerate()
    }
}

/// Whether a character may stand at the beginning of the name of a variable.
pub(super) fn begins_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

/// Whether a character may stand in the name of a variable.
pub(super) fn is_of_name(c: char) -> bool {
    begins_name(c) || c.is_ascii_digit()
}

/// Whether a text can be the name of a variable.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(begins_name) && text.chars().all(is_of_name)
}

/// The name that is nearest to one, if any is near.
pub(super) fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let distance = |other: &str| distance(&name.to_lowercase(), &other.to_lowercase());
    let near = names.into_iter().map(|other| (distance(other), other));
    let (distance, nearest) = near.min()?;
    let limit = (name.chars().count() / 3).max(1);
    (distance <= limit).then_some(nearest)
}

/// Characters to insert, delete, replace, or exchange with their neighbours.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(from != to);
            let mut least = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *from == b[j - 1] && a[i - 1] == *to {
                let exchanged: usize = before[j - 1];
                least = least.min(exchanged + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
