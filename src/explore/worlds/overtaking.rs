//! Whether sessions that wait for the same thing get it in the sequence in which they came.

use crate::event::Event;
use crate::explore::arena::StepError;
use crate::explore::schedule::letter;

/// First come, first served: a session that this step freed is not to take
/// what another one has waited for longer. The model knows no other order,
/// and PostgreSQL hardly ever takes another.
pub(super) fn assert_none_overtook(waiting: &[usize], events: &[Event]) -> Result<(), StepError> {
    let place = |session: usize| waiting.iter().position(|other| *other == session);
    let is_free = |session: usize| {
        let mut replies = events.iter().filter(|e| matches!(e, Event::Replied { .. }));
        replies.any(|event| event.session() == session)
    };
    for event in events {
        let Event::Blocked { session, by } = event else {
            continue;
        };
        let later = by
            .iter()
            .find(|&&by| is_free(by) && place(by) > place(*session));
        if let (Some(&later), Some(_)) = (later, place(*session)) {
            return Err(StepError::Overtaken {
                earlier: letter(*session),
                later: letter(later),
            });
        }
    }
    Ok(())
}
