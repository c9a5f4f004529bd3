//! What a database answers, and what buyers are told, in words.

use crate::database::Engine;
use crate::explore::http::HttpAnswer;
use crate::explore::schedule::letter;
use crate::explore::trace::Step;
use crate::explore::trace::Trace;
use crate::oracle::{Account, answer_in_words};
use crate::report::facts::answer;
use crate::session;
use crate::shop::{Conflict, Outcome};
use crate::statement::Reply;

/// A reply as a reader sees it: `1 row`, `ERROR 40001: could not serialize access`.
pub(in crate::report) fn reply(reply: &session::Result<Reply>) -> String {
    use session::Error;
    match reply {
        Ok(Reply::Done) => "ok".into(),
        Ok(Reply::Rows { affected: 1, table }) => match table {
            Some(table) => answer::one_row(table),
            None => "1 row".into(),
        },
        Ok(Reply::Rows { affected, .. }) => format!("{affected} rows"),
        Err(Error::Conflict(conflict)) => {
            let what = match conflict {
                Conflict::Serialization => "could not serialize access",
                Conflict::Deadlock => "deadlock detected",
                Conflict::LockTimeout => "lock not available",
                Conflict::StaleVersion => "stale version",
            };
            format!("ERROR {}: {what}", conflict.sign())
        }
        Err(Error::CheckViolation) => "ERROR 23514: violates the CHECK (stock >= 0)".into(),
        Err(Error::Database { sqlstate, message }) => format!("ERROR {sqlstate}: {message}"),
        Err(Error::ConnectionLost(why)) => format!("connection lost: {why}"),
        Err(other) => other.to_string(),
    }
}

/// `sold out`: what a buyer was told.
pub(in crate::report) fn outcome(outcome: Outcome) -> String {
    outcome.name().replace('_', " ")
}

/// The same on tables of the user's own, where nothing need be sold: there `is_own`.
pub(in crate::report) fn answer(outcome_told: Outcome, is_own: bool) -> String {
    match is_own {
        true => answer_in_words(outcome_told).into(),
        false => outcome(outcome_told),
    }
}

/// A heading or a unit of the shop as it is said on tables of the user's own, where nothing
/// need be sold.
pub(in crate::report) fn on_own_tables(said: &'static str) -> &'static str {
    match said {
        "sold" => "done",
        "sales/s" => "done/s",
        "Sales/s" => "Done/s",
        "conflicts per sale" => "conflicts per done",
        "attempts per sale" => "attempts per done",
        "Conflicts a sale" => "Conflicts a done one",
        "Attempts a sale" => "Attempts a done one",
        "sale" => "done",
        "sales a second" => "done a second",
        other => other,
    }
}

/// What a session is called at the head of its column: `Buyer A`, or `A: reserve` on tables of
/// the user's own.
pub(in crate::report) fn heading(trace: &Trace, letter: char) -> String {
    let at = (letter as usize).wrapping_sub('A' as usize);
    match trace.operations.get(at) {
        Some(operation) => format!("{letter}: {operation}"),
        None => format!("Buyer {letter}"),
    }
}

/// The buyers that take part in a schedule, by their letters, each with the answer.
pub(in crate::report) fn told(trace: &Trace) -> Vec<(char, Outcome)> {
    let told = |session| trace.told.get(session).copied();
    let sessions = trace.schedule.sessions().into_iter();
    let each = sessions.map(|at| (letter(at), told(at).unwrap_or(Outcome::NotStarted)));
    each.collect()
}

/// `2 of 1 sold`, with or without the product's name before it.
pub(in crate::report) fn sold(account: &Account, is_named: bool) -> String {
    let Account {
        sku, sold, supply, ..
    } = account;
    match is_named {
        true => format!("{sku}: {sold} of {supply} sold"),
        false => format!("{sold} of {supply} sold"),
    }
}

/// The statement as it is sent, line by line, where it is longer than a line.
pub(in crate::report) fn long_sql(step: &Step) -> Option<Vec<String>> {
    let lines = Engine::Postgres.in_lines(step.sql.as_deref()?);
    (lines.len() > 1).then_some(lines)
}

/// What a caller of a service was answered.
pub(in crate::report) fn http(answer: &HttpAnswer) -> String {
    let HttpAnswer {
        request,
        status,
        body,
        ..
    } = answer;
    match (status, body.as_str()) {
        (Some(status), "") => format!("{request} answered {status}"),
        (Some(status), body) => format!("{request} answered {status} {body}"),
        (None, why) => format!("{request} has no answer: {why}"),
    }
}
