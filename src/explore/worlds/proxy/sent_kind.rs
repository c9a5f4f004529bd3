//! What a statement that is sent does to its transaction, by its first word.

use std::collections::HashMap;

use super::keyword::first_word;
use crate::database::wire::{ClientMessage, Described};

/// How many names are remembered; what is prepared later counts as a plain statement.
const NAMES_MAX: usize = 10_000;

/// What a statement does to its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SentKind {
    Begin,
    Commit,
    /// It changes rows, and commits them where no transaction is open.
    Write,
    Plain,
}

impl SentKind {
    pub(super) fn of(sql: &[u8]) -> Self {
        // Of a text that is cut within a letter, the beginning is enough.
        let text = match std::str::from_utf8(sql) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&sql[..error.valid_up_to()]).unwrap_or(""),
        };
        let word = first_word(text);
        let is = |names: &[&str]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
        if is(&["begin", "start"]) {
            Self::Begin
        } else if is(&["commit", "end"]) {
            Self::Commit
        } else if is(&["insert", "update", "delete", "merge"]) {
            Self::Write
        } else {
            Self::Plain
        }
    }
}

/// What a client has prepared and bound, by name.
#[derive(Debug, Default)]
pub(super) struct SentKinds {
    statements: HashMap<Vec<u8>, SentKind>,
    portals: HashMap<Vec<u8>, SentKind>,
}

impl SentKinds {
    /// What a message carries out; `None` where it carries nothing out.
    pub(super) fn carried_out(&mut self, message: &ClientMessage<'_>) -> Option<SentKind> {
        match message {
            ClientMessage::Query(sql) => return Some(SentKind::of(sql)),
            ClientMessage::Execute { portal, .. } => {
                let kind = self.portals.get(*portal).copied();
                return Some(kind.unwrap_or(SentKind::Plain));
            }
            ClientMessage::Parse { name, sql, .. } => {
                note(&mut self.statements, name, SentKind::of(sql));
            }
            ClientMessage::Bind {
                portal, statement, ..
            } => {
                let kind = self.statements.get(*statement).copied();
                note(&mut self.portals, portal, kind.unwrap_or(SentKind::Plain));
            }
            ClientMessage::Close(Described::Statement, name) => {
                self.statements.remove(*name);
            }
            ClientMessage::Close(Described::Portal, name) => {
                self.portals.remove(*name);
            }
            _ => {}
        }
        None
    }
}

fn note(names: &mut HashMap<Vec<u8>, SentKind>, name: &[u8], kind: SentKind) {
    if let Some(known) = names.get_mut(name) {
        *known = kind;
    } else if names.len() < NAMES_MAX {
        names.insert(name.to_vec(), kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_tells() {
        for (sql, kind) in [
            ("begin; select 1", SentKind::Begin),
            (" /* a /* b */ */ Start transaction", SentKind::Begin),
            ("commit", SentKind::Commit),
            ("end;", SentKind::Commit),
            ("-- commit\ninsert into t values (1)", SentKind::Write),
            ("update t set a = 1", SentKind::Write),
            ("committed", SentKind::Plain),
            ("select 'commit'", SentKind::Plain),
            ("rollback", SentKind::Plain),
            ("", SentKind::Plain),
        ] {
            assert_eq!(SentKind::of(sql.as_bytes()), kind, "{sql}");
        }
        assert_eq!(SentKind::of(b"commit -- \xff"), SentKind::Commit);
    }

    #[test]
    fn what_is_executed_is_what_was_prepared_and_bound() {
        let mut kinds = SentKinds::default();
        let parse = |name, sql| ClientMessage::Parse {
            name,
            sql,
            types: Vec::new(),
        };
        let bind = |portal, statement| ClientMessage::Bind {
            portal,
            statement,
            formats: Vec::new(),
            values: Vec::new(),
            result_formats: Vec::new(),
        };
        let execute = |portal| ClientMessage::Execute {
            portal,
            rows_max: 0,
        };
        for message in [
            parse(b"c", b"commit"),
            parse(b"w", b"delete from t"),
            bind(b"", b"c"),
            bind(b"p", b"w"),
        ] {
            assert_eq!(kinds.carried_out(&message), None);
        }
        let mut executed = |portal| kinds.carried_out(&execute(portal));
        assert_eq!(executed(b""), Some(SentKind::Commit));
        assert_eq!(executed(b"p"), Some(SentKind::Write));
        assert_eq!(executed(b"unheard of"), Some(SentKind::Plain));
        kinds.carried_out(&ClientMessage::Close(Described::Portal, b"p"));
        assert_eq!(kinds.carried_out(&execute(b"p")), Some(SentKind::Plain));
    }
}
