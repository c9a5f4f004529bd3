//! Why it cannot be told which request a statement is of.

use crate::explore::schedule::letter;
use crate::explore::unfollowed::Unfollowed;

/// What to try where statements of one request come at once.
pub(super) const ONE_AFTER_THE_OTHER: &str = "send the statements of one request one after the \
     other; where a timer sends one, or a pool greets its new connections with it, name how it \
     begins: background = [\"select version()\"] in [service]";

pub(super) fn side_by_side(session: usize) -> Unfollowed {
    let letter = letter(session);
    Unfollowed::new(
        format!(
            "request {letter} sends statements side by side, on several connections at once: \
             their order is not the request's to choose, and is not explored"
        ),
        ONE_AFTER_THE_OTHER,
    )
}

pub(super) fn side_by_side_of_several(sessions: &[usize]) -> Unfollowed {
    let letters = letters(sessions);
    Unfollowed::new(
        format!("requests {letters} send more statements at once than there are requests"),
        ONE_AFTER_THE_OTHER,
    )
}

pub(super) fn several(sessions: &[usize]) -> Unfollowed {
    let letters = letters(sessions);
    Unfollowed::new(
        format!(
            "requests {letters} went on at the same time, and which of them sent a statement \
             cannot be told"
        ),
        "give each request a connection of its own for as long as it runs",
    )
}

fn letters(sessions: &[usize]) -> String {
    let letters: Vec<String> = sessions.iter().map(|s| letter(*s).to_string()).collect();
    letters.join(" and ")
}
