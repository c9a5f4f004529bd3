//! One buyer: a checkout whose session parks before each statement.
//!
//! A buyer is the checkout of [`crate::flow`] itself, driven by hand: its
//! future is polled until it asks for a statement, and polled again when the
//! reply is there. No runtime is involved, and nothing is ever dropped midway.
//!
//! A statement outside a transaction is more than one step, since other sessions
//! can come between them: it is carried out in a transaction of its own, and
//! becomes durable in a step of its own. Above read committed the snapshot comes
//! first: a check of a foreign key reads its row after the statement's snapshot,
//! and another session's commit fits between (measured: `autocommit` at
//! serializable, two buyers, stock 2, leaks in 12 of 192 schedules, and in none
//! without the step of the snapshot).

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use crate::effect::Kind;
use crate::explore::case::Case;
use crate::explore::footprint::History;
use crate::flow::{Ended, InProcess, flow};
use crate::session::{self, Session};
use crate::shop::Isolation;
use crate::statement::{Reply, Statement, TextReach};

/// A flow that is still to be carried out: a checkout for each of its steps.
type PendingFlow = Pin<Box<dyn Future<Output = Vec<Ended>> + Send>>;

/// The flow of the small shop's own subject.
fn of_subject(session: GateSession, case: Arc<Case>, number: usize) -> PendingFlow {
    Box::pin(async move {
        let mut client = InProcess::new(case.terms.cell, session);
        let terms = &case.terms;
        flow(&mut client, terms.steps(), terms, &case.carts[number]).await
    })
}

/// One buyer: a flow that is polled by hand.
pub(super) struct Actor {
    flow: PendingFlow,
    slot: Arc<Mutex<Slot>>,
    /// What it waits to be admitted with, or for.
    pub(super) asked: Option<Parked>,
    pub(super) history: History,
    /// The lines of its statements that took several rows.
    pub(super) took_several: BTreeSet<u32>,
    pub(super) ended: Option<Vec<Ended>>,
}

/// What a session waits to be admitted with.
#[derive(Debug, Clone)]
pub(super) struct Parked {
    pub(super) statement: Statement,
    /// A transaction of the statement's own begins in the same step.
    pub(super) opens: Option<Isolation>,
    /// It follows without a choice.
    pub(super) at_once: bool,
    /// What it is to a reader, where that is not its SQL.
    pub(super) word: Option<&'static str>,
}

impl Parked {
    pub(super) const fn new(statement: Statement) -> Self {
        Self {
            statement,
            opens: None,
            at_once: false,
            word: None,
        }
    }

    /// The line of its text in the script, from 1.
    pub(super) fn line(&self) -> Option<u32> {
        self.statement.as_text().map(|text| text.line)
    }

    /// How far it may reach, where nothing else is known of it.
    pub(super) fn reach(&self) -> Option<TextReach> {
        let text = self.statement.as_text();
        text.filter(|text| text.bound.is_none())
            .map(|text| text.reach)
    }
}

/// Where a session and the gate meet.
#[derive(Debug, Default)]
struct Slot {
    asked: Option<Parked>,
    reply: Option<session::Result<Reply>>,
}

impl Actor {
    /// A buyer who has not come yet: see [`Actor::run`].
    pub(super) fn new(case: &Arc<Case>, number: usize) -> Self {
        let slot = Arc::new(Mutex::new(Slot::default()));
        let session = GateSession {
            slot: Arc::clone(&slot),
            level: case.terms.cell.level,
            is_open: false,
            is_cut: false,
        };
        Self {
            flow: of_subject(session, Arc::clone(case), number),
            slot,
            asked: None,
            history: History::default(),
            took_several: BTreeSet::new(),
            ended: None,
        }
    }

    pub(super) fn go_on(&mut self, reply: session::Result<Reply>) {
        let parked = self.asked.take().expect("it was parked");
        if let Some(level) = parked.opens {
            let begin = Statement::Begin(level);
            self.history.note(begin.effect(), None, false);
        }
        if let (Some(text), Ok(Reply::Rows { affected: 2.., .. })) =
            (parked.statement.as_text(), &reply)
            && text.takes_rows()
        {
            self.took_several.insert(text.line);
        }
        let (effect, reach) = (parked.statement.effect(), parked.reach());
        self.history.note(effect, reach, reply.is_err());
        lock(&self.slot).reply = Some(reply);
        self.run();
    }

    pub(super) fn run(&mut self) {
        match self
            .flow
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(ended) => self.ended = Some(ended),
            Poll::Pending => self.asked = lock(&self.slot).asked.take(),
        }
    }
}

fn lock(slot: &Mutex<Slot>) -> MutexGuard<'_, Slot> {
    slot.lock().expect("no code panics while it holds the slot")
}

/// A session that parks before each statement.
#[derive(Debug)]
struct GateSession {
    slot: Arc<Mutex<Slot>>,
    /// Of statements outside a transaction.
    level: Isolation,
    /// Whether it is in a transaction that the strategy began.
    is_open: bool,
    /// Whether the schedule has cut its connection: no other one takes its place.
    is_cut: bool,
}

impl Session for GateSession {
    async fn execute(&mut self, statement: Statement) -> session::Result<Reply> {
        match statement.effect().kind {
            // To think is no choice: it happens outside the database.
            Kind::Think => return Ok(Reply::Done),
            Kind::Begin => self.is_open = true,
            Kind::Effect => {}
            kind if kind.ends() => self.is_open = false,
            _ if !self.is_open => return self.alone(statement).await,
            _ => {}
        }
        self.park(Parked::new(statement)).await
    }
}

impl GateSession {
    /// A statement outside a transaction, step by step. A COMMIT that fails is an
    /// error of the statement.
    async fn alone(&mut self, statement: Statement) -> session::Result<Reply> {
        let reply = self.executed(statement).await;
        match &reply {
            Ok(_) => {
                let commit = Parked {
                    word: Some("commit of the statement before"),
                    ..Parked::new(Statement::Commit)
                };
                self.park(commit).await?;
            }
            // A connection that is gone has nothing to end.
            Err(session::Error::ConnectionLost(_)) => {}
            Err(_) => {
                let rollback = Parked {
                    at_once: true,
                    ..Parked::new(Statement::Rollback)
                };
                self.park(rollback).await?;
            }
        }
        reply
    }

    async fn executed(&mut self, statement: Statement) -> session::Result<Reply> {
        let mut opens = Some(self.level);
        if self.level != Isolation::ReadCommitted {
            let snapshot = Parked {
                opens: opens.take(),
                word: Some("snapshot of the next statement"),
                ..Parked::new(Statement::Snapshot)
            };
            self.park(snapshot).await?;
        }
        let parked = Parked {
            opens,
            ..Parked::new(statement)
        };
        self.park(parked).await
    }

    async fn park(&mut self, parked: Parked) -> session::Result<Reply> {
        // Such as the next try of a buyer whose lost race was being rolled back.
        if self.is_cut {
            return Err(session::Error::ConnectionLost("it was cut before".into()));
        }
        lock(&self.slot).asked = Some(parked);
        let reply = std::future::poll_fn(|_| match lock(&self.slot).reply.take() {
            Some(reply) => Poll::Ready(reply),
            None => Poll::Pending,
        })
        .await;
        self.is_cut = matches!(reply, Err(session::Error::ConnectionLost(_)));
        reply
    }
}
