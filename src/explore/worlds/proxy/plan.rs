//! What the next step of a connection is.

use super::book::{Book, plain};
use super::inbox::{END, Inbox};
use super::keyword::reads_data;
use super::step::{SentStatement, StepKind};
use super::transaction::TransactionState;
use crate::database::wire::ClientMessage;

/// What is let go next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StepPlan {
    /// So many messages of the extended protocol, with at most one Execute.
    Extended(usize),
    /// A simple query, as messages of the extended protocol.
    Split,
    /// A message that goes as it came.
    Whole,
    /// A hidden statement that takes the snapshot.
    Snapshot,
    /// The client's Sync.
    Commit,
    /// The end of the session.
    End,
}

/// A plan, and what is told of it.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) plan: StepPlan,
    pub(super) kind: StepKind,
    pub(super) statements: Vec<SentStatement>,
}

/// What is done with the first message of an inbox.
#[derive(Debug)]
pub(super) enum NextStep {
    /// Nothing, until more has come.
    Wait,
    /// So many messages pass, for they do nothing that another session could see.
    Pass(usize),
    Step(Planned),
}

/// Reads what comes next. Nothing is under way, and no step was told before.
pub(super) fn next(inbox: &Inbox, transaction: TransactionState, book: &mut Book) -> NextStep {
    let Some(first) = inbox.first() else {
        return NextStep::Wait;
    };
    let step = |plan, kind, statements| {
        NextStep::Step(Planned {
            plan,
            kind,
            statements,
        })
    };
    match first.tag.unwrap_or(END) {
        b'S' if transaction.is_dirty() => step(StepPlan::Commit, StepKind::Commit, Vec::new()),
        b'X' | END if transaction.is_open() => step(StepPlan::End, StepKind::End, Vec::new()),
        b'Q' => {
            let message = first.frame().and_then(ClientMessage::read);
            let sql = match message {
                Some(ClientMessage::Query(sql)) => vec![plain(sql)],
                _ => Vec::new(),
            };
            match transaction.is_open() {
                true => step(StepPlan::Whole, StepKind::Whole, sql),
                false => step(StepPlan::Split, StepKind::Execute, sql),
            }
        }
        b'F' => step(StepPlan::Whole, StepKind::Whole, Vec::new()),
        b'P' | b'B' | b'D' | b'E' | b'C' => extended(inbox, book),
        // Sync and Flush of nothing, data of a COPY that is over, the end.
        _ => NextStep::Pass(1),
    }
}

/// Messages up to the first Execute; without one, up to the boundary. What stands
/// between the last Execute and the boundary belongs to that one.
fn extended(inbox: &Inbox, book: &mut Book) -> NextStep {
    let Some(boundary) = inbox.boundary() else {
        return NextStep::Wait;
    };
    let (mut count, mut is_executed, mut is_prepared) = (0, false, false);
    let (mut prepared, mut executed) = (Vec::new(), Vec::new());
    let executions = inbox.until_boundary().filter(|m| m.tag == Some(b'E'));
    let is_last = executions.take(2).count() < 2;
    for piece in inbox.until_boundary() {
        count += 1;
        let Some(message) = piece.frame().and_then(ClientMessage::read) else {
            continue;
        };
        book.note(&message);
        match message {
            ClientMessage::Parse { sql, .. } => {
                is_prepared = true;
                prepared.push(plain(sql));
            }
            ClientMessage::Bind { portal, .. } => {
                is_prepared = true;
                prepared = vec![book.of_portal(portal)];
            }
            ClientMessage::Execute { portal, .. } => {
                is_executed = true;
                executed.push(book.of_portal(portal));
                if !is_last {
                    break;
                }
            }
            _ => {}
        }
    }
    // The client's own Flush goes with what it flushes.
    count += usize::from(boundary == b'H' && (is_last || !is_executed));
    let (kind, statements) = match (is_executed, is_prepared) {
        (true, _) => (StepKind::Execute, executed),
        (false, true) => (StepKind::Prepare, prepared),
        (false, false) => return NextStep::Pass(count),
    };
    NextStep::Step(Planned {
        plan: StepPlan::Extended(count),
        kind,
        statements,
    })
}

/// Whether a step takes a snapshot as its statement is executed. To prepare is a step of
/// its own already.
pub(super) fn takes_snapshot(planned: &Planned) -> bool {
    let reads = |sent: &SentStatement| sent.sql.as_deref().is_some_and(reads_data);
    planned.kind == StepKind::Execute && planned.statements.iter().any(reads)
}
