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

/// Of a statement so much is kept, in bytes.
const SQL_BYTES_MAX: usize = 16 << 10;

#[derive(Debug, Clone)]
struct KnownStatement {
    sql: Arc<str>,
    is_cut: bool,
    types: Vec<u32>,
}

/// Statements and portals by name.
#[derive(Debug, Default)]
pub(super) struct Book {
    statements: HashMap<Vec<u8>, KnownStatement>,
    portals: HashMap<Vec<u8>, SentStatement>,
    /// Names in the sequence in which they came.
    statement_names: VecDeque<Vec<u8>>,
    portal_names: VecDeque<Vec<u8>>,
}

impl Book {
    /// Notes what a message prepares, binds or closes.
    pub(super) fn note(&mut self, message: &ClientMessage<'_>) {
        match message {
            ClientMessage::Parse { name, sql, types } => {
                let known = KnownStatement {
                    sql: kept(sql),
                    is_cut: sql.len() > SQL_BYTES_MAX,
                    types: types.clone(),
                };
                remember(&mut self.statements, &mut self.statement_names, name, known);
            }
            ClientMessage::Bind {
                portal,
                statement,
                formats,
                values,
            } => {
                let bound = self.bound(statement, formats, values);
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
    pub(super) fn note_types(&mut self, statement: &[u8], types: &[u32]) {
        if let Some(known) = self.statements.get_mut(statement) {
            known.types = types.to_vec();
        }
    }

    /// What an Execute of this portal carries out.
    pub(super) fn of_portal(&self, portal: &[u8]) -> SentStatement {
        let unknown = || SentStatement {
            sql: None,
            is_cut: false,
            binds: Vec::new(),
        };
        self.portals.get(portal).cloned().unwrap_or_else(unknown)
    }

    fn bound(&self, statement: &[u8], formats: &[u16], values: &[Option<&[u8]>]) -> SentStatement {
        let known = self.statements.get(statement);
        let types = known.map_or(&[][..], |known| &known.types);
        let is_binary = |at: usize| match formats {
            [] => false,
            [all] => *all == 1,
            each => each.get(at) == Some(&1),
        };
        let value = |(at, value): (usize, &Option<&[u8]>)| {
            let type_oid = types.get(at).copied().unwrap_or(0);
            value.map(|value| shown_value(value, is_binary(at), type_oid))
        };
        SentStatement {
            sql: known.map(|known| Arc::clone(&known.sql)),
            is_cut: known.is_some_and(|known| known.is_cut),
            binds: values.iter().enumerate().map(value).collect(),
        }
    }
}

/// A statement without values.
pub(super) fn plain(sql: &[u8]) -> SentStatement {
    SentStatement {
        sql: Some(kept(sql)),
        is_cut: sql.len() > SQL_BYTES_MAX,
        binds: Vec::new(),
    }
}

fn kept(sql: &[u8]) -> Arc<str> {
    String::from_utf8_lossy(&sql[..sql.len().min(SQL_BYTES_MAX)]).into()
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
