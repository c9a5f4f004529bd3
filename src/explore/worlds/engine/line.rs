//! What the connections of stepped sessions are doing.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::deadlock::Lookout;
use crate::database::{Connection, ServerError};
use crate::effect::Kind;
use crate::event::Event;
use crate::explore::arena::StepError;
use crate::session::{self, Session as _};
use crate::statement::{Reply, Statement};

/// So long a server is given to plan what is released next; a busy one goes on planning then.
const UNTIL_PLANNED: Duration = Duration::from_millis(1);

/// A statement that is with the server.
pub(super) type InFlight =
    Pin<Box<dyn Future<Output = (Connection, session::Result<Reply>)> + Send>>;

/// What a session's connection is doing.
pub(super) enum Wire {
    Idle(Connection),
    /// Its statement is with the server. Never dropped before it is done.
    Running(InFlight),
    Cut,
}

impl Wire {
    /// Makes a statement ready; it leaves when the line is first looked at.
    ///
    /// # Panics
    /// If one is with the server.
    pub(super) fn send(&mut self, statement: Statement) {
        let Self::Idle(mut connection) = std::mem::replace(self, Self::Cut) else {
            panic!("the session is not idle");
        };
        *self = Self::Running(Box::pin(async move {
            let reply = connection.execute(statement).await;
            if reply.is_err() {
                connection.settle_failure().await;
            }
            (connection, reply)
        }));
    }

    /// As [`Wire::send`], of a statement that is carried out when it is told to.
    pub(super) fn send_after(&mut self, statement: Statement) -> oneshot::Sender<()> {
        let Self::Idle(mut connection) = std::mem::replace(self, Self::Cut) else {
            panic!("the session is not idle");
        };
        let (tell, told) = oneshot::channel();
        *self = Self::Running(Box::pin(async move {
            let go = async { drop(told.await) };
            let reply = connection.execute_after(statement, go).await;
            if reply.is_err() {
                connection.settle_failure().await;
            }
            (connection, reply)
        }));
        tell
    }

    /// Makes an idle session as a new one. With `look`, names what it kept.
    pub(super) async fn forget(&mut self, look: bool) -> Result<Vec<String>, ServerError> {
        match self {
            Self::Idle(connection) => connection.reset_session(look).await,
            Self::Running(_) | Self::Cut => Ok(Vec::new()),
        }
    }
}

/// Lets each session find deadlocks soon, whatever transactions it makes.
pub(super) async fn look_for_deadlocks(
    lines: &mut [Wire],
    lookout: &Lookout,
) -> Result<(), StepError> {
    for line in lines {
        if let Wire::Idle(connection) = line
            && lookout.is_allowed()
        {
            let set = connection.look_for_deadlocks_soon().await;
            set.map_err(|error| StepError::Database(error.to_string()))?;
        }
    }
    Ok(())
}

/// Sends statements, each so much later than the first. What the server can do before it carries
/// them out is done by then. The thread does not sleep meanwhile: no timer wakes within
/// microseconds.
pub(super) async fn release(
    lines: &mut [Wire],
    sent: Vec<(usize, Statement, Duration)>,
    events: &mut Vec<Event>,
) {
    if let [(session, statement, _)] = sent.as_slice() {
        return lines[*session].send(statement.clone());
    }
    let mut told: Vec<_> = sent
        .into_iter()
        .map(|(session, statement, later)| (later, session, lines[session].send_after(statement)))
        .collect();
    told.sort_by_key(|(later, session, _)| (*later, *session));
    watch(lines, events, tokio::time::sleep(UNTIL_PLANNED)).await;
    let mut told = told.into_iter();
    poll_fn(|context| {
        let began = Instant::now();
        for (later, session, tell) in told.by_ref() {
            while began.elapsed() < later {
                std::hint::spin_loop();
            }
            // Where the line has failed already, there is nothing to tell it.
            let _ = tell.send(());
            take_in_one(lines, session, events, context);
        }
        Poll::Ready(())
    })
    .await;
}

/// Runs `query` to its end, and takes in every answer that comes meanwhile.
pub(super) async fn watch<T>(
    lines: &mut [Wire],
    events: &mut Vec<Event>,
    query: impl Future<Output = T>,
) -> T {
    let mut query = pin!(query);
    poll_fn(|context| {
        take_in(lines, events, context);
        query.as_mut().poll(context)
    })
    .await
}

/// Waits for the answer to one session's statement.
pub(super) async fn replied(lines: &mut [Wire], session: usize, events: &mut Vec<Event>) {
    poll_fn(|context| {
        take_in(lines, events, context);
        match lines[session] {
            Wire::Running(_) => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}

/// Waits for any answer.
pub(super) async fn any_reply(lines: &mut [Wire], events: &mut Vec<Event>) {
    poll_fn(|context| {
        take_in(lines, events, context);
        if events.is_empty() {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
}

fn take_in(lines: &mut [Wire], events: &mut Vec<Event>, context: &mut Context<'_>) {
    for session in 0..lines.len() {
        take_in_one(lines, session, events, context);
    }
}

fn take_in_one(
    lines: &mut [Wire],
    session: usize,
    events: &mut Vec<Event>,
    context: &mut Context<'_>,
) {
    if let Wire::Running(pending) = &mut lines[session]
        && let Poll::Ready((connection, reply)) = pending.as_mut().poll(context)
    {
        lines[session] = Wire::Idle(connection);
        events.push(Event::Replied { session, reply });
    }
}

/// Whether locks may have been given up by the session's statement.
pub(super) fn may_have_freed(kind: Kind, session: usize, events: &[Event]) -> bool {
    let failed = |event: &Event| {
        event.session() == session && matches!(event, Event::Replied { reply: Err(_), .. })
    };
    kind.may_free() || events.iter().any(failed)
}

/// Ends what a schedule that was given up left open: sessions that hold locks
/// roll back, and so do the sessions that this frees.
pub(super) async fn roll_back_all(lines: &mut [Wire], is_open: &mut [bool]) {
    loop {
        for (line, is_open) in lines.iter_mut().zip(&mut *is_open) {
            if let Wire::Idle(connection) = line
                && std::mem::take(is_open)
            {
                // What cannot be rolled back has lost its connection, and
                // the next statement will say so.
                let _ = connection.rollback().await;
            }
        }
        if !lines.iter().any(|line| matches!(line, Wire::Running(_))) {
            return;
        }
        let mut unheard = Vec::new();
        any_reply(lines, &mut unheard).await;
    }
}

/// A failure of the server is one of the exploration.
pub(super) fn database(error: ServerError) -> StepError {
    StepError::Database(error.to_string())
}
