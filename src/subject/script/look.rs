//! Which rows of a table a statement looks at, as far as its words tell.
//!
//! A row is told by the variable that names it, so what is found here is which variables
//! stand where the table is read. What is not certain is not said: evidence hangs on it.

use std::sync::Arc;

use super::kind::SqlKind;
use super::lexer::{SqlToken, TokenKind, tokens};
use super::program::{Script, ScriptCommand};
use super::sql::SqlText;

/// What a statement looks at in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlLook {
    /// At nothing: it does not name the table.
    Nothing,
    /// Its words do not tell.
    Unknown,
    /// At rows that these variables name, among others that name none.
    Named {
        /// The names, without their colons.
        variables: Vec<Arc<str>>,
        /// Whether a part of it may choose among the rows, where there are several.
        chooses: bool,
    },
}

/// Words in front of the name of a table.
const BEFORE_A_TABLE: [&str; 7] = ["from", "join", "update", "only", "table", "using", "lock"];

/// Calls that take a lock by a number, which stands for the row of that number.
const LOCKING_CALLS: [&str; 2] = ["pg_advisory_", "pg_try_advisory_"];

/// Words that may choose among several rows or values, or carry a value past the table.
const CHOOSING: [&str; 15] = [
    "case",
    "coalesce",
    "except",
    "fetch",
    "greatest",
    "insert",
    "intersect",
    "least",
    "limit",
    "max",
    "min",
    "nullif",
    "offset",
    "ordinality",
    "union",
];

impl Script {
    /// What each command looks at in the table of this name, by the number of the command.
    #[must_use]
    pub fn looks(&self, table: &str) -> Vec<SqlLook> {
        let look = |command: &ScriptCommand| match command {
            ScriptCommand::Sql(sql) => self.look(sql, table),
            _ => SqlLook::Nothing,
        };
        let commands = self.commands.iter();
        commands.map(|placed| look(&placed.command)).collect()
    }

    fn look(&self, sql: &SqlText, table: &str) -> SqlLook {
        if sql.kind.is_control() {
            return SqlLook::Nothing;
        }
        let Ok(tokens) = tokens(&sql.text).collect::<Result<Vec<_>, _>>() else {
            return SqlLook::Unknown;
        };
        let words = Words {
            text: &sql.text,
            tokens: &tokens,
            table,
        };
        if sql.kind == SqlKind::Other || words.hides_table() {
            return SqlLook::Unknown;
        }
        let parts = Parts::of(&words);
        if !parts.all.iter().any(|part| part.reads_table) {
            return SqlLook::Nothing;
        }
        let (mut variables, mut chooses) = (Vec::new(), false);
        for (number, part) in &parts.parameters {
            if let Some(reading) = parts.reading(*part) {
                let (slot, _) = sql.variables[*number];
                variables.push(self.names.name(slot).clone());
                chooses |= parts.all[reading].chooses;
            }
        }
        SqlLook::Named { variables, chooses }
    }
}

struct Words<'t> {
    text: &'t str,
    tokens: &'t [SqlToken],
    table: &'t str,
}

impl Words<'_> {
    fn is(&self, nth: Option<usize>, words: &[&str]) -> bool {
        let token = nth.and_then(|nth| self.tokens.get(nth));
        token.is_some_and(|token| words.iter().any(|word| token.is_word(self.text, word)))
    }

    fn is_symbol(&self, nth: Option<usize>, symbol: char) -> bool {
        let token = nth.and_then(|nth| self.tokens.get(nth));
        token.is_some_and(|token| token.is_symbol(symbol))
    }

    fn is_table(&self, nth: usize) -> bool {
        let token = &self.tokens[nth];
        let is_quoted = token.kind == TokenKind::QuotedName
            && token.text(self.text).trim_matches('"') == self.table;
        is_quoted || token.is_word(self.text, self.table)
    }

    /// Whether a query within the statement has the name of the table.
    fn hides_table(&self) -> bool {
        let hides = |nth: usize| {
            let (before, next) = (nth.checked_sub(1), Some(nth + 1));
            let begins = self.is(before, &["with", "recursive"]) || self.is_symbol(before, ',');
            let is_query = self.is(next, &["as"])
                && (self.is_symbol(Some(nth + 2), '(')
                    || self.is(Some(nth + 2), &["materialized", "not"]));
            begins && (self.is_symbol(next, '(') || is_query)
        };
        (0..self.tokens.len()).any(|nth| self.is_table(nth) && hides(nth))
    }

    /// Whether the table is read here, or a lock is taken that stands for a row of it.
    fn reads_table(&self, nth: usize) -> bool {
        let before = nth.checked_sub(1);
        if self.is_table(nth) {
            return self.is(before, &BEFORE_A_TABLE)
                || self.is_symbol(before, ',')
                || self.is_symbol(before, '.')
                || self.is(before, &["into"]) && self.merges();
        }
        let token = &self.tokens[nth];
        let word = token.text(self.text).to_ascii_lowercase();
        let is_call = LOCKING_CALLS.iter().any(|call| word.starts_with(call));
        token.kind == TokenKind::Word && is_call && !word.contains("unlock")
    }

    /// Whether a row that is there already may be changed by an INTO.
    fn merges(&self) -> bool {
        (0..self.tokens.len()).any(|nth| self.is(Some(nth), &["merge", "conflict"]))
    }

    fn chooses(&self, nth: usize) -> bool {
        let token = &self.tokens[nth];
        let word = token.text(self.text).to_ascii_lowercase();
        match token.kind {
            TokenKind::Word => CHOOSING.contains(&&*word) || word.contains("array_"),
            // One of an array, or a slice: neither a type nor a list of values.
            TokenKind::Symbol('[') => {
                let is_list = self.is(nth.checked_sub(1), &["array"]);
                !is_list && !self.is_symbol(Some(nth + 1), ']')
            }
            _ => false,
        }
    }
}

/// What stands within a pair of parentheses, apart from what stands within others in it.
/// The first part is what stands in none.
#[derive(Default)]
struct Part {
    within: Option<usize>,
    reads_table: bool,
    /// Whether it, or what it holds, chooses.
    chooses: bool,
}

struct Parts {
    all: Vec<Part>,
    /// Each parameter by its number, from 0, and its part.
    parameters: Vec<(usize, usize)>,
}

impl Parts {
    fn of(words: &Words<'_>) -> Self {
        let mut parts = Self {
            all: vec![Part::default()],
            parameters: Vec::new(),
        };
        let mut at = 0;
        for (nth, token) in words.tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Symbol('(') => {
                    let within = Some(at);
                    at = parts.all.len();
                    parts.all.push(Part {
                        within,
                        ..Part::default()
                    });
                }
                TokenKind::Symbol(')') => at = parts.all[at].within.unwrap_or(0),
                TokenKind::Parameter => {
                    let number = token.text(words.text)[1..].parse::<usize>();
                    let number = number.ok().and_then(|number| number.checked_sub(1));
                    parts.parameters.extend(number.map(|number| (number, at)));
                }
                _ => {}
            }
            parts.all[at].reads_table |= words.reads_table(nth);
            if words.chooses(nth) {
                parts.choose(at);
            }
        }
        parts
    }

    fn choose(&mut self, part: usize) {
        let mut next = Some(part);
        while let Some(part) = next {
            self.all[part].chooses = true;
            next = self.all[part].within;
        }
    }

    /// The nearest part around this one, or it itself, that reads the table.
    fn reading(&self, part: usize) -> Option<usize> {
        let around = std::iter::successors(Some(part), |part| self.all[*part].within);
        around.into_iter().find(|part| self.all[*part].reads_table)
    }
}
