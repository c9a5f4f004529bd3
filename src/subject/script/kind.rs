//! What a statement that is only text does, as far as its words tell.

use super::lexer::{SqlToken, TokenKind};

/// What a statement does, by its words alone: a function that it calls may do anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SqlKind {
    /// Opens a transaction.
    Begin,
    /// Makes the transaction durable; after a failed statement it undoes it.
    Commit,
    /// Undoes the whole transaction.
    Rollback,
    /// Sets or releases a savepoint.
    Savepoint,
    /// Undoes a part of the transaction.
    RollbackTo,
    /// Reads.
    Select,
    /// Reads, and locks what it reads (`FOR UPDATE`, `FOR SHARE`, ...).
    SelectLocking,
    /// Changes rows: INSERT, UPDATE, DELETE, MERGE, also within WITH.
    Write,
    /// Changes nothing but the session: SET, SHOW, LOCK, LISTEN, ...
    Setting,
    /// Anything else.
    Other,
}

impl SqlKind {
    /// Whether it begins, ends or divides a transaction, and touches no row.
    #[must_use]
    pub const fn is_control(self) -> bool {
        match self {
            Self::Begin | Self::Commit | Self::Rollback | Self::Savepoint | Self::RollbackTo => {
                true
            }
            Self::Select | Self::SelectLocking | Self::Write | Self::Setting | Self::Other => false,
        }
    }

    /// Whether it ends the transaction.
    #[must_use]
    pub const fn ends(self) -> bool {
        matches!(self, Self::Commit | Self::Rollback)
    }

    /// Whether it may change rows.
    #[must_use]
    pub const fn may_write(self) -> bool {
        matches!(self, Self::Write | Self::Other)
    }

    /// Of the words of a statement, comments left out.
    pub(super) fn of(text: &str, tokens: &[SqlToken]) -> Self {
        let words = Words { text, tokens };
        // `(SELECT ...) UNION ...`
        let opened = tokens.iter().take_while(|t| t.is_symbol('(')).count();
        let second = |word| words.has(opened + 1, word);
        match &*words.word(opened) {
            "begin" => Self::Begin,
            "start" if second("transaction") => Self::Begin,
            "commit" | "end" => Self::Commit,
            "rollback" if words.rolls_back_to() => Self::RollbackTo,
            "rollback" | "abort" => Self::Rollback,
            "savepoint" | "release" => Self::Savepoint,
            "select" | "values" | "table" | "with" => words.query(),
            "insert" | "update" | "delete" | "merge" => Self::Write,
            "set" | "reset" | "show" | "lock" | "listen" | "unlisten" | "discard"
            | "deallocate" | "declare" | "fetch" | "move" | "close" => Self::Setting,
            _ => Self::Other,
        }
    }
}

struct Words<'t> {
    text: &'t str,
    tokens: &'t [SqlToken],
}

impl Words<'_> {
    /// In small letters; empty where there is no word.
    fn word(&self, nth: usize) -> String {
        let token = self.tokens.get(nth);
        let word = token.filter(|token| token.kind == TokenKind::Word);
        word.map_or(String::new(), |t| t.text(self.text).to_ascii_lowercase())
    }

    fn has(&self, nth: usize, word: &str) -> bool {
        let token = self.tokens.get(nth);
        token.is_some_and(|token| token.is_word(self.text, word))
    }

    fn rolls_back_to(&self) -> bool {
        let noise = self.has(1, "work") || self.has(1, "transaction");
        self.has(if noise { 2 } else { 1 }, "to")
    }

    /// Of a statement that begins as a query does.
    fn query(&self) -> SqlKind {
        let (mut depth, mut kind) = (0_i32, SqlKind::Select);
        for (nth, token) in self.tokens.iter().enumerate() {
            depth += i32::from(token.is_symbol('(')) - i32::from(token.is_symbol(')'));
            let begins_part = nth > 0 && self.tokens[nth - 1].is_symbol('(');
            match &*self.word(nth) {
                "insert" | "update" | "delete" | "merge"
                    if begins_part || depth == 0 && !self.is_locked_by(nth) =>
                {
                    return SqlKind::Write;
                }
                "into" if depth == 0 => return SqlKind::Other,
                "for" if self.locks(nth + 1) => kind = SqlKind::SelectLocking,
                _ => {}
            }
        }
        kind
    }

    fn locks(&self, nth: usize) -> bool {
        ["update", "share", "no", "key"]
            .into_iter()
            .any(|word| self.has(nth, word))
    }

    /// Whether `UPDATE` stands within `FOR UPDATE` or `FOR NO KEY UPDATE`; a name that
    /// is spelt like a verb stands behind a point.
    fn is_locked_by(&self, nth: usize) -> bool {
        let before = nth.checked_sub(1);
        before.is_some_and(|before| {
            self.has(before, "for")
                || self.has(before, "key")
                || self.has(before, "as")
                || self.tokens[before].is_symbol('.')
        })
    }
}
