//! Statements that a program sends for no request.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::explore::unfollowed::Unfollowed;
use crate::explore::worlds::proxy::{ConnectionId, ProxyStep, StepKind};

/// A statement that has come so often comes again.
const MANY: u32 = 10;

/// What is known of them.
#[derive(Debug, Default)]
pub(super) struct Background {
    /// How the texts of those begin that the file names.
    named: Vec<Arc<str>>,
    /// What the program did before the first request, in words, and how often.
    learnt: HashMap<String, u32>,
    /// How many named ones have come.
    came: u32,
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

    pub(super) fn learn(&mut self, doing: String) {
        *self.learnt.entry(doing).or_default() += 1;
    }

    pub(super) fn is_learnt(&self, doing: &str) -> bool {
        self.learnt.contains_key(doing)
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
        Some(Unfollowed::new(
            format!("the program {doing} again and again while no request is under way"),
            "switch off what runs on a timer, or name how it begins: background = [\"SELECT\"] \
             in [service]",
        ))
    }

    /// Whether a step is of a statement that the file names, or its commit. The connection may be a
    /// request's again afterwards.
    pub(super) fn is_named(&mut self, step: &ProxyStep) -> bool {
        let connection = step.id.connection;
        let texts = step
            .statements
            .iter()
            .filter_map(|sent| sent.sql.as_deref());
        let mut texts = texts.map(str::trim_start);
        let is_named = texts.any(|text| self.named.iter().any(|named| text.starts_with(&**named)));
        if is_named {
            self.lines.insert(connection);
            self.came = self.came.saturating_add(1);
            return true;
        }
        self.lines.remove(&connection) && step.kind == StepKind::Commit
    }
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
        }
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
