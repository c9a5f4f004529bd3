//! The isolation level that a script names, if it names one.

use super::kind::SqlKind;
use super::lexer::{SqlToken, TokenKind, tokens};
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
    let read = tokens(text).map_while(Result::ok);
    let said = read.filter(|it| matches!(it.kind, TokenKind::Word | TokenKind::Literal));
    let inside = |it: SqlToken| {
        let inside = it.text(text).trim_matches('\'').split(' ');
        inside.map(str::to_ascii_lowercase).collect::<Vec<_>>()
    };
    said.flat_map(inside).collect()
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
