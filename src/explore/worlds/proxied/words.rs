//! Steps and answers as a reader sees them.

use std::sync::Arc;

use super::remarks::{place, place_in_name, without_remarks};
use super::whereabouts::Whereabouts;
use crate::database::Engine;
use crate::explore::arena::Asked;
use crate::explore::worlds::proxy::{
    ProxyStep, SentStatement, StepAnswer, StepKind, first_word, is_rollback,
};
use crate::session;
use crate::shop::Conflict;
use crate::statement::{Reply, Statement, TextLook, TextReach, TextStatement};

/// What was sent, with its values.
pub(super) fn asked(step: &ProxyStep) -> Asked {
    let application = step.application.as_deref();
    let texts = step
        .statements
        .iter()
        .map(|sent| in_full(sent, application));
    let texts: Vec<String> = texts.collect();
    let sql = match (step.kind, texts.is_empty()) {
        (StepKind::Commit, _) => Engine::Postgres.in_full(&Statement::Commit),
        (StepKind::End, _) => "the connection ends, and its transaction is rolled back".into(),
        (StepKind::Cancel(_), _) => "what another connection does is cancelled".into(),
        (_, true) => "a message that is no statement".into(),
        (_, false) => texts.join("; "),
    };
    let short = match step.kind {
        StepKind::Prepare => format!("prepare: {sql}"),
        StepKind::Snapshot => format!("snapshot of: {sql}"),
        StepKind::Commit => "commit of the statement before".into(),
        _ => sql.clone(),
    };
    Asked {
        sql,
        short,
        touch: None,
    }
}

/// With the place that it comes from in place of the comment that says so, or behind it where the
/// name of the application does.
fn in_full(sent: &SentStatement, application: Option<&str>) -> String {
    let told = sent.sql.as_deref().and_then(place);
    let mut text = text(sent);
    if told.is_some() {
        text.sql = without_remarks(&text.sql).into();
    }
    let place = told.or_else(|| application.and_then(place_in_name));
    let full = Engine::Postgres.in_full(&Statement::Sql(Arc::new(text)));
    place.map_or_else(|| full.clone(), |place| format!("{full} /* {place} */"))
}

fn text(sent: &SentStatement) -> TextStatement {
    let unknown = || "a statement that was prepared long ago".into();
    TextStatement {
        sql: sent.sql.clone().unwrap_or_else(unknown),
        values: sent.binds.clone(),
        bound: None,
        changes: true,
        look: TextLook::Unknown,
        reach: TextReach::Anything,
        line: 0,
    }
}

/// Whether the step takes several rows one by one, by its words and by its answer.
pub(super) fn took_several(step: &ProxyStep, answer: &StepAnswer) -> bool {
    let tag = answer.tag.as_deref().unwrap_or_default();
    let rows = tag
        .rsplit(' ')
        .next()
        .and_then(|number| number.parse().ok());
    let rows = rows.unwrap_or(answer.rows);
    rows > 1 && step.statements.iter().any(|sent| text(sent).takes_rows())
}

/// What a request is doing, without the values of its statement.
pub(super) fn doing(whereabouts: &Whereabouts) -> String {
    match whereabouts {
        Whereabouts::Away => "takes no part".into(),
        Whereabouts::Outside => "was not sent".into(),
        Whereabouts::Working => "is being worked for".into(),
        Whereabouts::Resting => "waits in the program".into(),
        Whereabouts::Asking(_) => "waits for an answer".into(),
        Whereabouts::Waiting(..) => "waits for a lock".into(),
        Whereabouts::Over => "is over".into(),
        Whereabouts::Parked(step) => {
            let texts = step.statements.iter().map(|sent| sent.sql.as_deref());
            let texts = texts.map(Option::unwrap_or_default);
            let texts = texts.map(|text| without_name(without_remarks(text)));
            let texts: Vec<&str> = texts.collect();
            match step.kind {
                StepKind::Commit => "sends a commit".into(),
                // Some drivers send a statement as a query until they prepare it.
                StepKind::Whole if step.is_in_transaction => {
                    format!("sends {} ({:?})", texts.join("; "), StepKind::Execute)
                }
                kind => format!("sends {} ({kind:?})", texts.join("; ")),
            }
        }
    }
}

/// A statement without the name of its savepoint: some frameworks draw one for each request.
fn without_name(text: &str) -> &str {
    let mut words = text.split_ascii_whitespace();
    let first = words.next().unwrap_or_default();
    let is = |word: &str| first.eq_ignore_ascii_case(word);
    let is_to = |word: Option<&str>| word.is_some_and(|word| word.eq_ignore_ascii_case("to"));
    match () {
        () if is("savepoint") => "savepoint",
        () if is("release") => "release savepoint",
        () if is("rollback") && is_to(words.next()) => "rollback to savepoint",
        () => text,
    }
}

/// Whether a transaction was given up by it.
pub(super) fn rolls_back(answer: &StepAnswer) -> bool {
    is_rollback(answer.tag.as_deref().unwrap_or_default())
}

/// What an answer is to a reader of events. COMMIT of a transaction that has failed is
/// answered by ROLLBACK.
pub(super) fn reply(step: &ProxyStep, answer: &StepAnswer) -> session::Result<Reply> {
    if let Some(failure) = &answer.error {
        let conflict = Conflict::from_sqlstate(&failure.sqlstate);
        return Err(match conflict {
            Some(conflict) => session::Error::Conflict(conflict),
            None => session::Error::Database {
                sqlstate: failure.sqlstate.clone(),
                message: failure.message.clone(),
            },
        });
    }
    let tag = answer.tag.as_deref().unwrap_or_default();
    // A client that takes a few rows at a time gets no tag before the last one.
    if answer.tag.is_none() && answer.rows > 0 {
        return Ok(Reply::affected(answer.rows));
    }
    if is_rollback(tag) && step.statements.iter().any(commits) {
        return Err(session::Error::RolledBack);
    }
    let (word, rows) = tag.split_once(' ').unwrap_or((tag, ""));
    let counts = matches!(
        word,
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "SELECT" | "COPY"
    );
    let rows = rows.rsplit(' ').next().and_then(|rows| rows.parse().ok());
    Ok(match rows.filter(|_| counts) {
        Some(rows) => Reply::affected(rows),
        None => Reply::Done,
    })
}

/// Whether what it has changed stays when it was carried out.
pub(super) fn is_commit(step: &ProxyStep) -> bool {
    step.kind == StepKind::Commit || step.statements.iter().any(commits)
}

fn commits(sent: &SentStatement) -> bool {
    let text = sent.sql.as_deref().unwrap_or_default();
    let word = first_word(text);
    ["commit", "end"]
        .iter()
        .any(|it| word.eq_ignore_ascii_case(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::worlds::proxy::{ConnectionId, StepId};

    fn replied(sql: &str, tag: Option<&str>) -> session::Result<Reply> {
        let answer = StepAnswer {
            tag: tag.map(str::to_owned),
            ..StepAnswer::default()
        };
        replied_with(sql, answer)
    }

    fn replied_with(sql: &str, answer: StepAnswer) -> session::Result<Reply> {
        let step = ProxyStep {
            id: StepId {
                connection: ConnectionId(1),
                number: 1,
            },
            kind: StepKind::Execute,
            statements: vec![SentStatement {
                sql: Some(sql.into()),
                is_cut: false,
                binds: Vec::new(),
            }],
            is_in_transaction: false,
            application: None,
        };
        reply(&step, &answer)
    }

    #[test]
    fn an_answer_counts_its_rows() {
        for (tag, rows) in [(["UPDATE", "3"], 3), (["INSERT", "0 1"], 1)] {
            let tag = tag.join(" ");
            assert_eq!(replied("", Some(&tag)), Ok(Reply::affected(rows)));
        }
        assert_eq!(replied("", Some("LISTEN")), Ok(Reply::Done));
        assert_eq!(replied("", None), Ok(Reply::Done));
    }

    #[test]
    fn an_answer_that_ends_before_its_tag_counts_its_rows_too() {
        let answer = StepAnswer {
            rows: 2,
            ..StepAnswer::default()
        };
        assert_eq!(replied_with("", answer), Ok(Reply::affected(2)));
    }

    #[test]
    fn a_savepoint_is_the_same_by_any_name() {
        for (text, other) in [
            ("SavePoint s1_x1", "savepoint \"s2 x\""),
            ("Release Savepoint s1_x1", "release s2"),
            ("Rollback To Savepoint s1", "rollback to s2"),
        ] {
            assert_eq!(without_name(text), without_name(other));
            assert_ne!(without_name(text), text);
        }
        for text in ["rollback", "look 1", "", "rollback and chain"] {
            assert_eq!(without_name(text), text);
        }
    }

    #[test]
    fn a_commit_that_is_answered_by_a_rollback_has_failed() {
        let [commit, rollback] = [Statement::Commit, Statement::Rollback]
            .map(|statement| Engine::Postgres.in_full(&statement));
        for text in [
            commit.as_str(),
            " end;",
            "commit and chain",
            "/* buy */ commit",
        ] {
            let failed = Err(session::Error::RolledBack);
            assert_eq!(replied(text, Some(&rollback)), failed);
        }
        assert_eq!(replied(&rollback, Some(&rollback)), Ok(Reply::Done));
        assert_eq!(replied(&commit, Some(&commit)), Ok(Reply::Done));
    }
}
