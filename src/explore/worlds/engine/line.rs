//! What the connections of stepped sessions are doing.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use crate::database::Connection;
use crate::effect::Kind;
use crate::event::Event;
use crate::session;
use crate::statement::Reply;

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
    for (session, line) in lines.iter_mut().enumerate() {
        let Wire::Running(pending) = line else {
            continue;
        };
        if let Poll::Ready((connection, reply)) = pending.as_mut().poll(context) {
            *line = Wire::Idle(connection);
            events.push(Event::Replied { session, reply });
        }
    }
}

/// Whether locks may have been given up by the session's statement.
pub(super) fn may_have_freed(kind: Kind, session: usize, events: &[Event]) -> bool {
    let failed = |event: &Event| {
        event.session() == session && matches!(event, Event::Replied { reply: Err(_), .. })
    };
    kind.may_free() || events.iter().any(failed)
}
