//! One SQL statement of a script: variables become parameters.

use std::sync::Arc;

use super::columns::AnswerColumns;
use super::kind::SqlKind;
use super::lexer::{SqlToken, TokenKind};
use super::names::{Names, Slot, begins_name, is_of_name};
use super::place::{FilePlace, FileText, Wrong};
use crate::statement::TextReach;

/// Parameters that one statement can have on the wire.
const PARAMETERS_MAX: usize = 65_535;

/// A statement.
#[derive(Debug, Clone)]
pub(super) struct SqlText {
    /// With `$1`, `$2`, ... for the variables.
    pub(super) text: Arc<str>,
    /// The variable of each parameter, and where it stands.
    pub(super) variables: Vec<(Slot, FilePlace)>,
    pub(super) kind: SqlKind,
    pub(super) reach: TextReach,
    pub(super) columns: AnswerColumns,
    /// What becomes of its rows, and the prefix of the variables.
    pub(super) saves: Option<(Saving, Arc<str>)>,
}

/// What becomes of the rows of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Saving {
    /// `\gset`: exactly one row is due.
    One,
    /// `\aset`: the last row counts; without a row the variables are null.
    Last,
}

/// Reads a statement of at least one token that is no comment.
pub(super) fn read(
    file: FileText<'_>,
    tokens: &[SqlToken],
    names: &mut Names,
) -> Result<SqlText, Wrong> {
    let text = file.text;
    let is_word = |token: &&SqlToken| token.kind != TokenKind::Comment;
    let words: Vec<SqlToken> = tokens.iter().filter(is_word).copied().collect();
    for (nth, token) in words.iter().enumerate() {
        refuse_token(text, nth.checked_sub(1).map(|n| &words[n]), token)?;
    }
    refuse_construct(text, &words)?;
    refuse_parentheses(&words)?;
    let (mut sent, mut variables) = (String::new(), Vec::new());
    let mut copied = words[0].start;
    for token in words.iter().filter(|t| t.kind == TokenKind::Variable) {
        let slot = names.slot(&token.text(text)[1..]);
        variables.push((slot, file.place(token.start)));
        sent.push_str(&text[copied..token.start]);
        sent.push_str(&format!("${}", variables.len()));
        copied = token.end;
    }
    if variables.len() > PARAMETERS_MAX {
        let found = format!("a statement with {} variables", variables.len());
        let right = format!("one statement can have {PARAMETERS_MAX}");
        return Err(Wrong::new(words[0].start, found, right));
    }
    sent.push_str(&text[copied..words[words.len() - 1].end]);
    let kind = SqlKind::of(text, &words);
    Ok(SqlText {
        reach: kind.reach(&sent),
        text: sent.into(),
        variables,
        kind,
        columns: AnswerColumns::of(text, &words),
        saves: None,
    })
}

/// Variables in a place where their value cannot become a parameter.
fn refuse_token(text: &str, before: Option<&SqlToken>, token: &SqlToken) -> Result<(), Wrong> {
    let written = token.text(text);
    let touches = before.is_some_and(|before| {
        before.end == token.start && matches!(before.kind, TokenKind::Word | TokenKind::Number)
    });
    match token.kind {
        TokenKind::Variable if touches => Err(Wrong::new(
            token.start,
            format!("the variable {written} directly behind a word or a number"),
            format!(
                "put a blank before the variable; in an array slice write [1: {written}], or [1: {}] for a column",
                &written[1..]
            ),
        )),
        TokenKind::Parameter => Err(Wrong::new(
            token.start,
            format!("the parameter {written}"),
            "write a variable, :name: parameters are numbered when the file is read",
        )),
        TokenKind::Symbol(':') if text[token.end..].starts_with("{?") => Err(Wrong::new(
            token.start,
            "a test whether a variable is set, as psql has it",
            "leave it out: a variable that may be read and is not set is refused",
        )),
        TokenKind::Symbol(':')
            if text[token.end..].starts_with(['\'', '"'])
                && text[token.end + 1..].starts_with(begins_name) =>
        {
            Err(Wrong::new(
                token.start,
                "a variable in quotes, as psql has it",
                "write :name without quotes: the value is a parameter and needs none",
            ))
        }
        _ => Ok(()),
    }
}

/// A parenthesis that does not end holds every semicolon behind it.
fn refuse_parentheses(words: &[SqlToken]) -> Result<(), Wrong> {
    let mut open = Vec::new();
    for token in words {
        if token.is_symbol('(') {
            open.push(token.start);
        } else if token.is_symbol(')') && open.pop().is_none() {
            let right = "write ( before it, or leave it out";
            return Err(Wrong::new(
                token.start,
                "a parenthesis without its (",
                right,
            ));
        }
    }
    match open.pop() {
        Some(at) => {
            let right = "write ) before the end of the statement";
            Err(Wrong::new(at, "a parenthesis that does not end", right))
        }
        None => Ok(()),
    }
}

/// Statements that the language does not have.
fn refuse_construct(text: &str, words: &[SqlToken]) -> Result<(), Wrong> {
    let has = |nth: usize, word: &str| words.get(nth).is_some_and(|w| w.is_word(text, word));
    let pair = |first: &str, second: &str| {
        let is_pair =
            |pair: &[SqlToken]| pair[0].is_word(text, first) && pair[1].is_word(text, second);
        words.windows(2).any(is_pair)
    };
    let wrong = |found: &str, right: &str| Err(Wrong::new(words[0].start, found, right));
    if has(0, "copy") && (pair("from", "stdin") || pair("to", "stdout")) {
        let right = "write INSERT or SELECT: a script carries no stream of rows";
        return wrong("COPY that streams rows over the connection", right);
    }
    let ends = ["commit", "rollback", "end", "abort"];
    let ends = ends.iter().any(|word| has(0, word));
    if ends && pair("and", "chain") {
        return wrong(
            "AND CHAIN",
            "end the transaction, and write a BEGIN of its own",
        );
    }
    if has(0, "prepare") && has(1, "transaction") || ends && has(1, "prepared") {
        let right = "end the transaction with COMMIT or ROLLBACK";
        return wrong("a transaction in two phases", right);
    }
    Ok(())
}

/// Names of known variables within a literal, a quoted name or a dollar quote.
pub(super) fn refuse_within(text: &str, token: &SqlToken, names: &Names) -> Result<(), Wrong> {
    let place = match token.kind {
        TokenKind::Literal => "a literal",
        TokenKind::QuotedName => "a quoted name",
        TokenKind::DollarQuoted => "a dollar quote",
        _ => return Ok(()),
    };
    let written = token.text(text);
    for (at, _) in written.match_indices(':') {
        let rest = &written[at + 1..];
        let name = &rest[..rest.find(|c| !is_of_name(c)).unwrap_or(rest.len())];
        let is_cast = written[..at].ends_with(':');
        if !is_cast && names.known(name).is_some() {
            let found = format!("the variable :{name} within {place}");
            let right = format!(
                "nothing is replaced there: write concat('...', :{name}::text) for its value, \
                 or ':' || '{name}' for the text"
            );
            return Err(Wrong::new(token.start + at, found, right));
        }
    }
    Ok(())
}
