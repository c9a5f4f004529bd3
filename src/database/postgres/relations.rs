//! What a session's statements have touched, by the locks that its transaction holds.
//!
//! PostgreSQL keeps a lock on each relation that a statement reads or changes until the
//! transaction ends, of what triggers and functions do as well. Where something is done that
//! leaves no lock, nothing is concluded from locks: see `relation_sql::HIDES`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::database::holdings::{Holdings, Relations};

/// Relations from here on are of users.
const FIRST_OF_USERS: i64 = 16_384;

/// The bit of advisory locks.
const ADVISORY: Relations = 1 << 63;

/// The bit that relations share for which none is left.
const SHARED: usize = 62;

/// The relations that have a bit, in the sequence of their bits. A search goes on in one schema
/// or database with what was learned in another, so a table has the same bit in all of them.
static NAMED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The relations of a database, as they were before anything was stepped.
#[derive(Debug)]
pub(super) struct KnownRelations(HashMap<i64, Relation>);

#[derive(Debug)]
enum Relation {
    /// Its rows; the name is the same in each schema and each database of the run.
    Rows(String),
    /// A change of it is seen before it is committed, so that to read is as to change.
    Sequence(String),
    /// It belongs to another one, which is locked with it.
    Part,
    /// Anything.
    Elsewhere,
}

impl KnownRelations {
    /// Of what [`relation_sql::RELATIONS`](super::relation_sql::RELATIONS) answers: the number of
    /// each, the names of its schema and of itself, and its kind. `own` is the schema of the run,
    /// if it has one.
    pub(super) fn of<N: AsRef<str>>(
        all: impl Iterator<Item = (i64, [N; 3])>,
        own: Option<&str>,
    ) -> Self {
        let known = all.map(|(number, [schema, name, kind])| {
            let schema = Some(schema.as_ref()).filter(|schema| Some(*schema) != own);
            let name = format!("{}.{}", schema.unwrap_or_default(), name.as_ref());
            let relation = match kind.as_ref() {
                "sequence" => Relation::Sequence(name),
                "part" => Relation::Part,
                "foreign" => Relation::Elsewhere,
                _ => Relation::Rows(name),
            };
            (number, relation)
        });
        Self(known.collect())
    }

    /// Of what [`relation_sql::HELD`](super::relation_sql::HELD) answers of one server process:
    /// relations, and how strong each lock is.
    pub(super) fn held(&self, locks: impl Iterator<Item = (i64, i32)>) -> Holdings {
        let mut held = Holdings::default();
        for (relation, strength) in locks {
            self.note(&mut held, relation, strength);
        }
        held
    }

    /// Adds one lock.
    fn note(&self, held: &mut Holdings, relation: i64, strength: i32) {
        match (self.0.get(&relation), strength) {
            (_, 3) => held.written |= ADVISORY,
            (_, 2) => *held = Holdings::ANYTHING,
            _ if relation < FIRST_OF_USERS => *held = Holdings::ANYTHING,
            (Some(Relation::Part), _) => {}
            (Some(Relation::Rows(name)), 0) => held.read |= bit(name),
            (Some(Relation::Rows(name) | Relation::Sequence(name)), _) => held.written |= bit(name),
            (Some(Relation::Elsewhere) | None, _) => *held = Holdings::ANYTHING,
        }
    }
}

fn bit(name: &str) -> Relations {
    let mut named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
    let at = named.iter().position(|known| known == name);
    let at = at.unwrap_or_else(|| {
        if named.len() < SHARED {
            named.push(name.to_owned());
            return named.len() - 1;
        }
        SHARED
    });
    1 << at
}
