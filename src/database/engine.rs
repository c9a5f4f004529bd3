//! What differs from engine to engine, apart from a connection to it.

use super::postgres::sql;
use crate::statement::Statement;

/// A database product that `sim` speaks to. To add one is to add a variant here and in
/// [`Server`](super::Server), [`Schema`](super::Schema),
/// [`Connector`](super::Connector) and [`Connection`](super::Connection), and a folder
/// that has the answers; the compiler names every place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL, and what speaks its protocol and keeps its locks.
    Postgres,
}

impl Engine {
    /// The text of a known statement, with `$1`, `$2`, ... for its values; `None` for
    /// one that sends nothing, and for one that is its own text.
    #[must_use]
    pub const fn text(self, statement: &Statement) -> Option<&'static str> {
        match self {
            Self::Postgres => sql::of(statement),
        }
    }

    /// The text of a statement with its values in place.
    #[must_use]
    pub fn in_full(self, statement: &Statement) -> String {
        match self {
            Self::Postgres => sql::in_full(statement),
        }
    }

    /// As [`Engine::in_full`], but a long statement in few words.
    #[must_use]
    pub fn in_words(self, statement: &Statement) -> String {
        match self {
            Self::Postgres => sql::in_words(statement),
        }
    }

    /// A statement's text in lines that a reader can take in.
    #[must_use]
    pub fn in_lines(self, text: &str) -> Vec<String> {
        match self {
            Self::Postgres => sql::in_lines(text),
        }
    }

    /// The constraint that refuses a stock below zero.
    #[must_use]
    pub const fn stock_check(self) -> &'static str {
        match self {
            Self::Postgres => sql::CHECK_STOCK,
        }
    }

    /// What drops these schemas by hand.
    #[must_use]
    pub fn drop_schemas(self, names: &[String]) -> String {
        match self {
            Self::Postgres => sql::drop_schemas(names),
        }
    }
}
