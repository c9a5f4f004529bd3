//! The statements of a request, one by one, as a script can send them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::explore::overheard::{Exchange, HeardReply, SentHow};
use crate::explore::worlds::proxied::is_named;
use crate::explore::worlds::proxy::first_word;
use crate::subject::script::{SqlToken, tokens};

/// A value that was bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidValue {
    /// As text; `None` for NULL.
    pub text: Option<String>,
    /// Its type, by the number in `pg_type`; 0 where it is not known.
    pub type_oid: u32,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidStatement {
    /// Its text, without a semicolon at its end.
    pub sql: String,
    /// The values of `$1`, `$2`, ...
    pub values: Vec<SaidValue>,
    /// Whether its values may stand in its text, since it was sent as text alone.
    pub is_simple: bool,
    /// What it was answered.
    pub reply: HeardReply,
    /// Why it failed, where it did.
    pub failed: Option<String>,
}

impl SaidStatement {
    /// Its first word, in small letters.
    pub fn verb(&self) -> String {
        first_word(&self.sql).to_ascii_lowercase()
    }

    /// Whether it speaks of a savepoint, or may: some frameworks draw a name for each.
    pub fn may_name_savepoint(&self) -> bool {
        ["savepoint", "release", "rollback"].contains(&&*self.verb())
    }

    /// Whether exactly one row came, of which every column has a name of its own.
    pub fn has_one_row(&self) -> bool {
        let columns = &self.reply.columns;
        let is_named = |(at, name): (usize, &str)| {
            let mut before = columns[..at].iter();
            is_name(name) && before.all(|other| other.name != name)
        };
        let names = columns.iter().map(|column| column.name.as_str());
        self.reply.row_count == 1
            && self.reply.rows.len() == 1
            && !columns.is_empty()
            && self.reply.rows[0].len() == columns.len()
            && names.enumerate().all(is_named)
    }
}

/// All statements of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SaidRequest {
    /// In their sequence.
    pub statements: Vec<SaidStatement>,
    /// What was sent and is no part of the script: what drivers say for themselves.
    pub left_out: Vec<String>,
}

/// Reads the statements of a request; those that begin as one of `background` are of none.
///
/// # Errors
/// Why a script cannot say it: the rest of a sentence.
pub fn said(exchanges: &[Exchange], background: &[Arc<str>]) -> Result<SaidRequest, String> {
    let mut request = SaidRequest::default();
    let mut open: HashMap<u64, bool> = HashMap::new();
    for exchange in exchanges {
        if is_named(&exchange.sql, background) {
            continue;
        }
        refuse(exchange)?;
        let mut replies = exchange.replies.iter();
        for text in parts(&exchange.sql)? {
            let reply = replies.next().cloned().unwrap_or_default();
            let failed = exchange.error.clone().filter(|_| reply.tag.is_none());
            let has_failed = failed.is_some();
            let is_over = reply.tag.is_none() && reply.row_count == 0;
            if is_over && failed.is_none() {
                // The server never looked at it.
                continue;
            }
            let is_open = open
                .entry(exchange.connection)
                .or_insert(exchange.is_in_transaction);
            let was_open = *is_open;
            *is_open = opens(text, was_open);
            if is_of_driver(text, was_open) {
                request.left_out.push(in_one_line(text));
                continue;
            }
            let mut others = open.iter();
            if others.any(|(other, is_open)| *other != exchange.connection && *is_open) {
                return Err(format!(
                    "it sends {} over one connection while a transaction is open on another one, \
                     and a script has one session",
                    in_one_line(text)
                ));
            }
            let statement = statement(exchange, text, reply, failed);
            request.statements.push(statement);
            if has_failed {
                // What stands behind it in the same text was not looked at.
                break;
            }
        }
    }
    match open.values().any(|is_open| *is_open) {
        true => Err("it leaves a transaction open behind its answer".into()),
        false if request.statements.is_empty() => Err("it sends no statement".into()),
        false => Ok(request),
    }
}

fn statement(
    exchange: &Exchange,
    sql: &str,
    reply: HeardReply,
    failed: Option<String>,
) -> SaidStatement {
    let types = exchange.types.iter().copied().chain(std::iter::repeat(0));
    let values = exchange.binds.iter().zip(types);
    let values = values.map(|(text, type_oid)| SaidValue {
        text: text.clone(),
        type_oid,
    });
    SaidStatement {
        sql: sql.to_owned(),
        values: values.collect(),
        is_simple: exchange.how == SentHow::Simple,
        reply,
        failed,
    }
}

/// What cannot be sent again as it was.
fn refuse(exchange: &Exchange) -> Result<(), String> {
    const BYTEA: u32 = 17;
    let shown = || in_one_line(&exchange.sql);
    if exchange.is_cut {
        return Err(format!("a statement is longer than is kept: {}", shown()));
    }
    let copies = exchange
        .replies
        .iter()
        .filter_map(|reply| reply.tag.as_deref());
    if copies.clone().any(|tag| tag.starts_with("COPY")) {
        return Err(format!(
            "rows come or go by copy, which a script cannot say: {}",
            shown()
        ));
    }
    let types = exchange.types.iter().copied().chain(std::iter::repeat(0));
    let values = exchange.binds.iter().zip(types);
    for (value, type_oid) in values {
        let is_unread = |text: &String| text.starts_with("\\x") && type_oid > BYTEA;
        if value.as_ref().is_some_and(is_unread) {
            return Err(format!(
                "a value came in the binary form of a type that is not read here (number {type_oid} \
                 in pg_type): {}",
                shown()
            ));
        }
    }
    Ok(())
}

/// The statements of a text, without the semicolons between them.
fn parts(sql: &str) -> Result<Vec<&str>, String> {
    let all: Result<Vec<SqlToken>, _> = tokens(sql).collect();
    let all = all.map_err(|_| format!("a statement cannot be read: {}", in_one_line(sql)))?;
    let parts = all.split(|token| token.is_symbol(';'));
    let of = |tokens: &[SqlToken]| Some(&sql[tokens.first()?.start..tokens.last()?.end]);
    Ok(parts.filter_map(of).collect())
}

/// Whether a transaction is open behind a statement.
fn opens(sql: &str, was_open: bool) -> bool {
    let mut words = sql.split_ascii_whitespace().map(str::to_ascii_lowercase);
    let (first, second, third) = (words.next(), words.next(), words.next());
    let to = [second.as_deref(), third.as_deref()].contains(&Some("to"));
    match first.as_deref().unwrap_or_default() {
        "begin" | "start" => true,
        "commit" | "end" | "abort" => false,
        "rollback" => to && was_open,
        _ => was_open,
    }
}

/// Whether a driver or a pool says it, and no request.
fn is_of_driver(sql: &str, is_open: bool) -> bool {
    const ALWAYS: [&str; 6] = [
        "show",
        "discard",
        "deallocate",
        "listen",
        "unlisten",
        "reset",
    ];
    const OUTSIDE: [&str; 6] = ["set", "close", "commit", "end", "rollback", "abort"];
    const LOOKS: [&str; 4] = [
        "pg_catalog.",
        "pg_type",
        "version()",
        "pg_advisory_unlock_all()",
    ];
    let word = first_word(sql).to_ascii_lowercase();
    let small = sql.to_ascii_lowercase();
    let looks = word == "select" && LOOKS.iter().any(|look| small.contains(look));
    let is_alone = !is_open && OUTSIDE.contains(&word.as_str());
    ALWAYS.contains(&word.as_str()) || is_alone || looks
}

/// The beginning of a statement, for a sentence.
pub fn in_one_line(sql: &str) -> String {
    const CHARS_MAX: usize = 120;
    let words: Vec<&str> = sql.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{} ...", &line[..end]),
        None => line,
    }
}

/// Whether a script can have a variable of this name.
pub fn is_name(name: &str) -> bool {
    let begins = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(begins) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(connection: u64, sql: &str, tags: &[&str]) -> Exchange {
        let reply = |tag: &&str| HeardReply {
            tag: Some((*tag).to_owned()),
            ..HeardReply::default()
        };
        Exchange {
            connection,
            at: 0,
            sql: sql.into(),
            is_cut: false,
            how: SentHow::Simple,
            binds: Vec::new(),
            types: Vec::new(),
            is_in_transaction: false,
            is_pipelined: false,
            replies: tags.iter().map(reply).collect(),
            error: None,
        }
    }

    fn texts(exchanges: &[Exchange]) -> Result<(Vec<String>, Vec<String>), String> {
        let request = said(exchanges, &["ask".into()])?;
        let statements = request.statements.into_iter();
        let texts = statements.map(|statement| statement.sql);
        Ok((texts.collect(), request.left_out))
    }

    #[test]
    fn each_statement_stands_alone_and_what_drivers_say_is_left_out() {
        let exchanges = [
            sent(1, "set x to 1", &["SET"]),
            sent(
                1,
                "begin; set local y to 2;\n look; ",
                &["DONE", "SET", "LOOK"],
            ),
            sent(1, "ask server", &["ASK"]),
            sent(1, "show x", &["SHOW"]),
            sent(1, "rollback to s; commit", &["DONE", "DONE"]),
            sent(1, "rollback", &["DONE"]),
            sent(1, "never looked at", &[]),
        ];
        let (said, left_out) = texts(&exchanges).unwrap();
        let kept = [
            "begin",
            "set local y to 2",
            "look",
            "rollback to s",
            "commit",
        ];
        assert_eq!(said, kept);
        assert_eq!(left_out, ["set x to 1", "show x", "rollback"]);
    }

    #[test]
    fn what_follows_a_failure_in_one_text_was_not_looked_at() {
        let failed = Exchange {
            error: Some("no".into()),
            ..sent(1, "one; two; three", &["ONE"])
        };
        let request = said(&[failed], &[]).unwrap();
        let failed = request.statements.iter().map(|it| it.failed.is_some());
        assert_eq!(failed.collect::<Vec<bool>>(), [false, true]);
    }

    #[test]
    fn what_one_session_cannot_send_is_refused() {
        let begun = sent(1, "begin", &["DONE"]);
        let look = |connection| sent(connection, "look", &["LOOK"]);
        let commit = sent(1, "commit", &["DONE"]);
        let beside = texts(&[begun.clone(), look(2), commit.clone()]).unwrap_err();
        assert!(beside.contains("a script has one session"), "{beside}");
        assert!(texts(&[begun.clone(), look(1), commit, look(2)]).is_ok());
        let open = texts(&[begun, look(1)]).unwrap_err();
        assert!(open.contains("leaves a transaction open"), "{open}");
        let copies = texts(&[sent(1, "copy it", &["COPY 3"])]).unwrap_err();
        assert!(copies.contains("by copy"), "{copies}");
        assert_eq!(texts(&[]).unwrap_err(), "it sends no statement");
        let cut = Exchange {
            is_cut: true,
            ..look(1)
        };
        assert!(texts(&[cut]).unwrap_err().contains("longer than is kept"));
    }
}
