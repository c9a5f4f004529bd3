//! How a set-up is carried out: file by file, statement by statement, as an ordinary role.

use std::collections::BTreeSet;

use super::split::{FileStatement, NoSql, StatementKind, split};
use super::{command, sql};
use crate::database::own_tables::SetUpError;
use crate::database::postgres::server::PostgresServer;
use crate::database::postgres::text_link::TextLink;
use crate::database::postgres::wire::{TransactionStatus, WireFailure, WireResult};
use crate::scenario::{SetUp, SetUpFile};

/// Answers what was left out without harm, a sentence each.
pub(super) async fn carry_out(
    server: &PostgresServer,
    name: &str,
    set_up: &SetUp,
) -> Result<Vec<String>, SetUpError> {
    let files = match set_up {
        SetUp::Files(files) => files,
        SetUp::Command(words) => {
            command::carry_out(server, words).await?;
            return Ok(Vec::new());
        }
    };
    let mut left_out = BTreeSet::new();
    for file in files {
        // What a file leaves in its session, such as the empty path of a dump, ends with it.
        let mut link = server.connect_for_text(name, &[]).await?;
        let done = carry_out_file(&mut link, file, &mut left_out).await;
        link.close().await;
        done?;
    }
    Ok(left_out.into_iter().collect())
}

async fn carry_out_file(
    link: &mut TextLink,
    file: &SetUpFile,
    left_out: &mut BTreeSet<String>,
) -> Result<(), SetUpError> {
    let wrong = |line, message| SetUpError::Statement {
        file: file.name.clone(),
        line,
        message,
    };
    let statements = split(&file.text).map_err(|NoSql { line, what }| wrong(line, what))?;
    for statement in &statements {
        let Err(failure) = carry_out_one(link, statement).await else {
            continue;
        };
        match may_be_left_out(statement.kind, &failure) {
            Some(why) => drop(left_out.insert(format!("{}: {why}", file.name))),
            None => return Err(wrong(statement.line, in_full(statement, &failure))),
        }
    }
    match (link.status(), statements.last()) {
        (TransactionStatus::Idle, _) | (_, None) => Ok(()),
        (_, Some(last)) => {
            let message = "the file ends within a transaction: end it with COMMIT";
            Err(wrong(last.line, message.into()))
        }
    }
}

async fn carry_out_one(link: &mut TextLink, statement: &FileStatement<'_>) -> WireResult<()> {
    if let Some(data) = statement.data {
        return link
            .copy_in(statement.text, data.as_bytes())
            .await
            .map(drop);
    }
    let may_fail = statement.kind != StatementKind::Other;
    if !may_fail || link.status() != TransactionStatus::Open {
        return link.run(statement.text, &[]).await.map(drop);
    }
    // Alone it may fail; it must not take the file's transaction with it.
    link.run(sql::SAVEPOINT, &[]).await?;
    let done = link.run(statement.text, &[]).await;
    if done.is_err() {
        link.run(sql::TO_SAVEPOINT, &[]).await?;
    }
    link.run(sql::RELEASE, &[]).await?;
    done.map(drop)
}

/// A sentence about a failure that does no harm: 42704 says that there is no such role or
/// setting, 42501 that this role may not.
fn may_be_left_out(kind: StatementKind, failure: &WireFailure) -> Option<String> {
    let WireFailure::Refused(message) = failure else {
        return None;
    };
    let said = message.message.as_str();
    match (kind, &*message.sqlstate) {
        (StatementKind::OfRoles, "42704" | "42501") => Some(format!(
            "owners and grants are left out ({said}): one role owns everything"
        )),
        (StatementKind::Setting, "42704") => Some(format!(
            "a setting is left out ({said}): this server has none of that name"
        )),
        _ => None,
    }
}

/// The server's message, with the line within the statement where it tells one, and its advice.
fn in_full(statement: &FileStatement<'_>, failure: &WireFailure) -> String {
    let WireFailure::Refused(message) = failure else {
        return failure.to_string();
    };
    let mut text = message.to_string();
    if let Some(position) = message.position {
        let before = statement.text.chars().take(position as usize);
        let lines = before.filter(|c| *c == '\n').count();
        if lines > 0 {
            text = format!("line {}: {text}", statement.line + lines);
        }
    }
    for more in [&message.detail, &message.hint, &message.context]
        .into_iter()
        .flatten()
    {
        text = format!("{text}; {more}");
    }
    text
}
