//! A value in pieces: the text that stays, and the numbers, uuids and times in it.
//!
//! An order number such as `ORD-0007`, a URL or a JSON payload holds a generated value
//! beside others that must be compared. So a value is not taken as a whole.

use std::borrow::Cow;

use super::piece::{Piece, PieceKind, Pieces};
use crate::value::Value;

/// A value as it is compared whole: with its type, so that NULL is no text.
pub fn whole(value: &Value) -> String {
    let kind = match value {
        Value::Null => 'n',
        Value::Bool(_) => 'b',
        Value::Int(_) => 'i',
        Value::Text(_) => 't',
    };
    format!("{kind}{value}")
}

/// A value as one piece; NULL is never generated.
pub fn in_one_piece(value: &Value) -> Pieces {
    if *value == Value::Null {
        return take_apart(value);
    }
    let piece = Piece {
        kind: PieceKind::Whole,
        text: whole(value),
    };
    Pieces {
        skeleton: mark(PieceKind::Whole).into(),
        pieces: vec![piece],
    }
}

/// Takes a value apart.
pub fn take_apart(value: &Value) -> Pieces {
    let (kind, text) = match value {
        Value::Null | Value::Bool(_) => {
            return Pieces {
                skeleton: whole(value),
                pieces: Vec::new(),
            };
        }
        Value::Int(int) => ('i', Cow::Owned(int.to_string())),
        Value::Text(text) => ('t', Cow::Borrowed(&**text)),
    };
    let mut skeleton = String::from(kind);
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        // A digit that ends a word begins no uuid and no date.
        let is_fresh = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        let found = is_fresh.then(|| long_piece(rest)).flatten();
        match found.or_else(|| number(rest)) {
            Some((kind, length)) => {
                skeleton.push(mark(kind));
                let text = rest[..length].to_owned();
                pieces.push(Piece { kind, text });
                at += length;
            }
            None => {
                let c = rest.chars().next().unwrap_or_default();
                skeleton.push(c);
                at += c.len_utf8();
            }
        }
    }
    Pieces { skeleton, pieces }
}

/// A character that no text has by accident.
const fn mark(kind: PieceKind) -> char {
    match kind {
        PieceKind::Number => '\u{1}',
        PieceKind::Uuid => '\u{2}',
        PieceKind::Time => '\u{3}',
        PieceKind::Whole => '\u{4}',
    }
}

fn long_piece(text: &str) -> Option<(PieceKind, usize)> {
    if let Some(length) = uuid(text) {
        return Some((PieceKind::Uuid, length));
    }
    super::clock::time(text).map(|(_, length)| (PieceKind::Time, length))
}

fn number(text: &str) -> Option<(PieceKind, usize)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(text);
    let fraction = text[length..].strip_prefix('.').map_or(0, digits);
    if length > 0 && fraction > 0 {
        length += 1 + fraction;
    }
    (length > 0).then_some((PieceKind::Number, length))
}

fn uuid(text: &str) -> Option<usize> {
    const LENGTH: usize = 36;
    let head = text.as_bytes().get(..LENGTH)?;
    let fits = head.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    let ends = !text
        .as_bytes()
        .get(LENGTH)
        .is_some_and(u8::is_ascii_alphanumeric);
    (fits && ends).then_some(LENGTH)
}
