//! The words of SQL, as far as a statement must be found in a file: where literals,
//! names, comments and variables begin and end.

use super::names::{begins_name, is_of_name};
use super::place::Wrong;

/// What a piece of SQL is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword or a name.
    Word,
    /// A name in double quotes.
    QuotedName,
    /// A literal in single quotes.
    Literal,
    /// A text between `$tag$` and `$tag$`.
    DollarQuoted,
    /// A number.
    Number,
    /// `:name`.
    Variable,
    /// `$1`.
    Parameter,
    /// `::`.
    Cast,
    /// A comment.
    Comment,
    /// One other character.
    Symbol(char),
}

/// A piece of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SqlToken {
    pub(crate) kind: TokenKind,
    /// The first byte.
    pub(crate) start: usize,
    /// Behind the last byte.
    pub(crate) end: usize,
}

impl SqlToken {
    pub(super) fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }

    pub(crate) fn is_word(&self, text: &str, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text(text).eq_ignore_ascii_case(word)
    }

    pub(crate) fn is_symbol(&self, symbol: char) -> bool {
        self.kind == TokenKind::Symbol(symbol)
    }
}

/// The pieces of a text that are no comment, up to the first that cannot be read.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = Result<SqlToken, Wrong>> {
    let mut rest = Some(0);
    let piece = move || {
        let at = rest.take()?;
        let blanks = text[at..].find(|c: char| !c.is_whitespace())?;
        let token = token(text, at + blanks);
        rest = token.as_ref().ok().map(|token| token.end);
        Some(token)
    };
    let is_comment =
        |token: &Result<SqlToken, Wrong>| matches!(token, Ok(it) if it.kind == TokenKind::Comment);
    std::iter::from_fn(piece).filter(move |token| !is_comment(token))
}

/// The piece of SQL at a byte, which is no blank.
pub(crate) fn token(text: &str, start: usize) -> Result<SqlToken, Wrong> {
    let rest = &text[start..];
    let first = rest.chars().next().unwrap_or(' ');
    let (kind, length) = match first {
        '-' if rest.starts_with("--") => {
            (TokenKind::Comment, rest.find('\n').unwrap_or(rest.len()))
        }
        '/' if rest.starts_with("/*") => (TokenKind::Comment, block_comment(rest, start)?),
        '\'' => (TokenKind::Literal, quoted(rest, start, 0, false)?),
        '"' => (TokenKind::QuotedName, quoted(rest, start, 0, false)?),
        '$' => dollar(rest, start)?,
        ':' => colon(rest),
        '0'..='9' => (TokenKind::Number, number(rest)),
        '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
            (TokenKind::Number, number(rest))
        }
        c if begins_name(c) => word(rest, start)?,
        c => (TokenKind::Symbol(c), c.len_utf8()),
    };
    Ok(SqlToken {
        kind,
        start,
        end: start + length,
    })
}

fn block_comment(rest: &str, start: usize) -> Result<usize, Wrong> {
    let (mut depth, mut at) = (0, 0);
    while let Some(next) = rest[at..].find(['/', '*']) {
        at += next;
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += 1;
        }
        if depth == 0 {
            return Ok(at);
        }
    }
    let right = "end each /* with */: comments may stand within comments";
    Err(Wrong::new(start, "a comment that does not end", right))
}

/// Bytes of what stands in quotes behind a prefix; a doubled quote is a part of it.
fn quoted(rest: &str, start: usize, prefix: usize, escapes: bool) -> Result<usize, Wrong> {
    let quote = rest.as_bytes()[prefix];
    let bytes = rest.as_bytes();
    let mut at = prefix + 1;
    while at < bytes.len() {
        if bytes[at] == b'\\' && escapes {
            at += 2;
        } else if bytes[at] != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return Ok(at + 1);
        }
    }
    let (found, quote) = match quote {
        b'\'' => ("a literal that does not end", '\''),
        _ => ("a quoted name that does not end", '"'),
    };
    let right = format!("end it with {quote}, and double each {quote} within");
    Err(Wrong::new(start, found, right))
}

/// A dollar quote, a parameter, or the character alone.
fn dollar(rest: &str, start: usize) -> Result<(TokenKind, usize), Wrong> {
    let digits = rest[1..].find(|c: char| !c.is_ascii_digit());
    let digits = digits.unwrap_or(rest.len() - 1);
    if digits > 0 {
        return Ok((TokenKind::Parameter, 1 + digits));
    }
    let tag = rest[1..].find(|c| !is_of_name(c)).unwrap_or(rest.len() - 1);
    if !rest[1 + tag..].starts_with('$') {
        return Ok((TokenKind::Symbol('$'), 1));
    }
    let quote = &rest[..tag + 2];
    match rest[quote.len()..].find(quote) {
        Some(inside) => Ok((TokenKind::DollarQuoted, inside + 2 * quote.len())),
        None => {
            let right = format!("end it with {quote}");
            Err(Wrong::new(start, "a dollar quote that does not end", right))
        }
    }
}

fn colon(rest: &str) -> (TokenKind, usize) {
    if rest.starts_with("::") {
        (TokenKind::Cast, 2)
    } else if rest[1..].starts_with(begins_name) {
        let name = rest[1..].find(|c| !is_of_name(c));
        (TokenKind::Variable, 1 + name.unwrap_or(rest.len() - 1))
    } else {
        (TokenKind::Symbol(':'), 1)
    }
}

fn number(rest: &str) -> usize {
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_');
    end.unwrap_or(rest.len())
}

/// A word, or a literal or name with a prefix of letters.
fn word(rest: &str, start: usize) -> Result<(TokenKind, usize), Wrong> {
    let end = rest.find(|c| !is_of_name(c) && c != '$');
    let end = end.unwrap_or(rest.len());
    let behind = &rest[end..];
    let prefix = rest[..end].to_ascii_lowercase();
    if behind.starts_with('\'') && matches!(&*prefix, "e" | "b" | "x" | "n") {
        let length = quoted(rest, start, end, prefix == "e")?;
        return Ok((TokenKind::Literal, length));
    }
    if prefix == "u" && behind.starts_with("&'") {
        return Ok((TokenKind::Literal, quoted(rest, start, end + 1, false)?));
    }
    if prefix == "u" && behind.starts_with("&\"") {
        return Ok((TokenKind::QuotedName, quoted(rest, start, end + 1, false)?));
    }
    Ok((TokenKind::Word, end))
}
