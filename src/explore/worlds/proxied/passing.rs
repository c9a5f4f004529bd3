//! Steps that go without being a move of the search: of no request, or such as only prepare
//! statements and give them up.

use std::collections::HashSet;

use crate::explore::worlds::proxy::{ConnectionId, Proxy, ProxyStep, StepId, StepKind, first_word};

/// What is known of them.
#[derive(Debug, Default)]
pub(super) struct Passing {
    /// They go as soon as the proxy is at hand; whether each stands in a transaction.
    due: Vec<(StepId, bool)>,
    /// The server has not answered them yet.
    asked: HashSet<StepId>,
    /// Connections whose last statement was a DEALLOCATE.
    deallocated: HashSet<ConnectionId>,
}

impl Passing {
    pub(super) fn add(&mut self, step: &ProxyStep) {
        self.due.push((step.id, step.is_in_transaction));
    }

    /// Whether a step of a request only prepares, or gives up what was prepared (as psycopg does behind
    /// a ROLLBACK), or commits that. No other session can notice it; and what a connection has prepared
    /// hangs on its use in the schedules before, so it is sent in one and not in another.
    pub(super) fn is_of_preparing(&mut self, step: &ProxyStep) -> bool {
        let connection = step.id.connection;
        let is_alone = |sql: &str| !sql.trim_end().trim_end_matches(';').contains(';');
        let gives_up =
            |sql: &str| first_word(sql).eq_ignore_ascii_case("deallocate") && is_alone(sql);
        let is_deallocate = match step.statements.as_slice() {
            [only] => !only.is_cut && only.sql.as_deref().is_some_and(gives_up),
            _ => false,
        };
        let was_deallocate = self.deallocated.remove(&connection);
        if is_deallocate {
            self.deallocated.insert(connection);
        }
        let is_commit_of_it = was_deallocate && step.kind == StepKind::Commit;
        step.kind == StepKind::Prepare || is_deallocate || is_commit_of_it
    }

    /// Lets them go.
    pub(super) fn go(&mut self, proxy: &Proxy) {
        let due = std::mem::take(&mut self.due);
        self.let_go(proxy, due);
    }

    /// Lets those go that a transaction cannot end without; the others stay.
    pub(super) fn go_on(&mut self, proxy: &Proxy) {
        let due = std::mem::take(&mut self.due);
        let (now, later) = due.into_iter().partition(|(_, is_within)| *is_within);
        self.due = later;
        self.let_go(proxy, now);
    }

    fn let_go(&mut self, proxy: &Proxy, steps: Vec<(StepId, bool)>) {
        for (step, _) in steps {
            // A connection that is gone has told so.
            if proxy.let_go(step) {
                self.asked.insert(step);
            }
        }
    }

    /// Answers whether it was one of them.
    pub(super) fn answered(&mut self, step: StepId) -> bool {
        self.asked.remove(&step)
    }

    pub(super) fn closed(&mut self, connection: ConnectionId) {
        self.asked.retain(|step| step.connection != connection);
        self.deallocated.remove(&connection);
    }

    /// Whether each has been answered. A program that waits for one looks as if it were at rest.
    pub(super) fn is_over(&self) -> bool {
        self.due.is_empty() && self.asked.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::worlds::proxy::SentStatement;

    fn step(kind: StepKind, texts: &[&str]) -> ProxyStep {
        let sent = |sql: &&str| SentStatement {
            sql: Some((*sql).into()),
            is_cut: false,
            binds: Vec::new(),
        };
        ProxyStep {
            id: StepId {
                connection: ConnectionId(1),
                number: 1,
            },
            kind,
            statements: texts.iter().map(sent).collect(),
            is_in_transaction: false,
            application: None,
        }
    }

    #[test]
    fn what_gives_up_what_was_prepared_passes_with_its_commit() {
        let mut passing = Passing::default();
        let mut passes = |kind, texts: &[&str]| passing.is_of_preparing(&step(kind, texts));
        assert!(passes(StepKind::Prepare, &["buy one"]));
        assert!(!passes(StepKind::Commit, &[]), "of another statement");
        assert!(passes(StepKind::Execute, &["DEALLOCATE all"]));
        assert!(passes(StepKind::Commit, &[]));
        assert!(!passes(StepKind::Commit, &[]), "once");
        assert!(passes(StepKind::Whole, &["/* a */ deallocate one"]));
        assert!(!passes(StepKind::Whole, &["buy one"]));
        assert!(!passes(StepKind::Commit, &[]), "of another statement");
        for several in [&["DEALLOCATE a; buy one"][..], &["DEALLOCATE a", "buy one"]] {
            assert!(!passes(StepKind::Whole, several), "{several:?}");
        }
    }
}
