//! Semicolons that do not end a statement.

use super::lexer::{SqlToken, TokenKind};

/// Whether a semicolon is a part of the statement: within parentheses, and within
/// the body of a function that begins with BEGIN ATOMIC.
pub(super) fn is_nested(text: &str, statement: &[SqlToken]) -> bool {
    let count = |symbol| statement.iter().filter(|t| t.is_symbol(symbol)).count();
    if count('(') > count(')') {
        return true;
    }
    let words: Vec<&str> = statement
        .iter()
        .filter(|t| t.kind == TokenKind::Word)
        .map(|t| t.text(text))
        .collect();
    let is = |nth: usize, word: &str| words.get(nth).is_some_and(|w| w.eq_ignore_ascii_case(word));
    let object = if is(1, "or") { 3 } else { 1 };
    if !is(0, "create") || !(is(object, "function") || is(object, "procedure")) {
        return false;
    }
    let mut depth = 0;
    for word in words {
        match &*word.to_ascii_lowercase() {
            "begin" => depth += 1,
            "case" if depth > 0 => depth += 1,
            "end" if depth > 0 => depth -= 1,
            _ => {}
        }
    }
    depth > 0
}
