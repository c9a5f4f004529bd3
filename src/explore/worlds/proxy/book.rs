//! What a client has prepared and bound, so that an Execute can be told in words.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::binds::shown_value;
use super::step::SentStatement;
use crate::database::wire::{ClientMessage, Described};

/// How many names are remembered; of the statements that are prepared earlier only their
/// execution is told.
const NAMES_MAX: usize = 1_000;

/// A longer name is not remembered, in bytes.
const NAME_BYTES_MAX: usize = 1 << 10;

/// How much of what a client sends is kept, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct BookLimits {
    /// Of a statement.
    pub sql_bytes: usize,
    /// Of a value.
    pub value_bytes: usize,
}

impl Default for BookLimits {
    /// For people to read, of as many statements as are sent.
    fn default() -> Self {
        Self {
            sql_bytes: 16 << 10,
            value_bytes: 1 << 10,
        }
    }
}

impl BookLimits {
    /// A statement without values.
    #[must_use]
    pub fn plain(self, sql: &[u8]) -> SentStatement {
        SentStatement {
            sql: Some(self.kept(sql)),
            is_cut: sql.len() > self.sql_bytes,
            binds: Vec::new(),
        }
    }

    fn kept(self, sql: &[u8]) -> Arc<str> {
        String::from_utf8_lossy(&sql[..sql.len().min(self.sql_bytes)]).into()
    }
}

#[derive(Debug, Clone)]
struct KnownStatement {
    sql: Arc<str>,
    is_cut: bool,
    types: Vec<u32>,
}

/// A statement with its values, ready to be executed.
#[derive(Debug, Clone)]
pub struct BoundStatement {
    /// Its text and its values.
    pub sent: SentStatement,
    /// The types of its values, by the numbers in `pg_type`; 0, or none at all, where they are not
    /// known.
    pub types: Vec<u32>,
    /// The name under which it was prepared.
    pub statement: Vec<u8>,
    /// Whether the values of its rows are to be binary: none, one for all, or one for each.
    pub result_formats: Vec<u16>,
}

/// Statements and portals by name.
#[derive(Debug, Default)]
pub struct Book {
    limits: BookLimits,
    statements: HashMap<Vec<u8>, KnownStatement>,
    portals: HashMap<Vec<u8>, BoundStatement>,
    /// Names in the sequence in which they came.
    statement_names: VecDeque<Vec<u8>>,
    portal_names: VecDeque<Vec<u8>>,
}

impl Book {
    /// One that keeps so much.
    #[must_use]
    pub fn keeping(limits: BookLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Notes what a message prepares, binds or closes.
    pub fn note(&mut self, message: &ClientMessage<'_>) {
        match message {
            ClientMessage::Parse { name, sql, types } => {
                let known = KnownStatement {
                    sql: self.limits.kept(sql),
                    is_cut: sql.len() > self.limits.sql_bytes,
                    types: types.clone(),
                };
                remember(&mut self.statements, &mut self.statement_names, name, known);
            }
            ClientMessage::Bind {
                portal,
                statement,
                formats,
                values,
                result_formats,
            } => {
                let known = self.statements.get(*statement);
                let bound = BoundStatement {
                    sent: self.bound(known, formats, values),
                    types: known.map(|known| known.types.clone()).unwrap_or_default(),
                    statement: statement.to_vec(),
                    result_formats: result_formats.clone(),
                };
                remember(&mut self.portals, &mut self.portal_names, portal, bound);
            }
            ClientMessage::Close(Described::Statement, name) => {
                forget(&mut self.statements, &mut self.statement_names, name);
            }
            ClientMessage::Close(Described::Portal, name) => {
                forget(&mut self.portals, &mut self.portal_names, name);
            }
            _ => {}
        }
    }

    /// Notes what the server says of a statement's parameters.
    pub fn note_types(&mut self, statement: &[u8], types: &[u32]) {
        if let Some(known) = self.statements.get_mut(statement) {
            known.types = types.to_vec();
        }
    }

    /// The types of a statement's parameters, as far as they are known.
    #[must_use]
    pub fn types(&self, statement: &[u8]) -> &[u32] {
        let known = self.statements.get(statement);
        known.map_or(&[], |known| &known.types)
    }

    /// What is bound to a portal, if that was seen and its statement is known.
    #[must_use]
    pub fn portal(&self, portal: &[u8]) -> Option<&BoundStatement> {
        let bound = self.portals.get(portal);
        bound.filter(|bound| bound.sent.sql.is_some())
    }

    /// What an Execute of this portal carries out.
    pub(super) fn of_portal(&self, portal: &[u8]) -> SentStatement {
        let unknown = || SentStatement {
            sql: None,
            is_cut: false,
            binds: Vec::new(),
        };
        let bound = self.portals.get(portal);
        bound.map_or_else(unknown, |bound| bound.sent.clone())
    }

    fn bound(
        &self,
        known: Option<&KnownStatement>,
        formats: &[u16],
        values: &[Option<&[u8]>],
    ) -> SentStatement {
        let types = known.map_or(&[][..], |known| &known.types);
        let value = |(at, value): (usize, &Option<&[u8]>)| {
            let type_oid = types.get(at).copied().unwrap_or(0);
            let is_binary = is_binary(formats, at);
            value.map(|value| shown_value(value, is_binary, type_oid, self.limits.value_bytes))
        };
        SentStatement {
            sql: known.map(|known| Arc::clone(&known.sql)),
            is_cut: known.is_some_and(|known| known.is_cut),
            binds: values.iter().enumerate().map(value).collect(),
        }
    }
}

/// Whether the value at this place is binary, by the formats that go with all of them.
#[must_use]
pub fn is_binary(formats: &[u16], at: usize) -> bool {
    match formats {
        [] => false,
        [all] => *all == 1,
        each => each.get(at) == Some(&1),
    }
}

/// A statement without values, for people to read.
pub(super) fn plain(sql: &[u8]) -> SentStatement {
    BookLimits::default().plain(sql)
}

fn forget<V>(known: &mut HashMap<Vec<u8>, V>, names: &mut VecDeque<Vec<u8>>, name: &[u8]) {
    if known.remove(name).is_some() {
        names.retain(|other| other != name);
    }
}

/// Forgets the oldest name where there are too many.
fn remember<V>(
    known: &mut HashMap<Vec<u8>, V>,
    names: &mut VecDeque<Vec<u8>>,
    name: &[u8],
    value: V,
) {
    if name.len() > NAME_BYTES_MAX || known.insert(name.to_vec(), value).is_some() {
        return;
    }
    names.push_back(name.to_vec());
    while names.len() > NAMES_MAX {
        if let Some(oldest) = names.pop_front() {
            known.remove(&oldest);
        }
    }
}
