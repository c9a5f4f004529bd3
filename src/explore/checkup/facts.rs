//! How a service speaks to its database.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::level::{level, named};
use super::trial::Trial;
use crate::explore::http::HttpAnswer;
use crate::explore::overheard::{Exchange, Overheard, OverheardRequest, SentHow};
use crate::explore::unfollowed::Unfollowed;
use crate::scenario::masked;

/// Of a statement so many characters are told.
const SQL_CHARS_MAX: usize = 400;
/// So many statements of a list are told.
const LISTED_MAX: usize = 20;

/// All that was understood of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checkup {
    /// The version of `sim`.
    pub sim_version: String,
    /// The server's version.
    pub server: Option<String>,
    /// Strategy and isolation level.
    pub cell: String,
    /// What connected, each kind once.
    pub drivers: Vec<Driver>,
    /// How it speaks.
    pub spoken: Spoken,
    /// What it was answered, the last time.
    pub answers: Vec<HttpAnswer>,
    /// Whether the same request did the same each time, but for the first; what was different, where
    /// it did not.
    pub difference: Option<String>,
    /// What could not be read of its connections.
    pub unread: Vec<String>,
    /// Whether its steps can be followed.
    pub followed: Followed,
}

/// What speaks: connections that said the same of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Driver {
    /// The version of the protocol, such as `3.0`.
    pub protocol: String,
    /// Names and values that it sent, without the role and the database.
    pub parameters: Vec<(String, String)>,
    /// Whether it asked for encryption, which the proxy refuses.
    pub asks_for_encryption: bool,
    /// How many connections.
    pub connections: usize,
}

/// What was seen on its connections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spoken {
    /// Statements of one request that came as text alone.
    pub simple: usize,
    /// Those that were prepared without a name.
    pub unnamed: usize,
    /// Those that were prepared under a name.
    pub named: usize,
    /// Those that did not wait for the answer to the one before.
    pub pipelined: usize,
    /// Those outside a transaction.
    pub autocommit: usize,
    /// Whether rows come or go by COPY.
    pub copies: bool,
    /// Transactions of one request.
    pub transactions: usize,
    /// The levels that they ask for; empty where they ask for none.
    pub levels: Vec<String>,
    /// Connections that were opened before the first request.
    pub opened_at_start: usize,
    /// Connections that each request opened.
    pub opened: Vec<usize>,
    /// Connections that were closed until the end of each request.
    pub closed: Vec<usize>,
    /// What one request sent, the last time.
    pub statements: Vec<String>,
    /// Statements before the first request, while it started.
    pub at_start: Vec<String>,
    /// Statements while no request was under way, or after its answer; each once.
    pub background: Vec<String>,
}

/// Whether its steps can be followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Followed {
    /// They can.
    Yes {
        /// What each request does when it comes alone, step by step.
        steps: Vec<Vec<String>>,
        /// Values that are made anew each time.
        generated: Vec<String>,
        /// What differs between equal runs without a known reason.
        unexplained: Vec<String>,
        /// At most so many schedules: as if no request ever waited.
        schedules_at_most: f64,
        /// How long one takes, in milliseconds.
        schedule_ms: f64,
    },
    /// They cannot.
    No(Unfollowed),
}

impl Followed {
    /// Of a trial.
    #[must_use]
    pub fn of(tried: Result<Trial, Unfollowed>) -> Self {
        match tried {
            Err(why) => Self::No(Unfollowed::new(masked(&why.reason), masked(&why.advice))),
            Ok(trial) => {
                let lengths: Vec<usize> = trial.steps.iter().map(Vec::len).collect();
                let steps = trial.steps.iter().map(|steps| {
                    let shown = steps.iter().map(|step| shown(step));
                    shown.collect()
                });
                Self::Yes {
                    steps: steps.collect(),
                    generated: trial.generated,
                    unexplained: trial.unexplained,
                    schedules_at_most: interleavings(&lengths),
                    schedule_ms: trial.per_schedule.as_secs_f64() * 1_000.0,
                }
            }
        }
    }
}

/// In how many orders sessions of so many steps can go: `(a + b)! / (a! b!)`.
fn interleavings(lengths: &[usize]) -> f64 {
    let (mut total, mut orders) = (0.0, 1.0);
    for &length in lengths {
        for step in 1..=length {
            total += 1.0;
            orders *= total / step as f64;
        }
    }
    orders.round()
}

impl Checkup {
    /// Of what was overheard and tried.
    #[must_use]
    pub fn of(cell: String, heard: &Overheard, followed: Followed) -> Self {
        let last = heard.requests.last();
        let answers = last.map_or(&[][..], |request| &request.answers);
        let masked_answer = |answer: &HttpAnswer| HttpAnswer {
            body: masked(&answer.body),
            ..answer.clone()
        };
        let cut = heard
            .is_cut
            .then(|| "more was said than is kept".to_owned());
        Self {
            sim_version: env!("CARGO_PKG_VERSION").into(),
            server: None,
            cell,
            drivers: drivers(heard),
            spoken: spoken(heard),
            answers: answers.iter().map(masked_answer).collect(),
            difference: difference(heard),
            unread: heard.talk.unread.iter().cloned().chain(cut).collect(),
            followed,
        }
    }
}

fn drivers(heard: &Overheard) -> Vec<Driver> {
    let mut drivers: Vec<Driver> = Vec::new();
    for told in heard.talk.connections.values() {
        let Some((major, minor)) = told.version else {
            continue;
        };
        let is_told = |(name, _): &&(String, String)| name != "user" && name != "database";
        let parameters = told.parameters.iter().filter(is_told);
        let parameters: Vec<(String, String)> = parameters
            .map(|(name, value)| (name.clone(), shown(value)))
            .collect();
        let protocol = format!("{major}.{minor}");
        let same = drivers.iter_mut().find(|driver| {
            driver.protocol == protocol
                && driver.parameters == parameters
                && driver.asks_for_encryption == told.asked_for_encryption
        });
        match same {
            Some(driver) => driver.connections += 1,
            None => drivers.push(Driver {
                protocol,
                parameters,
                asks_for_encryption: told.asked_for_encryption,
                connections: 1,
            }),
        }
    }
    drivers
}

fn spoken(heard: &Overheard) -> Spoken {
    let talk = &heard.talk;
    let opened = |from: usize, to: usize| {
        let all = talk.connections.values();
        all.filter(|it| (from..to).contains(&it.opened_at)).count()
    };
    let closed = |from: usize, to: usize| {
        let ends = talk.connections.values().filter_map(|it| it.closed_at);
        ends.filter(|at| (from..to).contains(at)).count()
    };
    let of_request = last_of(heard);
    let how = |how: SentHow| of_request.iter().filter(|it| it.how == how).count();
    let verbs = |verbs: &[&str]| {
        let all = of_request.iter();
        all.filter(|it| verbs.contains(&it.verb().as_str())).count()
    };
    let begun = verbs(&["begin", "start"]);
    let asked = talk.exchanges.iter();
    let asked = asked.filter_map(|it| level(&it.verb(), &it.sql));
    let parameters = talk.connections.values().flat_map(|it| &it.parameters);
    let by_parameter = parameters.filter_map(|(name, value)| named(&format!("{name} {value}")));
    let levels: BTreeSet<String> = asked.chain(by_parameter).map(str::to_owned).collect();
    let is_alone = |it: &&&Exchange| {
        let frames = ["begin", "start", "commit", "rollback", "set", "show", "end"];
        !it.is_in_transaction && !frames.contains(&it.verb().as_str())
    };
    let mut background: Vec<String> = listed(talk.between(heard.ready_at, heard.silent_until));
    let mut before = heard.silent_until;
    for request in &heard.requests {
        background.extend(listed(talk.between(before, request.pieces.0)));
        before = request.answered_at;
    }
    background.extend(listed(talk.between(before, heard.ended_at)));
    let mut known = BTreeSet::new();
    background.retain(|statement| known.insert(statement.clone()));
    background.truncate(LISTED_MAX);
    let pieces = heard.requests.iter().map(|request| request.pieces);
    Spoken {
        simple: how(SentHow::Simple),
        unnamed: how(SentHow::Unnamed),
        named: how(SentHow::Named),
        pipelined: of_request.iter().filter(|it| it.is_pipelined).count(),
        autocommit: match begun {
            // A transaction that is open before its first statement was begun in the same text.
            0 => of_request.iter().filter(is_alone).count(),
            _ => of_request
                .iter()
                .filter(is_alone)
                .filter(|it| !it.is_pipelined)
                .count(),
        },
        copies: talk.connections.values().any(|it| it.copies),
        transactions: begun,
        levels: levels.into_iter().collect(),
        opened_at_start: opened(0, heard.silent_until),
        opened: pieces.clone().map(|(from, to)| opened(from, to)).collect(),
        closed: pieces.map(|(from, to)| closed(from, to)).collect(),
        statements: listed(of_request.iter().copied()),
        at_start: listed(talk.between(0, heard.ready_at)),
        background,
    }
}

fn last_of(heard: &Overheard) -> Vec<&Exchange> {
    heard.requests.last().map_or_else(Vec::new, |request| {
        let of_it = heard.talk.between(request.pieces.0, request.answered_at);
        of_it.collect()
    })
}

fn listed<'e>(exchanges: impl Iterator<Item = &'e Exchange>) -> Vec<String> {
    let shown = exchanges.map(|exchange| shown(&exchange.sql));
    shown.take(LISTED_MAX).collect()
}

/// What the last two times had different, in the statements or in the statuses of answers.
fn difference(heard: &Overheard) -> Option<String> {
    let [_, second, third] = heard.requests.as_slice() else {
        return Some(
            "a request was answered, and has left a transaction open: it was not sent again".into(),
        );
    };
    let sent = |request: &OverheardRequest| -> Vec<String> {
        let (from, to) = request.pieces;
        let all = heard.talk.between(from, to);
        all.map(|exchange| shown(&exchange.sql)).collect()
    };
    let (before, after) = (sent(second), sent(third));
    let both = before.iter().zip(&after);
    if let Some((before, after)) = both.into_iter().find(|(before, after)| before != after) {
        return Some(format!("it sent {after}, and {before} the time before"));
    }
    if before.len() != after.len() {
        let (before, after) = (before.len(), after.len());
        return Some(format!(
            "it sent {after} statements, and {before} the time before"
        ));
    }
    let statuses = |request: &OverheardRequest| -> Vec<Option<u16>> {
        request.answers.iter().map(|answer| answer.status).collect()
    };
    (statuses(second) != statuses(third)).then(|| {
        let [before, after] = [second, third].map(|request| {
            let all = statuses(request).into_iter();
            let all = all.map(|it| it.map_or("nothing".into(), |status| status.to_string()));
            all.collect::<Vec<String>>().join(", ")
        });
        format!("it was answered {after}, and {before} the time before")
    })
}

/// In one line, without secrets.
fn shown(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = masked(&words.join(" "));
    let mut cut: String = line.chars().take(SQL_CHARS_MAX).collect();
    if cut.len() < line.len() {
        cut.push_str(" ...");
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_orders_as_two_requests_have() {
        assert!((interleavings(&[1, 1]) - 2.0).abs() < 0.1);
        assert!((interleavings(&[3, 3]) - 20.0).abs() < 0.1);
        assert!((interleavings(&[5, 5]) - 252.0).abs() < 0.1);
        assert!((interleavings(&[0, 4]) - 1.0).abs() < 0.1);
        assert!((interleavings(&[1, 1, 1]) - 6.0).abs() < 0.1);
    }

    #[test]
    fn what_is_told_has_no_password() {
        assert_eq!(shown("a\n  password=hush b"), "a password=*** b");
        assert!(shown(&"x".repeat(1_000)).ends_with(" ..."));
    }
}
