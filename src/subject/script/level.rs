//! The isolation level that a script names, if it names one.

use super::kind::SqlKind;
use super::lexer::{SqlToken, TokenKind, token};
use super::place::FilePlace;
use super::program::Script;
use crate::shop::Isolation;

impl Script {
    /// The levels that its statements name, each with the place of its statement: by
    /// BEGIN, START TRANSACTION or SET. READ UNCOMMITTED is read committed, as PostgreSQL
    /// has it. A script that names none has the level of its session.
    #[must_use]
    pub fn levels(&self) -> Vec<(FilePlace, Isolation)> {
        let statements = self.statements();
        let may_name = |kind| matches!(kind, SqlKind::Begin | SqlKind::Setting);
        let named = statements.filter(|(.., kind)| may_name(*kind));
        named
            .filter_map(|(place, text, _)| Some((place, named_level(&words(text))?)))
            .collect()
    }
}

/// The words and literals of a statement, in small letters and without quotes.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut at) = (Vec::new(), 0);
    while let Some(blanks) = text[at..].find(|c: char| !c.is_whitespace()) {
        let Ok(SqlToken { kind, start, end }) = token(text, at + blanks) else {
            break;
        };
        at = end;
        if matches!(kind, TokenKind::Word | TokenKind::Literal) {
            let inside = text[start..end].trim_matches('\'');
            let inside = inside.split(' ').map(str::to_ascii_lowercase);
            words.extend(inside);
        }
    }
    words
}

fn named_level(words: &[String]) -> Option<Isolation> {
    let is_setting = |word: &String| {
        matches!(
            &**word,
            "default_transaction_isolation" | "transaction_isolation"
        )
    };
    let by_words = words
        .windows(2)
        .position(|pair| pair == ["isolation", "level"]);
    let behind = by_words.map(|at| at + 2);
    let behind = behind.or_else(|| Some(words.iter().position(is_setting)? + 1))?;
    let rest = words[behind..].iter().map(String::as_str);
    let rest: Vec<&str> = rest.filter(|word| *word != "to").collect();
    match rest[..] {
        ["serializable", ..] => Some(Isolation::Serializable),
        ["repeatable", "read", ..] => Some(Isolation::RepeatableRead),
        ["read", "committed" | "uncommitted", ..] => Some(Isolation::ReadCommitted),
        _ => None,
    }
}
