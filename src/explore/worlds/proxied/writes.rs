//! Whether a request has committed a change of a row.

use super::words;
use crate::database::wire::TransactionStatus;
use crate::explore::worlds::proxy::{ProxyStep, StepAnswer};

/// What a request has changed, by what the server said of its statements.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Writes {
    /// In the transaction that is open.
    are_open: bool,
    pub(super) are_committed: bool,
}

impl Writes {
    pub(super) fn note(&mut self, step: &ProxyStep, answer: &StepAnswer) {
        self.are_open |= answer.error.is_none() && changes_rows(answer);
        let is_over = answer.status == Some(TransactionStatus::Idle) && !answer.is_commit_due;
        if is_over {
            let is_kept = words::reply(step, answer).is_ok() && !words::rolls_back(answer);
            self.are_committed |= is_kept && self.are_open;
            self.are_open = false;
        }
    }
}

/// By the tag. That of a `SELECT` counts rows too: what a function or a `WITH` in it changes is not
/// told.
fn changes_rows(answer: &StepAnswer) -> bool {
    let tag = answer.tag.as_deref().unwrap_or_default();
    let (word, rows) = tag.split_once(' ').unwrap_or((tag, ""));
    let rows = rows.rsplit(' ').next().and_then(|rows| rows.parse().ok());
    match word {
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "COPY" => rows.is_none_or(|rows: u64| rows > 0),
        // A procedure may have.
        "CALL" | "DO" | "TRUNCATE" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Engine;
    use crate::explore::worlds::proxy::{ConnectionId, StepId, StepKind};
    use crate::statement::Statement;

    const OPEN: Option<TransactionStatus> = Some(TransactionStatus::Open);
    const OVER: Option<TransactionStatus> = Some(TransactionStatus::Idle);

    /// Tags with their counts, and the status behind each.
    fn after(steps: &[(&[&str], Option<TransactionStatus>)]) -> bool {
        let mut writes = Writes::default();
        for (tag, status) in steps {
            let step = ProxyStep {
                id: StepId {
                    connection: ConnectionId(1),
                    number: 1,
                },
                kind: StepKind::Execute,
                statements: Vec::new(),
                is_in_transaction: true,
                application: None,
            };
            let answer = StepAnswer {
                tag: Some(tag.join(" ")),
                status: *status,
                ..StepAnswer::default()
            };
            writes.note(&step, &answer);
        }
        writes.are_committed
    }

    #[test]
    fn a_change_counts_once_it_is_committed() {
        let ends = [Statement::Commit, Statement::Rollback];
        let ends = ends.map(|statement| Engine::Postgres.in_full(&statement));
        let [commit, rollback] = ends.each_ref().map(|tag| [tag.as_str()]);
        let (commit, rollback) = ((&commit[..], OVER), (&rollback[..], OVER));
        let (one, none) = (&["UPDATE", "1"][..], &["UPDATE", "0"][..]);
        let (read, insert) = (&["SELECT", "3"][..], &["INSERT", "0", "1"][..]);
        assert!(after(&[(one, OPEN), commit]));
        assert!(after(&[(insert, OVER)]));
        assert!(!after(&[(one, OPEN), rollback]));
        assert!(!after(&[(one, OPEN)]));
        assert!(!after(&[(none, OPEN), (read, OPEN), commit]));
        // What was rolled back does not count for a later transaction.
        assert!(!after(&[(one, OPEN), rollback, (read, OVER)]));
    }
}
