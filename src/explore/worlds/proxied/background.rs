//! Statements that a program sends for no request.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::remarks::without_remarks;
use crate::explore::unfollowed::Unfollowed;
use crate::explore::worlds::proxy::{ConnectionId, ProxyStep, StepKind};

/// A statement that has come so often comes again.
const MANY: u32 = 10;

/// One that may be a request's, such as the first one of each new connection, comes so often where
/// it is a timer's.
const MANY_OF_REQUESTS: u32 = 300;

/// What is known of them.
#[derive(Debug, Default)]
pub(super) struct Background {
    /// How the texts of those begin that the file names.
    named: Vec<Arc<str>>,
    /// What the program did before the first request, in words, and how often since then, or since
    /// the schedule began.
    learnt: HashMap<String, u32>,
    /// How many named ones have come.
    came: u32,
    /// Whether any has come since the program was started.
    have_followed: bool,
    /// Connections on which the last statement was a named one.
    lines: HashSet<ConnectionId>,
}

impl Background {
    pub(super) fn naming(named: Vec<Arc<str>>) -> Self {
        Self {
            named,
            ..Self::default()
        }
    }

    /// Whether a named statement is to be awaited behind an answer. Where a warm program has sent none
    /// since it was started none is: to look for it costs more than the rest of a schedule. One that
    /// comes first in a later schedule is awaited from then on.
    pub(super) fn may_follow(&self, is_warm: bool) -> bool {
        !self.named.is_empty() && (!is_warm || self.have_followed)
    }

    /// The program is started: what it has sent until now follows no request.
    pub(super) fn is_started(&mut self) {
        self.have_followed = false;
    }

    pub(super) fn learn(&mut self, doing: &str) {
        self.learnt.entry(doing.to_owned()).or_default();
    }

    /// What to say of a program that is not at rest while no request is under way; `None` where
    /// its statements are not the reason.
    pub(super) fn goes_on_and_on(&self) -> Option<Unfollowed> {
        if self.came >= MANY {
            return Some(Unfollowed::new(
                "statements that background names come so often that the program is never at \
                 rest between them",
                "let them come once a second or less",
            ));
        }
        let mut learnt = self.learnt.iter();
        let (doing, _) = learnt.find(|(_, count)| **count >= MANY)?;
        Some(timer(doing))
    }

    /// Notes that a request does this, or seems to: a statement that a timer sends while requests
    /// are under way is taken for one of theirs.
    ///
    /// # Errors
    /// The program did it before the first request too, and does it again and again.
    pub(super) fn note_of_request(&mut self, doing: &str) -> Result<(), Unfollowed> {
        self.count(doing, MANY_OF_REQUESTS).map(|_| ())
    }

    /// Whether the program did this before the first request. It comes once more now, while no
    /// request is under way.
    ///
    /// # Errors
    /// It does it again and again.
    pub(super) fn comes_again(&mut self, doing: &str) -> Result<bool, Unfollowed> {
        self.count(doing, MANY)
    }

    fn count(&mut self, doing: &str, limit: u32) -> Result<bool, Unfollowed> {
        let Some(count) = self.learnt.get_mut(doing) else {
            return Ok(false);
        };
        *count += 1;
        match *count < limit {
            true => Ok(true),
            false => Err(timer(doing)),
        }
    }

    /// A schedule begins: what has come until now is not counted any more.
    pub(super) fn begin(&mut self) {
        self.learnt.values_mut().for_each(|count| *count = 0);
    }

    /// Whether a step is of a statement that the file names, or its commit. The connection may be a
    /// request's again afterwards.
    pub(super) fn is_named(&mut self, step: &ProxyStep) -> bool {
        let connection = step.id.connection;
        let mut texts = step
            .statements
            .iter()
            .filter_map(|sent| sent.sql.as_deref());
        if texts.any(|text| is_named(text, &self.named)) {
            self.lines.insert(connection);
            self.came = self.came.saturating_add(1);
            self.have_followed = true;
            return true;
        }
        self.lines.remove(&connection) && step.kind == StepKind::Commit
    }
}

/// Whether a statement begins as one of these does, behind its comments or with them.
pub(in crate::explore) fn is_named(text: &str, named: &[Arc<str>]) -> bool {
    let text = text.trim_start();
    let bare = without_remarks(text);
    let mut named = named.iter();
    named.any(|named| text.starts_with(&**named) || bare.starts_with(&**named))
}

fn timer(doing: &str) -> Unfollowed {
    Unfollowed::new(
        format!("the program {doing} again and again, as it did before the first request"),
        "switch off what runs on a timer, or name how it begins: background = [\"SELECT\"] \
         in [service]",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::worlds::proxy::{SentStatement, StepId};

    fn step(connection: u64, kind: StepKind, sql: Option<&str>) -> ProxyStep {
        let sent = |sql: &str| SentStatement {
            sql: Some(sql.into()),
            is_cut: false,
            binds: Vec::new(),
        };
        ProxyStep {
            id: StepId {
                connection: ConnectionId(connection),
                number: 1,
            },
            kind,
            statements: sql.into_iter().map(sent).collect(),
            is_in_transaction: false,
            application: None,
        }
    }

    #[test]
    fn what_was_learnt_may_come_again_in_each_schedule_but_not_again_and_again() {
        let mut background = Background::default();
        background.learn("opens a connection");
        assert_eq!(background.comes_again("looks at a queue"), Ok(false));
        for _ in 0..2 {
            background.begin();
            for _ in 1..MANY {
                assert_eq!(background.comes_again("opens a connection"), Ok(true));
            }
        }
        let told = background.comes_again("opens a connection");
        let told = told.expect_err("a timer").to_string();
        assert!(told.contains("again and again"), "{told}");
        // A request may do it more often.
        background.begin();
        for _ in 1..MANY_OF_REQUESTS {
            assert_eq!(background.note_of_request("opens a connection"), Ok(()));
        }
        assert!(background.note_of_request("opens a connection").is_err());
        for _ in 0..2 * MANY_OF_REQUESTS {
            assert_eq!(background.note_of_request("buys"), Ok(()));
        }
    }

    #[test]
    fn what_is_named_may_follow_an_answer_until_a_warm_program_has_shown_that_none_does() {
        assert!(!Background::default().may_follow(false), "none is named");
        let mut background = Background::naming(vec!["look at".into()]);
        let asks = step(1, StepKind::Execute, Some("look at the clock"));
        assert!(background.is_named(&asks));
        background.is_started();
        assert!(background.may_follow(false), "it is not known yet");
        assert!(
            !background.may_follow(true),
            "none has come since the start"
        );
        assert!(background.is_named(&asks));
        background.begin();
        assert!(
            background.may_follow(true),
            "in every schedule from then on"
        );
    }

    #[test]
    fn what_the_file_names_is_no_requests_and_nor_is_its_commit() {
        let mut background = Background::naming(vec!["look at".into()]);
        let asks = step(1, StepKind::Execute, Some("  look at the clock"));
        let other = step(1, StepKind::Execute, Some("take a look at it"));
        let [here, there] = [1, 2].map(|line| step(line, StepKind::Commit, None));
        assert!(!background.is_named(&here) && !background.is_named(&other));
        assert!(background.is_named(&asks));
        assert!(!background.is_named(&there), "of another connection");
        assert!(background.is_named(&here));
        assert!(!background.is_named(&here), "once");
        // A request has taken the connection over.
        assert!(background.is_named(&asks) && !background.is_named(&other));
        assert!(!background.is_named(&here));
    }
}
