//! The statements of a set-up file, as `psql` would send them.

use crate::subject::script::{SqlToken, TokenKind, token};

/// A statement of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileStatement<'t> {
    /// From 1.
    pub(super) line: usize,
    pub(super) text: &'t str,
    /// The rows behind `COPY ... FROM stdin`, without the line that ends them.
    pub(super) data: Option<&'t str>,
    pub(super) kind: StatementKind,
}

/// What may fail without harm: owners and grants mean nothing where one role owns everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StatementKind {
    /// `ALTER ... OWNER TO`, `GRANT`, `REVOKE`, `ALTER DEFAULT PRIVILEGES`.
    OfRoles,
    /// `SET name`, which another version of the server may not know.
    Setting,
    /// Anything else.
    Other,
}

/// What a file has that is no SQL: its line, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoSql {
    pub(super) line: usize,
    pub(super) what: String,
}

/// `\restrict` and `\unrestrict`, by which a dump shuts out commands of `psql`.
const OF_A_DUMP: [&str; 2] = ["\\restrict", "\\unrestrict"];

/// Splits a file.
///
/// # Errors
/// A literal or comment without an end, and a command of `psql`.
pub(super) fn split(text: &str) -> Result<Vec<FileStatement<'_>>, NoSql> {
    let mut rest = Rest {
        text,
        at: 0,
        counted: (0, 0),
    };
    let mut found = Vec::new();
    while let Some(statement) = rest.next()? {
        found.push(statement);
    }
    Ok(found)
}

struct Rest<'t> {
    text: &'t str,
    /// The byte that comes next.
    at: usize,
    /// A byte, and how many lines end before it.
    counted: (usize, usize),
}

fn line(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

impl<'t> Rest<'t> {
    fn next(&mut self) -> Result<Option<FileStatement<'t>>, NoSql> {
        let mut words = Words::default();
        loop {
            let blanks = self.text[self.at..].find(|c: char| !c.is_whitespace());
            let Some(blanks) = blanks else {
                return Ok(self.statement(&words, self.text.len()));
            };
            self.at += blanks;
            if self.text[self.at..].starts_with('\\') {
                self.command(words.first.is_some())?;
                continue;
            }
            let token = self.token()?;
            self.at = token.end;
            if token.kind == TokenKind::Comment {
                continue;
            }
            if !token.is_symbol(';') || words.is_inside() {
                words.take_in(self.text, token);
                continue;
            }
            if let Some(statement) = self.statement(&words, token.start) {
                return Ok(Some(statement));
            }
            words = Words::default();
        }
    }

    fn token(&self) -> Result<SqlToken, NoSql> {
        token(self.text, self.at).map_err(|wrong| NoSql {
            line: line(self.text, self.at),
            what: wrong.found,
        })
    }

    /// A command of `psql`, up to the end of its line.
    fn command(&mut self, is_within: bool) -> Result<(), NoSql> {
        let rest = &self.text[self.at..];
        let end = rest.find('\n').unwrap_or(rest.len());
        let word = rest[..end].split_whitespace().next().unwrap_or_default();
        if is_within || !OF_A_DUMP.contains(&word) {
            return Err(NoSql {
                line: line(self.text, self.at),
                what: format!(
                    "{word} is a command of psql, and a set-up file is SQL alone: write it without, \
                     or run psql as the set-up command"
                ),
            });
        }
        self.at += end;
        Ok(())
    }

    fn statement(&mut self, words: &Words, end: usize) -> Option<FileStatement<'t>> {
        let start = words.first?;
        let (counted, lines) = self.counted;
        let lines = lines + self.text[counted..start].matches('\n').count();
        self.counted = (start, lines);
        let data = words.is_copy_in().then(|| self.data());
        Some(FileStatement {
            line: lines + 1,
            text: self.text[start..end].trim_end(),
            data,
            kind: words.kind(),
        })
    }

    /// The rows from the next line on, up to a line `\.` or the end of the file.
    fn data(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let start = self.at + rest.find('\n').map_or(rest.len(), |end| end + 1);
        let mut end = start;
        for line in self.text[start..].split_inclusive('\n') {
            if line.trim_end_matches(['\r', '\n']) == "\\." {
                self.at = end + line.len();
                return &self.text[start..end];
            }
            end += line.len();
        }
        self.at = end;
        &self.text[start..end]
    }
}

/// As much of a statement as says what it is and where it ends.
#[derive(Debug, Default)]
struct Words {
    first: Option<usize>,
    /// The first four words, in small letters.
    begin: Vec<String>,
    /// The last three words.
    last: Vec<String>,
    has_from_stdin: bool,
    parentheses: usize,
    /// How many `BEGIN` and `CASE` of a function's body are open.
    bodies: usize,
}

impl Words {
    fn take_in(&mut self, text: &str, token: SqlToken) {
        self.first.get_or_insert(token.start);
        match token.kind {
            TokenKind::Symbol('(') => self.parentheses += 1,
            TokenKind::Symbol(')') => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Word => {
                let word = text[token.start..token.end].to_ascii_lowercase();
                self.take_in_body(&word);
                let is_from = self.last.last().is_some_and(|last| last == "from");
                self.has_from_stdin |= self.parentheses == 0 && is_from && word == "stdin";
                if self.begin.len() < 4 {
                    self.begin.push(word.clone());
                }
                self.push_last(word);
            }
            _ => self.push_last(String::new()),
        }
    }

    fn push_last(&mut self, word: String) {
        if self.last.len() == 3 {
            self.last.remove(0);
        }
        self.last.push(word);
    }

    /// Semicolons do not end a statement between `BEGIN ATOMIC` and its `END`: as `psql` counts.
    fn take_in_body(&mut self, word: &str) {
        let is_function = self.begins(&["create", "function"])
            || self.begins(&["create", "procedure"])
            || self.begins(&["create", "or", "replace", "function"])
            || self.begins(&["create", "or", "replace", "procedure"]);
        if !is_function || self.parentheses > 0 {
            return;
        }
        match word {
            "begin" => self.bodies += 1,
            "case" if self.bodies > 0 => self.bodies += 1,
            "end" => self.bodies = self.bodies.saturating_sub(1),
            _ => {}
        }
    }

    fn begins(&self, words: &[&str]) -> bool {
        self.begin.len() >= words.len() && self.begin.iter().zip(words).all(|(a, b)| a == b)
    }

    const fn is_inside(&self) -> bool {
        self.parentheses > 0 || self.bodies > 0
    }

    fn is_copy_in(&self) -> bool {
        self.begins(&["copy"]) && self.has_from_stdin
    }

    fn kind(&self) -> StatementKind {
        let changes_owner = || self.last.len() == 3 && self.last[..2] == ["owner", "to"];
        if self.begins(&["grant"])
            || self.begins(&["revoke"])
            || self.begins(&["alter", "default", "privileges"])
            || self.begins(&["alter"]) && changes_owner()
        {
            StatementKind::OfRoles
        } else if self.begins(&["set"]) {
            StatementKind::Setting
        } else {
            StatementKind::Other
        }
    }
}
