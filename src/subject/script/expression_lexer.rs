//! The words of an expression.

use super::datum::double;
use super::names::{begins_name, is_of_name};
use super::place::Wrong;

/// A word of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Lexeme {
    Int(i64),
    /// 9223372036854775808, which is a number behind a minus only.
    IntBound,
    Double(f64),
    /// Within single quotes.
    Literal(String),
    Variable(String),
    /// In small letters.
    Word(String),
    /// An operator, a parenthesis or a comma.
    Sign(&'static str),
}

/// A word of an expression and its first byte in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexed {
    pub(super) lexeme: Lexeme,
    pub(super) at: usize,
    pub(super) end: usize,
}

const SIGNS: [&str; 21] = [
    "<=", ">=", "<>", "!=", "<<", ">>", "+", "-", "*", "/", "%", "<", ">", "=", "&", "|", "#", "~",
    "(", ")", ",",
];

/// Every word from `start` to `end`, which is the end of the command.
pub(super) fn lex(text: &str, start: usize, end: usize) -> Result<Vec<Lexed>, Wrong> {
    let (mut lexed, mut at) = (Vec::new(), start);
    while let Some(next) = skip_blanks(text, at, end) {
        let (lexeme, length) = lexeme(&text[next..end], next)?;
        at = next + length;
        lexed.push(Lexed {
            lexeme,
            at: next,
            end: at,
        });
    }
    Ok(lexed)
}

/// The next byte that is neither a blank nor a line that goes on.
pub(super) fn skip_blanks(text: &str, mut at: usize, end: usize) -> Option<usize> {
    while at < end {
        let rest = &text[at..end];
        let c = rest.chars().next()?;
        if let Some(continuation) = continuation(rest) {
            at += continuation;
        } else if c.is_ascii_whitespace() || c == '\x0b' {
            at += 1;
        } else {
            return Some(at);
        }
    }
    None
}

/// Bytes of a backslash that ends a line, with the end of the line.
pub(super) fn continuation(rest: &str) -> Option<usize> {
    ["\\\n", "\\\r\n"]
        .into_iter()
        .find_map(|mark| rest.starts_with(mark).then_some(mark.len()))
}

fn lexeme(rest: &str, at: usize) -> Result<(Lexeme, usize), Wrong> {
    let mut chars = rest.chars();
    let (first, second) = (chars.next(), chars.next());
    match first {
        Some(':') if second.is_some_and(is_of_name) => {
            let name = &rest[1..];
            let name = &name[..name.find(|c| !is_of_name(c)).unwrap_or(name.len())];
            Ok((Lexeme::Variable(name.into()), 1 + name.len()))
        }
        Some('\'') => literal(rest, at),
        Some(c) if c.is_ascii_digit() || c == '.' && second.is_some_and(|c| c.is_ascii_digit()) => {
            number(rest, at)
        }
        Some(c) if begins_name(c) => {
            let length = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
            Ok((Lexeme::Word(rest[..length].to_ascii_lowercase()), length))
        }
        c => sign(rest).ok_or_else(|| {
            let found = format!("the character {:?} in an expression", c.unwrap_or(' '));
            let right = "write numbers, variables (:name), operators and functions; \
                         a comment has no place behind a backslash command";
            Wrong::new(at, found, right)
        }),
    }
}

fn sign(rest: &str) -> Option<(Lexeme, usize)> {
    let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign))?;
    Some((Lexeme::Sign(sign), sign.len()))
}

fn literal(rest: &str, at: usize) -> Result<(Lexeme, usize), Wrong> {
    let (mut value, mut from) = (String::new(), 1);
    while let Some(quote) = rest[from..].find('\'').map(|n| n + from) {
        value.push_str(&rest[from..quote]);
        if !rest[quote + 1..].starts_with('\'') {
            return Ok((Lexeme::Literal(value), quote + 1));
        }
        value.push('\'');
        from = quote + 2;
    }
    let right = "end it with ' on the same line, and double each ' within";
    Err(Wrong::new(at, "a literal that does not end", right))
}

/// Digits, a point with digits, an exponent.
fn number(rest: &str, at: usize) -> Result<(Lexeme, usize), Wrong> {
    let digits = |from: usize| {
        let end = rest[from..].find(|c: char| !c.is_ascii_digit());
        end.map_or(rest.len(), |n| from + n)
    };
    let whole = digits(0);
    let point = if rest[whole..].starts_with('.') {
        digits(whole + 1)
    } else {
        whole
    };
    let exponent = rest[point..].starts_with(['e', 'E']).then(|| {
        let sign = rest[point + 1..].starts_with(['+', '-']);
        let from = point + 1 + usize::from(sign);
        (digits(from) > from).then(|| digits(from))
    });
    let end = exponent.flatten().unwrap_or(point);
    let written = &rest[..end];
    let lexeme = if end > whole {
        double(written).map(Lexeme::Double)
    } else if written.trim_start_matches('0') == "9223372036854775808" {
        Some(Lexeme::IntBound)
    } else {
        written.parse().ok().map(Lexeme::Int)
    };
    lexeme.map(|lexeme| (lexeme, end)).ok_or_else(|| {
        let right = "write a whole number of 64 bits, or a double precision number";
        Wrong::new(at, format!("the number {written}, out of range"), right)
    })
}
