//! What a session's statements have touched, by the locks that its transaction holds.
//!
//! PostgreSQL keeps a lock on each relation that a statement reads or changes until the
//! transaction ends, of what triggers and functions do as well. Where something is done that
//! leaves no lock, nothing is concluded from locks: see `relation_sql::HIDES`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::database::holdings::{Holdings, Relations};

/// Relations from here on are of users.
const FIRST_OF_USERS: i64 = 16_384;

/// The bit of advisory locks.
const ADVISORY: Relations = 1 << 63;

/// The bit that relations share for which none is left.
const SHARED: usize = 62;

/// The relations that have a bit, in the sequence of their bits. A search goes on in one
/// schema with what was learned in another, so a table has the same bit in all of them.
static NAMED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The relations of a database, as they were before anything was stepped.
#[derive(Debug)]
pub(super) struct KnownRelations(HashMap<i64, Relation>);

#[derive(Debug)]
enum Relation {
    /// Its rows; the name is the same in each schema of the run.
    Rows(String),
    /// A change of it is seen before it is committed, so that to read is as to change.
    Sequence(String),
    /// It belongs to another one, which is locked with it.
    Part,
    /// Anything.
    Elsewhere,
}

impl KnownRelations {
    /// Of the rows that tell of all relations; `own` is the schema of the run.
    pub(super) fn read(rows: &[PgRow], own: &str) -> sqlx::Result<Self> {
        let read = rows.iter().map(|row| {
            let schema: &str = row.try_get(1)?;
            let schema = if schema == own { "" } else { schema };
            let name = format!("{schema}.{}", row.try_get::<&str, _>(2)?);
            let relation = match row.try_get(3)? {
                "sequence" => Relation::Sequence(name),
                "part" => Relation::Part,
                "foreign" => Relation::Elsewhere,
                _ => Relation::Rows(name),
            };
            Ok((row.try_get(0)?, relation))
        });
        read.collect::<sqlx::Result<_>>().map(Self)
    }

    /// Of the rows that tell what one server process holds.
    pub(super) fn held(&self, rows: &[PgRow]) -> sqlx::Result<Holdings> {
        let mut held = Holdings::default();
        for row in rows {
            self.note(&mut held, row.try_get(0)?, row.try_get(1)?);
        }
        Ok(held)
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
